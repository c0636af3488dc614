# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be chosen in the forms, in the page's language; the codes are the vocabulary's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from marketplace.listings.materials import MATERIALS
from marketplace.listings.shelves import all_units, listable_themes
from marketplace.listings.words import term, unit
from matching.market.vocabulary import (
    CATEGORIES,
    CERTIFICATES,
    FIBRES,
    FORMS,
    ORIGINS,
    PLACES,
    REGIMES,
    SHADES,
    USES,
    WASTE_LIST,
)

Choices = list[tuple[str, str]]
NEVER_LISTED = frozenset({"ASBESTOS"})


def categories() -> dict[str, Choices]:
    """Every category under its theme."""
    groups: dict[str, Choices] = _nothing_yet()
    for theme in listable_themes():
        groups[term("theme", theme)] = [
            (code, term("category", code)) for code, found in CATEGORIES.items() if found.theme_code == theme
        ]
    return groups


def forms() -> dict[str, Choices]:
    """Every form under its group, after «choose»."""
    return {**_nothing_yet(), **forms_without_empty()}


def forms_without_empty() -> dict[str, Choices]:
    """Every form under its group."""
    groups: dict[str, Choices] = {}
    for code, found in FORMS.items():
        groups.setdefault(term("form_group", found.group), []).append((code, term("form", code)))
    return groups


def fibres() -> Choices:
    """Every fibre that may be traded, by name."""
    named = sorted(((code, term("fibre", code)) for code in FIBRES if code not in NEVER_LISTED), key=lambda c: c[1])
    return [*_choose(), *named]


def regimes() -> Choices:
    """The regimes under which goods change hands, after «choose»."""
    return [*_choose(), *regimes_without_empty()]


def regimes_without_empty() -> Choices:
    """The regimes under which goods change hands."""
    return _named("regime", REGIMES)


def origins() -> Choices:
    """From production, or used by somebody."""
    return [*_choose(), *_named("origin", ORIGINS)]


def shades() -> Choices:
    """Classes of colour."""
    return [*_choose(), *_named("shade", SHADES)]


def uses() -> Choices:
    """What becomes of it."""
    return [*_choose(), *_named("use", USES)]


def certificates() -> Choices:
    """Certificates by their short names."""
    return [(code, code.replace("_", " ")) for code in CERTIFICATES]


def units() -> Choices:
    """Units other than the kilogram."""
    return [*_choose(), *((code, unit(code)) for code in all_units() if code != "kg")]


def waste_codes() -> Choices:
    """Waste codes that may be listed."""
    return [*_choose(), *named_waste_codes(code for code, found in WASTE_LIST.items() if found.listable)]


def named_waste_codes(codes: Iterable[str]) -> Choices:
    """Waste codes with their names."""
    return [(code, f"{code} {term('waste_code', code)}") for code in sorted(codes)]


def others() -> Choices:
    """What a need says of the fibres that it does not name."""
    return [
        ("usual", _("As usual: at most %(carded)s %% for carded goods, %(usual)s %% otherwise", carded=5, usual=2)),
        ("any", _("Any quantity")),
        ("given", _("As stated here")),
    ]


def any_theme() -> Choices:
    """All themes, or one."""
    return [("", _("All themes")), *_named("theme", listable_themes())]


def any_side() -> Choices:
    """Both sides, or one."""
    return [("", _("Both")), ("offer", _("Offers")), ("need", _("Needs"))]


def sides() -> Choices:
    """Offers or needs."""
    return [("offer", _("Offers")), ("need", _("Needs"))]


def any_form() -> Choices:
    """All forms, or one."""
    return [("", _("All forms")), *_named("form", FORMS)]


def any_material() -> Choices:
    """All material families, or one."""
    return [("", _("All materials")), *((code, _(words)) for code, words in MATERIALS.items())]


def any_place() -> Choices:
    """All places, or one."""
    return [("", _("All places")), *_named("place", PLACES)]


def orders() -> Choices:
    """In which order a list stands."""
    return [("", _("Newest first")), ("largest", _("Largest first")), ("ending", _("Ending soonest"))]


def _named(kind: str, codes: Iterable[str] | Mapping[str, object]) -> Choices:
    return [(code, term(kind, code)) for code in codes]


def _nothing_yet() -> dict[str, Choices]:
    # An option outside every group is not possible beside groups, and a group needs a name.
    return {_("Please choose"): [("", "–")]}


def _choose() -> Choices:
    return [("", _("Please choose"))]
