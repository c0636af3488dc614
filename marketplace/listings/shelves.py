# SPDX-License-Identifier: AGPL-3.0-or-later
"""On which shelf a form of material stands, and in what a shelf is counted."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from matching.market.vocabulary import CATEGORIES, FORMS, THEMES

KILOGRAMS = "kg"
CARDED_FORMS = frozenset(
    {
        "CARD_WASTE",
        "SLIVER_WASTE",
        "REGEN_WOOL",
        "REGEN_CASHMERE",
        "REGEN_COTTON",
        "REGEN_MIXED",
        "CARDED_YARN",
        "CARBONISED_RAGS",
        "RAGS_WOOL_WOVEN",
        "RAGS_WOOL_KNIT",
    }
)
"""Goods that are carded, or are about to be: Reg. (EU) 1007/2011 art. 20 lets them hold 5 % of other fibres, not 2."""


@cache
def category_by_form() -> Mapping[str, str]:
    """Form code → category code, from the room's own data file."""
    text = files(__package__).joinpath("form_categories.csv").read_text(encoding="utf-8")
    return {row["form_code"]: row["category_code"] for row in csv.DictReader(text.splitlines())}


@cache
def forms_by_category() -> Mapping[str, frozenset[str]]:
    """Category code → the forms that usually stand there; categories without any are listed, not matched."""
    found: dict[str, set[str]] = {}
    for form_code, category_code in category_by_form().items():
        found.setdefault(category_code, set()).add(form_code)
    return {category_code: frozenset(forms) for category_code, forms in found.items()}


@cache
def listable_themes() -> tuple[str, ...]:
    """The themes under which listings stand."""
    return tuple(code for code, theme in THEMES.items() if theme.listable)


def theme_of(category_code: str) -> str:
    """The theme a category belongs to."""
    return CATEGORIES[category_code].theme_code


def units_of(category_code: str) -> tuple[str, ...]:
    """In what a category may be counted; kilograms always, since anything can be put on a scale."""
    category = CATEGORIES[category_code]
    units = (KILOGRAMS, category.base_unit, *category.other_units)
    return tuple(dict.fromkeys(unit for unit in units if "EUR" not in unit))


@cache
def all_units() -> tuple[str, ...]:
    """Every unit of every category that can be listed, kilograms first."""
    return tuple(dict.fromkeys(unit for code in CATEGORIES for unit in units_of(code)))


def others_usually_pct(forms: tuple[str, ...]) -> int:
    """How much of fibres that nobody named a need usually bears: 5 % for carded goods, 2 % otherwise.

    In hundredths of a percent. One carded form among several is enough: the narrower bound would rule it out.
    """
    return 500 if CARDED_FORMS.intersection(forms) else 200


def is_textile(form_code: str) -> bool:
    """Whether goods of this form have a fibre composition."""
    return form_code in FORMS and FORMS[form_code].textile
