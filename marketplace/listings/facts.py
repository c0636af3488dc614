# SPDX-License-Identifier: AGPL-3.0-or-later
"""What must be true of a listing before it is put on show, and how complete it is.

Works on plain values (column name → value, as `values.COLUMNS`), so that a draft, a form and a row of a sheet are
judged alike. The law's rules are those of the by-product and waste articles of D.Lgs. 152/2006 (184-bis, 184-ter).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.errors import N_
from marketplace.listings.shelves import KILOGRAMS, forms_by_category, is_textile, units_of
from matching.market.vocabulary import (
    CATEGORIES,
    CERTIFICATES,
    FORMS,
    REGIMES,
    WASTE_LIST,
    Wrong,
    parse_bounds,
    parse_colour,
    parse_composition,
)

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something missing or wrong: the value it concerns, and the sentence with what fills it."""

    name: str
    words: str
    facts: Mapping[str, str] = field(default_factory=dict)
    missing: bool = False
    """The value is not there (something to complete), as opposed to there and wrong."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How much of what helps a match is stated: `level` 1 to 3, and the names of what is missing."""

    level: int
    missing: tuple[str, ...]


def problems(side: str, values: Values, *, today: date, permits: Collection[str] = ()) -> list[Problem]:
    """All that keeps a listing from being published; empty when it may be.

    `permits` are the waste codes that the firm may receive today.
    """
    checks = [_shelf, _quantity, _place, _window, _amounts, _spelling, _certificates]
    checks += [_offered_material, _offered_regime] if side == "offer" else [_wanted_material]
    found = [problem for check in checks for problem in check(values)]
    if side == "need":
        found += _wanted_regimes(values, permits)
    if values.get("until_day") and values["until_day"] < today:
        found.append(Problem("until_day", N_("The last day has passed already.")))
    return found


def quality(side: str, values: Values) -> Quality:
    """How complete the listing is beyond what must be there."""
    asked = [*_HELPFUL, *(_HELPFUL_OFFER if side == "offer" else _HELPFUL_NEED)]
    if any(is_textile(code) for code in _codes(values, "forms")):
        asked += _HELPFUL_TEXTILE
    missing = tuple(words for words, stated in asked if not stated(values))
    return Quality(3 if len(missing) <= 1 else 2 if len(missing) <= 3 else 1, missing)


def is_weighed(values: Values) -> bool:
    """Whether it is counted in kilograms, so that the ledger keeps it."""
    return bool(values.get("unit", KILOGRAMS) == KILOGRAMS)


def _missing(name: str, words: str) -> Problem:
    return Problem(name, words, missing=True)


def _shelf(values: Values) -> Iterator[Problem]:
    code = values.get("category_code")
    if not code:
        yield _missing("category_code", N_("Choose a category."))
    elif code not in CATEGORIES:
        yield Problem("category_code", N_("There is no category “%(code)s”."), {"code": code})
    elif values.get("unit", KILOGRAMS) not in units_of(code):
        yield Problem("unit", N_("This category is not counted in that unit."))


def _quantity(values: Values) -> Iterator[Problem]:
    if is_weighed(values) and not values.get("mass_g"):
        yield _missing("mass_g", N_("How many kilograms?"))
    if not is_weighed(values) and not values.get("quantity"):
        yield _missing("quantity", N_("How much is it?"))
    forms = _codes(values, "forms")
    if is_weighed(values) and not forms and forms_by_category().get(values.get("category_code", "")):
        yield _missing("forms", N_("In which form is the material?"))
    for unknown in (code for code in forms if code not in FORMS):
        yield Problem("forms", N_("There is no form “%(code)s”."), {"code": unknown})


def _place(values: Values) -> Iterator[Problem]:
    if values.get("lat") is None or values.get("lon") is None:
        yield _missing("lat", N_("The firm has no place on the map yet."))


def _window(values: Values) -> Iterator[Problem]:
    first, last = values.get("from_day"), values.get("until_day")
    if first and last and last < first:
        yield Problem("until_day", N_("The last day is before the first."))


def _amounts(values: Values) -> Iterator[Problem]:
    mass_g = values.get("mass_g") or 0
    if mass_g and (values.get("lot_g") or 0) > mass_g:
        yield Problem("lot_g", N_("The smallest lot is more than the whole."))
    if mass_g and (values.get("min_fill_g") or 0) > mass_g:
        yield Problem("min_fill_g", N_("The least total is more than the whole."))
    if values.get("delta_e_milli") is not None and not values.get("colour"):
        yield Problem("delta_e_milli", N_("A tolerance needs a colour to be measured from."))


def _spelling(values: Values) -> Iterator[Problem]:
    """Values that only another program than our own forms could have written."""
    if values.get("colour") and not _reads(parse_colour, values["colour"]):
        yield Problem("colour", N_("This colour cannot be read."))


def _certificates(values: Values) -> Iterator[Problem]:
    for unknown in (code for code in _codes(values, "certificates") if code not in CERTIFICATES):
        yield Problem("certificates", N_("There is no certificate “%(code)s” in the list."), {"code": unknown})


def _offered_material(values: Values) -> Iterator[Problem]:
    forms, composition = _codes(values, "forms"), values.get("composition")
    if len(forms) > 1:
        yield Problem("forms", N_("An offer has one form."))
    if any(map(is_textile, forms)) and not composition:
        yield _missing("composition", N_("What is it made of?"))
    if composition:
        yield from _composition_faults(composition)
    if forms and not values.get("origin"):
        yield _missing("origin", N_("Does it come from production, or was it used by somebody?"))


def _composition_faults(composition: str) -> Iterator[Problem]:
    try:
        parse_composition(composition)
    except Wrong as error:
        totals = [fault.values["total"] for fault in error.faults if fault.key == "composition_sum"]
        if totals:
            words = N_("The composition adds up to %(total)s per cent, not to 100. What is the rest?")
            yield Problem("composition", words, {"total_percent": str(totals[0])})
        else:
            yield Problem("composition", N_("The composition needs known fibres, each once, with their percentages."))


def _offered_regime(values: Values) -> Iterator[Problem]:
    regime, codes = values.get("regime"), _codes(values, "waste_codes")
    if is_weighed(values) and not regime:
        yield _missing("regime", N_("Is it a product, a by-product, waste …?"))
    if regime and regime not in REGIMES:
        yield Problem("regime", N_("An offer has one legal state of the list."))
    if regime == "BYPRODUCT" and values.get("origin") == "post":
        yield Problem(
            "regime", N_("What somebody used is never a by-product (art. 184-bis): it is no production residue.")
        )
    if regime == "BYPRODUCT" and (values.get("price_milli_eur_kg") or 0) < 0:
        yield Problem("price_milli_eur_kg", N_("Who pays to have it taken away offers waste, not a by-product."))
    if regime == "WASTE" and not codes:
        yield _missing("waste_codes", N_("Waste needs its European code."))
    yield from _listable(codes)


def _listable(codes: Collection[str]) -> Iterator[Problem]:
    for code in codes:
        if code not in WASTE_LIST:
            yield Problem("waste_codes", N_("There is no waste code “%(code)s”."), {"code": code})
        elif WASTE_LIST[code].hazardous or not WASTE_LIST[code].listable:
            yield Problem("waste_codes", N_("%(code)s is hazardous and cannot be listed."), {"code": code})


def _wanted_material(values: Values) -> Iterator[Problem]:
    if values.get("composition") and not _reads(parse_bounds, values["composition"]):
        yield Problem("composition", N_("These limits of the composition cannot be read."))


def _wanted_regimes(values: Values, permits: Collection[str]) -> Iterator[Problem]:
    regimes, codes = _codes(values, "regime"), _codes(values, "waste_codes")
    if is_weighed(values) and not regimes:
        yield _missing("regime", N_("Which legal states do you accept?"))
    if any(regime not in REGIMES for regime in regimes):
        yield Problem("regime", N_("A legal state that is not in the list."))
    if "WASTE" in regimes and not codes:
        yield _missing("waste_codes", N_("Which waste codes does your permit let you receive?"))
    for code in (code for code in codes if code not in permits):
        yield Problem("waste_codes", N_("Your firm has no valid permit for %(code)s."), {"code": code})
    yield from _listable(codes)


def _codes(values: Values, name: str) -> tuple[str, ...]:
    return tuple(code for code in (values.get(name) or "").split(";") if code)


def _reads(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except Wrong:
        return False
    return True


def _states(*names: str) -> Callable[[Values], bool]:
    return lambda values: any(values.get(name) not in (None, "", 0) for name in names)


_HELPFUL = (
    (N_("a description in your own words"), _states("description")),
    (N_("the first or the last day"), _states("from_day", "until_day")),
    (N_("a price"), lambda values: values.get("price_milli_eur_kg") is not None),
)
_HELPFUL_OFFER = (
    (N_("the smallest lot"), lambda values: bool(values.get("lot_g")) or not values.get("divisible", True)),
)
_HELPFUL_NEED = ((N_("how far you would go"), _states("radius_m")),)
_HELPFUL_TEXTILE = (
    (N_("a measured colour"), lambda values: (values.get("colour") or "").startswith(("#", "lab:"))),
    (N_("the composition"), _states("composition")),
)
