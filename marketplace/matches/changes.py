# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rules of the engine and the cells of its files, in the page's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from marketplace.errors import N_
from marketplace.listings.words import composition_of, terms
from marketplace.matches.run_words import COLUMNS
from marketplace.web.languages import day, kilograms

STATE_IT = "?"
"""The engine's sign for a value that would have to be stated."""

RULES: Mapping[str, str] = {
    "form": N_("Form"),
    "regime": N_("Legal state"),
    "post-consumer by-product": N_("What was used by somebody is no by-product"),
    "hazardous": N_("Hazardous waste"),
    "own firm": N_("The same firm"),
    "window": N_("Time"),
    "price": N_("Price"),
    "lot of the offer": N_("Smallest lot of the offer"),
    "lot of the need": N_("Smallest lot of the need"),
    "length": N_("Fibre length"),
    "micron": N_("Fineness"),
    "waste code": N_("Waste code"),
    "certificates": N_("Certificates"),
    "composition": N_("Composition"),
    "radius": N_("Distance"),
    "colour": N_("Colour tolerance"),
    "least total": N_("Least total"),
}
"""Name of a rule of the engine → words."""

RIVALS: Mapping[str, str] = {
    "policy": N_("kept apart: refused before, talked about already, or not for this run"),
    "not competitive": N_("both are better used elsewhere"),
    "exhausted": N_("others serve both just as well and have it all"),
    "below lot": N_("lots, limits or a recipe keep them apart"),
    "rule": N_("does not state what the recipe bounds"),
}
"""Why a possible partner got nothing."""


def rule(name: str) -> str:
    """A rule of the engine."""
    return str(_(RULES[name])) if name in RULES else name


def rival(reason: str) -> str:
    """Why a possible partner got nothing."""
    return str(_(RIVALS[reason])) if reason in RIVALS else reason


def column(name: str) -> str:
    """What a cell is called."""
    return str(_(COLUMNS[name])) if name in COLUMNS else name


def value(change: Mapping[str, Any], which: str, side: str) -> str:
    """The value before or after (`which`) a change of a listing on this side."""
    text = str(change[which])
    if text == STATE_IT:
        return str(_("to be stated"))
    if not text:
        return str(_("not stated"))
    return _VALUES.get(change["column"], _as_it_is)(text, side)


def _as_it_is(text: str, _side: str) -> str:
    return ", ".join(text.split(";"))


def _mass(text: str, _side: str) -> str:
    return kilograms(int(Decimal(text).scaleb(3)))


def _day(text: str, _side: str) -> str:
    return day(date.fromisoformat(text))


def _number(unit: str) -> Callable[[str, str], str]:
    return lambda text, _side: f"{format_decimal(Decimal(text), '#,##0.###')} {unit}".strip()


def _codes(kind: str) -> Callable[[str, str], str]:
    return lambda text, _side: terms(kind, text)


def _yes_no(text: str, _side: str) -> str:
    return str(_("yes") if text == "yes" else _("no"))


_VALUES: Mapping[str, Callable[[str, str], str]] = {
    "composition": lambda text, side: composition_of(side, text),
    "forms": _codes("form"),
    "form": _codes("form"),
    "regimes": _codes("regime"),
    "mass_kg": _mass,
    "lot_kg": _mass,
    "min_fill_kg": _mass,
    "radius_km": _number("km"),
    "length_mm": _number("mm"),
    "length_min_mm": _number("mm"),
    "micron": _number("µm"),
    "micron_max": _number("µm"),
    "delta_e": _number(""),
    "divisible": _yes_no,
    "available_from": _day,
    "available_until": _day,
    "needed_from": _day,
    "needed_until": _day,
}
FILTERS: Mapping[str, Callable[..., str]] = {
    "rule_words": rule,
    "rival_words": rival,
    "column_words": column,
    "change_value": value,
}
"""Filters that every template may use."""
