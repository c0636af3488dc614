# SPDX-License-Identifier: AGPL-3.0-or-later
"""The values of a listing: which ones people state, and which ones follow from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.listings.materials import material_of
from marketplace.listings.search import index_text
from marketplace.listings.shelves import KILOGRAMS, category_by_form, is_textile, theme_of
from matching.market.vocabulary import (
    CATEGORIES,
    FIBRES,
    FORMS,
    LANGUAGES,
    PLACES,
    SHADES,
    Term,
    parse_bounds,
    parse_composition,
)

DEFAULTS: Mapping[str, Any] = {
    "reference": "",
    "category_code": "",
    "description": "",
    "unit": KILOGRAMS,
    "quantity": "",
    "mass_g": None,
    "forms": "",
    "composition": "",
    "colour": "",
    "delta_e_milli": None,
    "price_milli_eur_kg": None,
    "price_shown": False,
    "regime": "",
    "waste_codes": "",
    "origin": "",
    "certificates": "",
    "use": "",
    "lot_g": 0,
    "divisible": True,
    "max_suppliers": None,
    "blend": False,
    "min_fill_g": 0,
    "length_um": None,
    "micron_milli": None,
    "from_day": None,
    "until_day": None,
    "place_code": "",
    "lat": None,
    "lon": None,
    "radius_m": None,
}
"""Every value a firm may state, by column of `Listing`, and what stands there when it is not stated."""

COLUMNS = frozenset(DEFAULTS)


def values_of(listing: Any) -> dict[str, Any]:
    """The stated values of a listing (or of anything with the same attributes)."""
    return {name: getattr(listing, name) for name in DEFAULTS}


def completed(values: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their defaults, the firm's place where none is stated, and a shelf for the form.

    `place` holds place_code, lat and lon; a value that no listing has is a mistake of the caller: ValueError.
    """
    if unknown := set(values) - COLUMNS:
        raise ValueError(f"a listing has no {', '.join(sorted(unknown))}")
    full = {**DEFAULTS, **values}
    if full["lat"] is None or full["lon"] is None:
        full.update(place)
    full["place_code"] = full["place_code"] or place["place_code"]
    if not full["category_code"]:
        full["category_code"] = category_by_form().get(_first_form(full), "")
    if full["unit"] != KILOGRAMS:
        full["mass_g"] = None
    return full


def derived(side: str, values: Mapping[str, Any]) -> dict[str, str]:
    """What follows from the stated values: theme, material, what search looks at."""
    category_code = values["category_code"]
    return {
        "theme_code": theme_of(category_code) if category_code else "",
        "material": material(side, values),
        "search_text": index_text(_searched(side, values)),
    }


def material(side: str, values: Mapping[str, Any]) -> str:
    """The material family, a key of `materials.MATERIALS`; of a need, that of the fibre it asks most of."""
    if side == "need" and values["composition"]:
        wanted = [bound for bound in parse_bounds(values["composition"]) if bound.fibre != "*"]
        if wanted:
            most = max(wanted, key=lambda bound: (bound.low, bound.high))
            return material_of(f"{most.fibre}:100", "")
        return "not-stated"
    if side == "need":
        return "not-stated" if any(map(is_textile, values["forms"].split(";"))) else "non-textile"
    return material_of(values["composition"], values["forms"])


def _first_form(values: Mapping[str, Any]) -> str:
    first: str = values["forms"].split(";")[0]
    return first


def _searched(side: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield values["description"]
    yield values["waste_codes"]
    yield from _names(CATEGORIES, [values["category_code"]])
    yield from _names(FORMS, values["forms"].split(";"))
    yield from _names(FIBRES, _fibres(side, values["composition"]))
    yield from _names(SHADES, [values["colour"]])
    yield from _names(PLACES, [values["place_code"]])


def _fibres(side: str, composition: str) -> list[str]:
    if not composition:
        return []
    parts = parse_composition(composition) if side == "offer" else parse_bounds(composition)
    return [part.fibre for part in parts]


def _names(terms: Mapping[str, Term], codes: list[str]) -> Iterator[str]:
    for code in codes:
        if code in terms:
            yield code
            yield from (terms[code].name(language) for language in LANGUAGES)
