# SPDX-License-Identifier: AGPL-3.0-or-later
"""A firm's own listings as rows of a sheet: the engine's columns, and what only the marketplace knows.

`id` is L- and the listing's key, so that a sheet which comes back changes the same listings.
"""

from __future__ import annotations

from typing import Any

from matching.market.vocabulary import unscaled

_COMMON = ("id", "reference", "category", "mass_kg", "quantity", "unit", "composition", "colour", "price_eur_kg")
OFFER_COLUMNS = (
    *_COMMON,
    *("form", "lot_kg", "divisible", "regime", "waste_code", "origin", "certificates", "length_mm", "micron"),
    *("available_from", "available_until", "description", "state"),
)
NEED_COLUMNS = (
    *_COMMON,
    *("forms", "use", "delta_e", "lot_kg", "max_suppliers", "blend", "min_fill_kg", "regimes", "waste_codes"),
    *(
        "certificates",
        "length_min_mm",
        "micron_max",
        "needed_from",
        "needed_until",
        "radius_km",
        "description",
        "state",
    ),
)
COLUMNS = {"offer": OFFER_COLUMNS, "need": NEED_COLUMNS}


def record(listing: Any) -> list[str]:
    """The cells of one listing, in the order of COLUMNS of its side; the firm's own prices included."""
    cells = {**_common(listing), **(_offer(listing) if listing.side == "offer" else _need(listing))}
    return [cells[column] for column in COLUMNS[listing.side]]


def _common(listing: Any) -> dict[str, str]:
    return {
        "id": f"L-{listing.id}",
        "reference": listing.reference,
        "category": listing.category_code,
        "mass_kg": _thousandths(listing.mass_g),
        "quantity": listing.quantity,
        "unit": listing.unit,
        "composition": listing.composition,
        "colour": listing.colour,
        "price_eur_kg": _thousandths(listing.price_milli_eur_kg),
        "lot_kg": _thousandths(listing.lot_g or None),
        "certificates": listing.certificates,
        "description": listing.description,
        "state": listing.state,
    }


def _offer(listing: Any) -> dict[str, str]:
    return {
        "form": listing.forms,
        "divisible": _yes_no(listing.divisible),
        "regime": listing.regime,
        "waste_code": listing.waste_codes,
        "origin": listing.origin,
        "length_mm": _thousandths(listing.length_um),
        "micron": _thousandths(listing.micron_milli),
        "available_from": _day(listing.from_day),
        "available_until": _day(listing.until_day),
    }


def _need(listing: Any) -> dict[str, str]:
    return {
        "forms": listing.forms,
        "use": listing.use,
        "delta_e": _thousandths(listing.delta_e_milli),
        "max_suppliers": "" if listing.max_suppliers is None else str(listing.max_suppliers),
        "blend": _yes_no(listing.blend),
        "min_fill_kg": _thousandths(listing.min_fill_g or None),
        "regimes": listing.regime,
        "waste_codes": listing.waste_codes,
        "length_min_mm": _thousandths(listing.length_um),
        "micron_max": _thousandths(listing.micron_milli),
        "needed_from": _day(listing.from_day),
        "needed_until": _day(listing.until_day),
        "radius_km": _thousandths(listing.radius_m),
    }


def _thousandths(amount: int | None) -> str:
    return "" if amount is None else unscaled(amount, 3)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _day(value: Any) -> str:
    return value.isoformat() if value else ""
