# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole task: what is transport as one flow, the rest part by part; one plan, one set of prices, one bound."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from matching.allocation.allocate import OPTIMAL, TIME_LIMIT, allocate
from matching.allocation.fewer import of_fewer_suppliers
from matching.allocation.found import Found, Until, until_deadline
from matching.allocation.greedy import greedy_plan
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task
from matching.allocation.parts import Part, has_lots, part_numbers, parts_of
from matching.allocation.prices import Start
from matching.allocation.relax import (
    RowPrices,
    as_transport,
    from_transport,
    is_solved,
    price_bound,
    repaired,
    value_of,
)
from matching.allocation.search import search
from matching.market.columns import Bools, Int64s

GAP_OPEN: Final = "gap open"
BY_PRICES: Final = "prices"
BY_SOLVER: Final = "solver"

Watch = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """Grams taken per leg, and the proof: `price_bound` follows from the prices, `bound` may be a solver's."""

    taken_g: Int64s
    prices: RowPrices
    value: int
    price_bound: int
    bound: int
    bound_source: str
    status: str
    pairs_considered: int
    greedy_value: int | None  # None where it could not be compared


def solve(
    task: Task,
    deadline: float = float("inf"),
    watch: Watch = lambda value, bound: None,
    start: Start | None = None,
) -> Allocation:
    """The best plan known at the deadline (`time.monotonic()`), verified, with its bound over all legs.

    `start` is where an earlier one ended, per leg; what is more than a transport problem begins anew.
    """
    simple, plain = task.only(task.plain), not has_lots(task).any()
    flow = allocate(as_transport(simple), deadline, watch if plain else _silent, start=start if plain else None)
    if plain:
        prices = from_transport(flow.prices, task)
        proof = (flow.value, flow.bound, flow.bound, BY_PRICES, flow.status)
        return Allocation(flow.flow_g, prices, *proof, flow.pairs_considered, flow.greedy_value)
    taken = np.zeros(len(task.legs), dtype=np.int64)
    taken[task.plain] = flow.flow_g
    number, ends = part_numbers(task), until_deadline(deadline)
    parts = list(parts_of(task, number, _unsettled(task, taken, number)))
    whole = _Whole(task, taken, from_transport(flow.prices, task), parts)
    legs_left = sum(len(part.legs) for part in parts)
    for place, part in enumerate(parts):
        share = max(len(part.legs) / legs_left, 1 / (len(parts) - place))
        own = ends.part(share)
        whole.take(part, search(part.task, own, whole.watching(part, watch)), own)
        legs_left -= len(part.legs)
    best = whole.result(ends.models, flow.pairs_considered)
    best = replace(best, taken_g=of_fewer_suppliers(task, best.taken_g))
    watch(best.value, best.bound)
    return best


def _silent(value: int, bound: int) -> None:
    """Hears nothing: a flow that forgets lots and chains is neither value nor bound of the whole."""


def _unsettled(task: Task, taken_g: Int64s, number: Int64s) -> Bools:
    """The legs of the parts that the flow leaves with a broken limit, or that have processors."""
    legs, again = task.legs, set(number[~task.plain].tolist())
    parts = {"offer": dict(zip(legs.offer.tolist(), number.tolist(), strict=True))}
    parts["need"] = dict(zip(legs.need.tolist(), number.tolist(), strict=True))
    for broken in broken_limits(task, taken_g):
        again.add(number[broken.row] if broken.side == "leg" else parts[broken.side][broken.row])
    return np.isin(number, list(again))


class _Whole:
    """The plan of the whole as its parts come in."""

    def __init__(self, task: Task, taken: Int64s, prices: RowPrices, parts: list[Part]) -> None:
        self.task, self.taken, self.prices = task, taken, prices
        self.better = 0  # what solvers' bounds take off the bound of the prices
        self.cut = False  # a part's time ran out
        lifted = repaired(task, prices)
        for part in parts:  # a flow's grams may break their limits, and its prices know no chains or recipes
            self.taken[part.legs] = 0
            self.prices.need[part.needs] = lifted.need[part.needs]

    def take(self, part: Part, found: Found, ends: Until) -> None:
        """Puts a part's plan and prices in their places."""
        self.taken[part.legs] = found.taken_g
        self.prices.offer[part.offers] = found.prices.offer
        self.prices.need[part.needs] = found.prices.need
        self.prices.processor[part.processors] = found.prices.processor
        self.prices.recipe[part.recipes] = found.prices.recipe
        self.better += found.price_bound - found.bound
        self.cut |= time.monotonic() >= ends.models and not is_solved(found.value, found.bound)

    def watching(self, part: Part, watch: Watch) -> Watch:
        """A listener to one part that tells of the whole; until a part has come in, its first prices bound it."""
        value = value_of(self.task, self.taken)
        own = price_bound(part.task.limits, self._prices_of(part))
        others = price_bound(self.task.limits, self.prices) - self.better - own
        return lambda found, limit: watch(value + found, others + max(limit, found))

    def _prices_of(self, part: Part) -> RowPrices:
        rows = part.offers, part.needs, part.processors, part.recipes
        every = self.prices.offer, self.prices.need, self.prices.processor, self.prices.recipe
        return RowPrices(*(prices[own] for prices, own in zip(every, rows, strict=True)))

    def result(self, until: float, considered: int) -> Allocation:
        """The whole with its figures; a greedy market may be better only where there was no time."""
        plan = greedy_plan(self.task)
        greedy = value_of(self.task, plan)
        if greedy > value_of(self.task, self.taken):
            self.taken = plan
        value, by_prices = value_of(self.task, self.taken), price_bound(self.task.limits, self.prices)
        bound = max(by_prices - self.better, value)
        source = BY_SOLVER if bound < by_prices else BY_PRICES
        unsolved = TIME_LIMIT if self.cut or time.monotonic() >= until else GAP_OPEN
        status = OPTIMAL if is_solved(value, bound) else unsolved
        chains = int((~self.task.plain).sum())
        return Allocation(self.taken, self.prices, value, by_prices, bound, source, status, considered + chains, greedy)
