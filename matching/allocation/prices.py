# SPDX-License-Identifier: AGPL-3.0-or-later
"""Node prices: the proof of an allocation.

Any non-negative prices with offer price + need price >= value for every pair bound every possible allocation by
the sum of mass x price (weak duality). Prices rebuilt from an optimal flow make that bound equal to its value.
"""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.market.columns import Bools, Int64s

ROUND_CAP: Final = 3_000
_UNREACHED: Final = np.int64(-(1 << 60))


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Micro-points per kg of each offer and each need."""

    offer: Int64s
    need: Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Transport:
    """Pairs (indices into both sides) with their values in micro-points per kg, and the masses that limit them."""

    supply_g: Int64s
    demand_g: Int64s
    offer: Int64s
    need: Int64s
    value: Int64s

    def only(self, chosen: Bools) -> "Transport":
        """The same masses with some of the pairs."""
        return Transport(self.supply_g, self.demand_g, self.offer[chosen], self.need[chosen], self.value[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Where an earlier allocation of much the same problem ended: prices, -1 for what is new, and grams per pair."""

    prices: Prices
    flow_g: Int64s

    def on(self, problem: Transport) -> "Start":
        """Prices that cover every pair of this problem, and of the grams those that flow where they cover exactly."""
        offer, need = self.prices.offer, np.maximum(self.prices.need, 0)
        lifted = np.flatnonzero((self.prices.need[problem.need] < 0) & (offer[problem.offer] >= 0))
        room = problem.value[lifted] - offer[problem.offer[lifted]]
        np.maximum.at(need, problem.need[lifted], room)
        prices = repaired_offers(problem, need)
        return Start(prices, np.where(shortfall(problem, prices) == 0, self.flow_g, 0))


def exact_dot(amounts: Int64s, factors: Int64s) -> int:
    """Sum of products as a Python integer, beyond the reach of int64."""
    some = np.flatnonzero(amounts)
    amounts, factors = amounts[some], factors[some]
    high, low = np.divmod(amounts, 1 << 20)
    return (int(_parts(high, factors)) << 20) + int(_parts(low, factors))


def _parts(amounts: Int64s, factors: Int64s) -> int:
    if not len(amounts):
        return 0
    largest = int(np.abs(amounts).max()) * int(np.abs(factors).max()) * len(amounts)
    if largest < 1 << 62:
        return int(np.dot(amounts, factors))
    return sum(int(a) * int(f) for a, f in zip(amounts, factors, strict=True))


def bound_of(problem: Transport, prices: Prices) -> int:
    """Sum of mass x price in micro-points x grams: no allocation is worth more, if no pair is violated."""
    return exact_dot(problem.supply_g, prices.offer) + exact_dot(problem.demand_g, prices.need)


def shortfall(problem: Transport, prices: Prices) -> Int64s:
    """By how much each pair's value exceeds the prices of its two sides; positive: the pair is violated."""
    return problem.value - prices.offer[problem.offer] - prices.need[problem.need]


def repaired(problem: Transport, offer_price: Int64s) -> Prices:
    """The least need prices that go with these offer prices: no pair of the problem is violated."""
    need = np.zeros(len(problem.demand_g), dtype=np.int64)
    np.maximum.at(need, problem.need, problem.value - offer_price[problem.offer])
    return Prices(offer_price, need)


def repaired_offers(problem: Transport, need_price: Int64s) -> Prices:
    """The least offer prices that go with these need prices."""
    offer = np.zeros(len(problem.supply_g), dtype=np.int64)
    np.maximum.at(offer, problem.offer, problem.value - need_price[problem.need])
    return Prices(offer, need_price)


def prices_of_flow(
    problem: Transport, flow_g: Int64s, deadline: float = float("inf"), floor: Int64s | None = None
) -> Prices:
    """Prices that prove an optimal flow; where they can't be rebuilt from it, those of the dual LP.

    The least offer prices, or those of them that are not below a floor, if there are such. Past the deadline
    (`time.monotonic()`) they only bound it.
    """
    lowest = np.zeros(len(problem.supply_g), dtype=np.int64)
    found = None
    if floor is not None:
        left = problem.supply_g.copy()
        np.subtract.at(left, problem.offer, flow_g)
        found = _longest_paths(problem, flow_g, deadline, np.where(left > 0, lowest, floor))
    if found is None:
        found = _longest_paths(problem, flow_g, deadline, lowest)
    return found if found is not None else prices_by_lp(problem, deadline - time.monotonic())


def _longest_paths(problem: Transport, flow_g: Int64s, deadline: float, lowest: Int64s) -> Prices | None:
    """Bellman-Ford on the residual graph, a round's arcs at once; None if it does not settle in time.

    The least offer prices u from `lowest` up, and greatest need prices v, with u + v >= value, = value where something
    flows, and 0 where mass is left. In w = -v these are lower bounds that push each other up: u >= w + value along
    every pair, w >= u - value along the pairs that carry flow, u >= 0, and w >= 0 where a need is not filled.
    """
    used = flow_g > 0
    used_offer, used_need, used_value = problem.offer[used], problem.need[used], problem.value[used]
    left = problem.demand_g.copy()
    np.subtract.at(left, used_need, flow_g[used])
    offer = lowest
    need = np.where(left > 0, np.int64(0), _UNREACHED)  # a need of no mass may have any price: it holds up nobody's
    begun = False
    for _ in range(ROUND_CAP):
        if time.monotonic() >= deadline:
            break
        raised = need.copy()
        np.maximum.at(raised, used_need, offer[used_offer] - used_value)
        lifted = offer.copy()
        new = np.flatnonzero((raised > need)[problem.need]) if begun else slice(None)
        np.maximum.at(lifted, problem.offer[new], raised[problem.need[new]] + problem.value[new])
        begun = True
        if np.array_equal(lifted, offer) and np.array_equal(raised, need):
            return _checked(problem, flow_g, repaired(problem, offer))
        offer, need = lifted, raised
    return None


def _checked(problem: Transport, flow_g: Int64s, prices: Prices) -> Prices | None:
    """The prices if they prove this flow, else None: a flow that is not optimal has no such prices."""
    proven = bound_of(problem, prices) == exact_dot(flow_g, problem.value)
    return prices if proven and (prices.need >= 0).all() and not (shortfall(problem, prices) > 0).any() else None


def prices_by_lp(problem: Transport, seconds: float = float("inf")) -> Prices:
    """Prices of the dual LP, rounded and repaired: valid always, tight up to rounding unless time runs out."""
    if seconds <= 0:
        return repaired(problem, np.zeros_like(problem.supply_g))
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    pairs, offers = len(problem.value), len(problem.supply_g)
    rows = np.tile(np.arange(pairs), 2)
    columns = np.concatenate([problem.offer, problem.need + offers])
    ends = coo_array((np.ones(2 * pairs), (rows, columns)), shape=(pairs, offers + len(problem.demand_g)))
    masses = np.concatenate([problem.supply_g, problem.demand_g]).astype(np.float64)
    values, limit = problem.value.astype(np.float64), {"time_limit": seconds}
    answer = linprog(masses, A_ub=-ends.tocsr(), b_ub=-values, method="highs", options=limit)
    at_least_zero = np.zeros(offers) if answer.x is None else np.maximum(answer.x[:offers], 0.0)
    return repaired(problem, np.rint(at_least_zero).astype(np.int64))
