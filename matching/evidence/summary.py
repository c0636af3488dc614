# SPDX-License-Identifier: AGPL-3.0-or-later
"""The figures of a run, recomputed from what it kept: the content of `summary.json` but for times and memory."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from matching.evidence.proposal import VALUE_PLACES
from matching.evidence.units import decimal_text
from matching.evidence.unmatched import unmatched_g
from matching.evidence.view import View
from matching.market.columns import Bools, Int64s

ALL_PAIRS: Final = "all pairs"
LISTED_PAIRS: Final = "listed pairs"


def number(units: int, places: int) -> int | float:
    """Units x 10**-places as JSON's number: whole numbers stay whole, others become the nearest double."""
    text = decimal_text(units, places)
    return float(text) if "." in text else int(text)


def units_of(figure: "int | float", places: int) -> int:
    """The inverse of `number`."""
    return int(Decimal(repr(figure)).scaleb(places).to_integral_value())


def gap_of(value: int, bound: int) -> float:
    """(bound - value) / bound, 0 where they are equal."""
    return (bound - value) / abs(bound or value) if bound != value else 0.0


def proof_figures(value: int, bound: int, by_prices: int, unit: str) -> dict[str, Any]:
    """Value in `unit`, bound and gap; `by_prices` is the bound that the prices alone prove."""
    solver = bound < by_prices
    shown = max(units_of(number(bound, VALUE_PLACES), VALUE_PLACES), value) if solver else bound
    return {
        "value": number(value, VALUE_PLACES),
        "unit": unit,
        "bound": number(bound, VALUE_PLACES),
        "bound_source": "solver" if solver else "prices",
        "price_bound": number(by_prices, VALUE_PLACES),
        "gap": gap_of(value, shown),
    }


def market_figures(view: View) -> dict[str, Any]:
    """What the bound speaks of, and the sizes of the market."""
    return {
        "scope": LISTED_PAIRS if view.listed else ALL_PAIRS,
        "offers": len(view.sides.offers),
        "needs": len(view.sides.needs),
        "compatible_pairs": len(view.pairs),
        "compatible_chains": len(view.legs) - len(view.pairs),
    }


def mass_figures(
    view: View, allowed: Bools, taken_g: Mapping[int, int], delivered_g: Mapping[int, int]
) -> dict[str, Any]:
    """Kilograms delivered, and left by reason: of both sides together, and of each; masses by row."""
    sides = view.sides
    left = (_left(sides.offers.mass_g, taken_g), _left(sides.needs.mass_g, delivered_g))
    offers_g, needs_g = unmatched_g(view, allowed, left)
    both_g = {reason: offers_g.get(reason, 0) + needs_g.get(reason, 0) for reason in {**offers_g, **needs_g}}
    return {
        "matched_kg": number(sum(delivered_g.values()), 3),
        "unmatched": _kilograms(both_g),
        "unmatched_offers": _kilograms(offers_g),
        "unmatched_needs": _kilograms(needs_g),
    }


def _left(mass_g: Int64s, used_g: Mapping[int, int]) -> list[int]:
    left: list[int] = mass_g.tolist()
    for row, grams in used_g.items():
        left[row] -= grams
    return left


def _kilograms(grams: dict[str, int]) -> dict[str, int | float]:
    return {reason: number(mass_g, 3) for reason, mass_g in sorted(grams.items())}
