# SPDX-License-Identifier: AGPL-3.0-or-later
"""The proof of a result, from its written prices: no leg is worth more than its two sides and processors charge."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from matching.allocation.aims import priced_value, taken_off
from matching.allocation.legality import sums
from matching.allocation.legs import delivered_g
from matching.allocation.policy import BadPolicyError
from matching.allocation.problem import Plan, plan
from matching.allocation.relax import is_solved, price_bound, slack
from matching.evidence.claims import Claims, Fault, Prices, Result
from matching.evidence.outcome import row_prices
from matching.evidence.proposal import SCORE_PLACES, VALUE_PLACES
from matching.evidence.staged import (
    aim_figures,
    floor_faults,
    multiplier_faults,
    of_usable,
    read_multipliers,
    read_reached,
)
from matching.evidence.summary import market_figures, mass_figures, number, proof_figures, units_of
from matching.evidence.units import decimal_text, kg_text
from matching.evidence.view import View
from matching.market.columns import Int64s

STATUSES: Final = ("optimal", "time limit", "gap open")
OF_THE_RUN: Final = ("seconds", "peak_mb", "engine_version", "input_sha256")  # told of the run itself
JUDGED: Final = ("status", "greedy_value", "pairs_considered")  # figures that are held against others
_SHOWN: Final = 20  # violated legs listed one by one


def proof_faults(view: View, result: Result, claims: Claims, written: Prices) -> Iterator[Fault]:
    """Faults of pins, prices, bound and figures."""
    try:
        planned = plan(view.sides, view.task, result.policy, view.earlier, view.kept_g)
    except BadPolicyError as error:
        yield from (Fault("pin", "policy.toml", problem) for problem in error.problems)
        return
    yield from _pins(view, claims, planned)
    yield from _priced(view, written)
    yield from multiplier_faults(written, planned)
    prices = row_prices(view, written)
    legs, bonus = planned.task.legs, written["bonus"].get("bonus", 0)
    favours = replace(planned.aims.favours, bonus=bonus)
    multipliers = of_usable(read_multipliers(view, written), planned.usable)
    priced = replace(legs, value=priced_value(planned.aims.columns, legs, multipliers))
    excess = -slack(replace(planned.task, legs=priced), prices)
    for leg in np.flatnonzero(excess > 0)[:_SHOWN].tolist():
        yield _violated(view, planned, leg, int(excess[leg]))
    free_g = _beside_pins(planned, claims)
    reached, faults = read_reached(result.summary, planned.aims)
    yield from faults
    yield from floor_faults(planned, reached, free_g)
    aimed = aim_figures(planned, view, reached, free_g)
    floors = [reach.floor for reach in reached]
    off = taken_off(planned.task, planned.aims, (multipliers, favours), floors, free_g)
    by_prices = price_bound(planned.task.limits, prices) + off
    yield from _figures(view, result, claims, planned, planned.aims.pinned[-1] + by_prices, aimed)


def _beside_pins(planned: Plan, claims: Claims) -> Int64s:
    """Grams that the usable legs ship beside the pins."""
    shipped = -planned.pinned_g
    known = claims.place >= 0
    np.add.at(shipped, claims.place[known], claims.mass_g[known])
    return np.maximum(shipped[planned.usable], 0)


def _pins(view: View, claims: Claims, planned: Plan) -> Iterator[Fault]:
    proposed = sums(claims.place, claims.mass_g)
    for leg in np.flatnonzero(planned.pinned_g).tolist():
        grams = int(planned.pinned_g[leg])
        if proposed.get(leg, 0) < grams:
            pair = " → ".join(view.name(leg)[:2])
            yield Fault("pin", "proposals.csv", f"{pair} is pinned and gets less than {kg_text(grams)} kg")


def _priced(view: View, written: Prices) -> Iterator[Fault]:
    """Each listing, processor and row of a recipe has one price, none below zero."""
    for side, ids in view.priced_ids.items():
        for listing in sorted(set(ids) ^ written[side].keys()):
            yield Fault("price", "prices.csv", f"{side} {listing} has {'no price' if listing in ids else 'a price'}")
        for listing, price in written[side].items():
            if price < 0:
                yield Fault("price", "prices.csv", f"{side} {listing} has a price below 0")


def _violated(view: View, planned: Plan, leg: int, excess: int) -> Fault:
    """A leg worth more than its prices: it breaks the bound."""
    name = view.name(int(np.flatnonzero(planned.usable)[leg]))
    pair, worth = f"{name[0]} → {name[1]}", decimal_text(excess, SCORE_PLACES)
    return Fault("violated pair", "prices.csv", f"{pair} is worth {worth} more than its prices")


def _figures(
    view: View, result: Result, claims: Claims, planned: Plan, by_prices: int, aimed: dict[str, Any]
) -> Iterator[Fault]:
    """Every figure of the summary that can be recomputed, and those that can only be bounded."""
    summary, value = result.summary, sum(claims.value)
    bound = _bound(summary, by_prices)
    arriving = delivered_g(np.maximum(claims.mass_g, 0), claims.legs.rate)
    masses = sums(claims.legs.offer, claims.mass_g), sums(claims.legs.need, arriving)
    expected = {
        **market_figures(view),
        **aimed,
        **proof_figures(value, bound, by_prices, view.unit),
        **mass_figures(view, planned.allowed, *masses),
    }
    for name, figure in expected.items():
        if name not in summary or summary[name] != figure or isinstance(summary[name], bool):
            yield Fault("figure", f"summary.json, {name}", f"{summary.get(name)!r} instead of {figure!r}")
    for name in sorted(summary.keys() - {*expected, *JUDGED, *OF_THE_RUN}):
        yield Fault("figure", f"summary.json, {name}", "no figure of this result")
    status = summary.get("status")
    if status not in STATUSES or (status == "optimal") != is_solved(value, max(bound, value), planned.aims.closed_per):
        yield Fault("figure", "summary.json, status", f"{status!r} with value {value} and bound {bound}")
    if not _at_most(number(value, VALUE_PLACES), number(bound, VALUE_PLACES)):
        yield Fault("bound", "summary.json", "the value exceeds the bound")
    greedy = summary.get("greedy_value", "")
    if not (_at_most(greedy, number(value, VALUE_PLACES)) if planned.comparable else greedy is None):
        yield Fault("figure", "summary.json, greedy_value", "more than the value")
    considered = summary.get("pairs_considered")
    if type(considered) is not int or not 0 <= considered <= len(view.legs):
        yield Fault("figure", "summary.json, pairs_considered", "no number of compatible pairs")


def _bound(summary: Mapping[str, Any], by_prices: int) -> int:
    """The bound to hold figures against: that of the prices, or a solver's smaller one, which can only be believed."""
    claimed: Any = summary.get("bound")
    if summary.get("bound_source") == "solver" and _at_most(claimed, number(by_prices, VALUE_PLACES)):
        return units_of(claimed, VALUE_PLACES)
    return by_prices


def _at_most(figure: Any, limit: float) -> bool:
    """Whether it is a number and no more than this; a pin may bring a value below nought."""
    return isinstance(figure, int | float) and not isinstance(figure, bool) and figure <= limit
