# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many kilograms each pair ships, with the prices that prove it.

Large markets go to a compiled search (`augment.py`) that is many times faster than a general solver where values
differ, and slower where they tie: it stops early there, and the solver gets the pairs that its prices leave. What that
leaves out is looked for by a search again, or solved again with it. Past what a solver should be given at once, few
promising pairs are solved and priced over all until none is missing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from matching.allocation.flow import transport
from matching.allocation.greedy import COMPILED_FROM, greedy_flow
from matching.allocation.prices import (
    Prices,
    Start,
    Transport,
    bound_of,
    exact_dot,
    prices_of_flow,
    repaired,
    shortfall,
)
from matching.market.columns import Bools, Int64s

if TYPE_CHECKING:
    from matching.allocation.augment import Attempt

VARIED: Final = 1 / 8  # distinct values per listing; below, the compiled search would drown in ties
AUCTION_LOOKS: Final = (600, 45)  # pairs its auction may look at, per listing and per pair
SEARCH_LOOKS: Final = 45  # and its searches, per pair, while their pace promises an end: a third of a solver's time
TANGLE: Final = 1.25  # pairs per listing within a step of nearly good prices, beyond which searches grow wide
FEW: Final = 1 / 2  # of the pairs; where more seem to matter, a few of them would be missing and all be solved twice
WHOLE_BELOW: Final = 5_000_000  # pairs given to the solver at once; above, candidates and pricing
PER_LISTING: Final = 8  # candidates each listing starts with, and may gain in a round
ROUND_CAP: Final = 40  # after which all pairs are let in

OPTIMAL: Final = "optimal"
TIME_LIMIT: Final = "time limit"
GAP_OPEN: Final = "gap open"  # an optimal flow whose prices could not be rebuilt exactly


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """Grams per pair of the problem, and the prices that bound every other allocation (micro-points x grams)."""

    flow_g: Int64s
    prices: Prices
    value: int
    bound: int
    status: str
    pairs_considered: int
    greedy_value: int


Watch = Callable[[int, int], None]  # value and bound so far; may raise to cancel


def allocate(
    problem: Transport,
    deadline: float = float("inf"),
    watch: Watch = lambda value, bound: None,
    whole_below: int = WHOLE_BELOW,
    start: Start | None = None,
) -> Allocation:
    """The best allocation known at the deadline (`time.monotonic()`), with its proof over all pairs.

    `start` is where an earlier one of much the same problem ended: it changes how long it takes, not the value.
    """
    best = _Best(problem, greedy_flow(problem), _prices_without_flow(problem))
    greedy_value, turn = best.value, 0
    chosen, missing = _first_candidates(problem, whole_below), np.ones(len(problem.value), dtype=np.bool_)
    attempt = None
    if _is_varied(problem) and best.open_at(deadline):
        watch(best.value, best.bound)
        attempt = best.take(_attempt(problem, start))
        chosen = attempt.near if attempt.near.mean() <= FEW or best.value == best.bound else chosen
    while missing.any() and best.open_at(deadline):
        watch(best.value, best.bound)
        solved = _round(best, chosen, deadline, attempt)
        short = shortfall(problem, solved.prices)
        missing, turn = short > 0, turn + 1
        if attempt is not None and missing.any():
            attempt = best.take(_attempt(problem, solved))
        chosen |= _best_per_listing(problem, short) if turn < ROUND_CAP else np.True_
    cut = missing.any() or time.monotonic() >= deadline
    status = OPTIMAL if best.value == best.bound else TIME_LIMIT if cut else GAP_OPEN
    watch(best.value, best.bound)
    return Allocation(best.flow_g, best.prices, best.value, best.bound, status, int(chosen.sum()), greedy_value)


class _Best:
    """The best plan and the lowest bound so far."""

    def __init__(self, problem: Transport, flow_g: Int64s, prices: Prices) -> None:
        self.problem = problem
        self.flow_g, self.value = flow_g, exact_dot(flow_g, problem.value)
        self.prices, self.bound = prices, bound_of(problem, prices)

    def open_at(self, deadline: float) -> bool:
        """Whether there is something to be won, and time."""
        return self.value < self.bound and time.monotonic() < deadline

    def ship(self, flow_g: Int64s) -> None:
        """A plan."""
        value = exact_dot(flow_g, self.problem.value)
        if value >= self.value:
            self.flow_g, self.value = flow_g, value

    def price(self, prices: Prices) -> None:
        """Prices that cover every pair."""
        bound = bound_of(self.problem, prices)
        if bound <= self.bound:
            self.prices, self.bound = prices, bound

    def take(self, attempt: "Attempt") -> "Attempt":
        """What the compiled search found, if it came to an end."""
        if attempt.flow_g is not None:
            self.ship(attempt.flow_g)
            self.price(attempt.prices)
        return attempt


def _round(best: _Best, chosen: Bools, deadline: float, attempt: "Attempt | None") -> Start:
    """Solves the chosen pairs: their flow and the prices that prove it, near those by which they were chosen."""
    problem, flow = best.problem, np.zeros(len(chosen), dtype=np.int64)
    part = problem.only(chosen)
    common = max(int(np.gcd.reduce(part.value)), 1)  # the solver's rounds grow with the digits of the values
    flow[chosen] = transport(part.supply_g, part.demand_g, part.offer, part.need, part.value // common)
    best.ship(flow)
    floor = None if attempt is None else np.maximum(attempt.prices.offer - attempt.slack, 0)
    prices = prices_of_flow(part, flow[chosen], deadline, floor)
    best.price(prices if not (shortfall(problem, prices) > 0).any() else repaired(problem, prices.offer))
    return Start(prices, flow)


def _is_varied(problem: Transport) -> bool:
    listings = len(problem.supply_g) + len(problem.demand_g)
    some = np.sort(problem.value[:: max(len(problem.value) // max(2 * listings, 1), 1)])
    return len(problem.value) >= COMPILED_FROM and int(np.count_nonzero(np.diff(some))) >= VARIED * listings


def _attempt(problem: Transport, start: Start | None) -> "Attempt":
    """What the compiled search finds within its limits."""
    from matching.allocation.augment import Caps, augmented  # here, so that small markets load no compiler

    listings = len(problem.supply_g) + len(problem.demand_g)
    auction = AUCTION_LOOKS[0] * listings + AUCTION_LOOKS[1] * len(problem.value)
    return augmented(problem, Caps(auction, SEARCH_LOOKS * len(problem.value), TANGLE), start)


def _prices_without_flow(problem: Transport) -> Prices:
    """The better of two prices that need no solver: all value to the needs, or all to the offers."""
    to_needs = repaired(problem, np.zeros(len(problem.supply_g), dtype=np.int64))
    to_offers = np.zeros(len(problem.supply_g), dtype=np.int64)
    np.maximum.at(to_offers, problem.offer, problem.value)
    other = Prices(to_offers, np.zeros(len(problem.demand_g), dtype=np.int64))
    return min(to_needs, other, key=lambda prices: bound_of(problem, prices))


def _first_candidates(problem: Transport, whole_below: int) -> Bools:
    if len(problem.value) <= whole_below:
        return np.ones(len(problem.value), dtype=np.bool_)
    return _best_per_listing(problem, problem.value)


def _best_per_listing(problem: Transport, worth: Int64s) -> Bools:
    """The pairs of positive worth that are among the PER_LISTING best of their offer or of their need."""
    chosen = np.zeros(len(worth), dtype=np.bool_)
    worthy = np.flatnonzero(worth > 0)
    for listing in (problem.offer[worthy], problem.need[worthy]):
        order = np.lexsort((-worth[worthy], listing))
        grouped = listing[order]
        place = np.arange(len(order)) - np.searchsorted(grouped, grouped, side="left")
        chosen[worthy[order[place < PER_LISTING]]] = True
    return chosen
