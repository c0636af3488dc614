# SPDX-License-Identifier: AGPL-3.0-or-later
"""Objectives in order of priority, small firms first, little moved: the plan of a whole policy, and its proof.

Each objective is brought as high as it goes while those before it stay above their floors. A floor F of a column c
is priced (Lagrange): for any l >= 0, plans that keep it are worth at most max(v + l c) - l F. The l at which a plan
that keeps the floor and one that doesn't are worth the same is found by cutting off the line between the two; there,
what lies between both is as good as they are, and the plan is the one that just keeps the floor.
Fairness is one more such objective, the first kilograms of small firms: its floor is the value less the price it may
have, and 1 / l is the bonus of such a kilogram. The proof speaks of all plans that serve them at least as well.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from matching.allocation.aims import MICRO, Aims, Reached, floor_of, most_price, priced, worth
from matching.allocation.allocate import OPTIMAL, TIME_LIMIT
from matching.allocation.favours import Favours, Multipliers, no_multipliers
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task, taken_for
from matching.allocation.mixture import mixtures
from matching.allocation.points import Point, point_of
from matching.allocation.relax import is_solved
from matching.allocation.solve import BY_PRICES, BY_SOLVER, GAP_OPEN, Allocation, Watch, solve
from matching.market.columns import Int64s

TURNS: Final = 16  # of the search for one multiplier
SHARE: Final = 0.3  # of the time that is left, for each of its turns

Size = Callable[[Int64s], int]


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """The allocation by the last objective, what its prices go with, how high each objective went, and what proves it.

    The last of `reached` is the objective of the allocation, as it was before fairness; so are its proof and `kept_g`.
    """

    allocation: Allocation
    multipliers: Multipliers
    favours: Favours
    reached: tuple[Reached, ...]
    proofs: tuple[Point, ...] = ()
    kept_g: int = 0


def solve_aims(task: Task, aims: Aims, deadline: float, watch: Watch) -> Staged:
    """The best plan of a policy that is known at the deadline (`time.monotonic()`)."""
    if aims.simple:
        return Staged(solve(task, deadline, watch, aims.start), no_multipliers(task), aims.favours, ())
    reached, proofs = tuple[Reached, ...](), tuple[Point, ...]()
    known = np.zeros(len(task.legs), dtype=np.int64)
    phases = len(aims.columns) + (aims.max_price is not None)
    for stage in range(len(aims.columns)):
        until = time.monotonic() + (deadline - time.monotonic()) / (phases - stage)
        search = _Search(task, aims, reached, until, watch)
        known = search.highest(known)
        found, pinned = search.allocation(known), aims.pinned[stage]
        best, bound = found.value + pinned, found.bound + pinned
        reached += (Reached(best, bound, floor_of(best, aims.tolerances[stage])),)
        proofs += (search.proof(known),)
    kept_g = aims.favours.kept_g(task.legs, known)
    if aims.max_price is not None:
        search.deadline = deadline
        known = search.fairest(known, floor_of(reached[-1].best, aims.max_price) - aims.pinned[-1])
    point = search.proof(known)
    return Staged(search.allocation(known), point.multipliers, point.favours, reached, proofs, kept_g)


class _Search:
    """The search of one stage: every point it came by, each of which proves something."""

    def __init__(self, task: Task, aims: Aims, reached: tuple[Reached, ...], deadline: float, watch: Watch) -> None:
        self.task, self.deadline, self.watch = task, deadline, watch
        self.most_bonus, self.closed_per = aims.most_bonus, aims.closed_per
        self.column, self.held = aims.columns[len(reached)], aims.columns[: len(reached)]
        self.floors = [reach.floor - pinned for reach, pinned in zip(reached, aims.pinned, strict=False)]
        last = len(reached) + 1 == len(aims.columns)
        self.favours = replace(aims.favours, bonus=0, tax=aims.favours.tax if last else 0)
        self.prices = [0] * len(reached)
        self.points: list[Point] = []

    def highest(self, known: Int64s) -> Int64s:
        """The best plan above all floors; `known` is one that keeps them."""
        best = self._at()
        for row, held in enumerate(self.held):
            if worth(self.task, held, best) < self.floors[row]:
                best = known = self._above(row, best, known)
        return self._or_as_it_was(best)

    def _or_as_it_was(self, plan: Int64s) -> Int64s:
        """The plan, or the one that nothing moves from where it is legal, keeps the floors and is worth more."""
        legs, before_g = self.task.legs, self.favours.leg_g
        if not self.favours.tax or not before_g.any():
            return plan
        before = taken_for(before_g, legs.rate)
        stays, moves = (self._kept(one) + worth(self.task, self.column, one) for one in (before, plan))
        if stays <= moves or next(broken_limits(self.task, before), None) is not None:
            return plan
        floors = zip(self.held, self.floors, strict=True)
        return before if all(worth(self.task, held, before) >= floor for held, floor in floors) else plan

    def _above(self, row: int, low: Int64s, high: Int64s) -> Int64s:
        """The best plan found that keeps all floors, by the price of one of them."""

        def at(ratio: Fraction) -> Int64s:
            self.prices[row] = min(int(ratio * MICRO), most_price(self.task, self.held[row], len(self.held)))
            return self._at()

        self.prices[row] = 0
        base, held = self._priced(), self.held[row]
        sizes = lambda plan: self._kept(plan) + worth(self.task, base, plan), lambda plan: worth(self.task, held, plan)
        return self._between((low, high), sizes, at, (self.held[row], self.floors[row]))

    def fairest(self, known: Int64s, floor: int) -> Int64s:
        """The plan that serves small firms best and is worth the floor."""

        def at(ratio: Fraction) -> Int64s:
            bonus = int(MICRO / ratio) if ratio * self.most_bonus > MICRO else self.most_bonus
            self.favours = replace(self.favours, bonus=bonus)
            return self._at()

        sizes = lambda plan: MICRO * self.favours.served_g(self.task.legs, plan), self._main
        best = at(Fraction(0))
        if self._keeps(best, (self.column, floor)):
            return best
        return self._between((best, known), sizes, at, (self.column, floor))

    def _between(
        self,
        ends: tuple[Int64s, Int64s],
        sizes: tuple[Size, Size],
        at: Callable[[Fraction], Int64s],
        floor: tuple[Int64s, int],
    ) -> Int64s:
        """The best plan that keeps the floors, between one that has more of the first size and one that keeps them."""
        (low, high), (first, second) = ends, sizes
        for _ in range(TURNS):
            more, less = first(low) - first(high), second(high) - second(low)
            if more <= 0 or less <= 0 or time.monotonic() >= self.deadline:
                break
            ratio = Fraction(more, less)
            plan = at(ratio)
            if first(plan) + ratio * second(plan) <= first(high) + ratio * second(high):
                break
            low, high = (low, plan) if self._keeps(plan, floor) else (plan, high)
        between = mixtures(self.task, low, high, floor[0], worth(self.task, floor[0], high) - floor[1])
        return max((high, *(plan for plan in between if self._keeps(plan, floor))), key=first)

    def _keeps(self, plan: Int64s, floor: tuple[Int64s, int]) -> bool:
        rows = (*zip(self.held, self.floors, strict=True), floor)
        return all(worth(self.task, column, plan) >= least for column, least in rows)

    def _main(self, plan: Int64s) -> int:
        """What a plan is worth in this stage, with what is held at its price."""
        return self._kept(plan) + worth(self.task, self._priced(), plan)

    def _kept(self, plan: Int64s) -> int:
        return self.favours.tax * self.favours.kept_g(self.task.legs, plan)

    def _priced(self) -> Int64s:
        column = self.column.copy()
        for held, price in zip(self.held, self.prices, strict=True):
            column += priced(held, price)
        return column

    def _at(self) -> Int64s:
        """The best plan at the present prices."""
        left = self.deadline - time.monotonic()
        until = time.monotonic() + left * (SHARE if self.points or self.held else 1)
        legs = replace(self.task.legs, value=self._priced())
        point = point_of(replace(self.task, legs=legs), self.favours, until, self.watch)
        multipliers = replace(point.multipliers, floors=tuple(self.prices))
        self.points.append(replace(point, multipliers=multipliers))
        return point.taken_g

    def proof(self, plan: Int64s) -> Point:
        """The point that proves most of a plan."""
        return min(self.points, key=lambda point: self._proven(point, plan))

    def _proven(self, point: Point, plan: Int64s) -> tuple[int, int]:
        favours, legs = self.favours, self.task.legs
        return point.proves(tuple(self.floors), favours.served_g(legs, plan), favours.kept_g(legs, plan))

    def allocation(self, plan: Int64s) -> Allocation:
        """A plan with its best proof."""
        value, point = worth(self.task, self.column, plan), self.proof(plan)
        bound, by_prices = self._proven(point, plan)
        bound = max(bound, value)
        source = BY_SOLVER if bound < by_prices else BY_PRICES
        cut = time.monotonic() >= self.deadline or any(found.cut for found in self.points)
        unsolved = TIME_LIMIT if cut else GAP_OPEN
        status = OPTIMAL if is_solved(value, bound, self.closed_per) else unsolved
        considered = max(found.pairs_considered for found in self.points)
        return Allocation(plan, point.prices, value, by_prices, bound, source, status, considered, None)
