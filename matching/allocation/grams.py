# SPDX-License-Identifier: AGPL-3.0-or-later
"""The last grams of a plan: which way each leg is to be rounded so that every limit holds.

A solver's kilograms, rounded leg by leg, can miss a least total by one gram that no leg alone can give. Within a few
grams of the rounded plan that is a small integer program, stated exactly: with t grams taken and d arriving on a leg,
rate t = WHOLE d + rest, a change of t and d keeps 0 <= rest + rate dt - WHOLE dd < WHOLE.
"""

import time
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from ortools.sat.python import cp_model

from matching.allocation.legality import Broken, inputs_u
from matching.allocation.legs import MILLION, WHOLE, Task, delivered_g
from matching.market.columns import Bools, Int64s

NEAR_G: Final = 2_000  # how far from the rounded plan is looked: where two ways differ little, a gram costs many
MOST_LEGS: Final = 400
EFFORT: Final = 1.0  # CP-SAT's deterministic seconds


def mended(task: Task, taken_g: Int64s, broken: Iterable[Broken], until: float) -> Int64s | None:
    """The most valuable plan within a few grams that keeps every limit of the legs around the broken ones.

    None where there is none, or none is found until a time (`time.monotonic()`).
    """
    used = taken_g > 0
    around = used & _around(task, used & _at(task, broken))
    if not 0 < around.sum() <= MOST_LEGS:
        return None
    places = np.flatnonzero(around)
    changes = _Changes(task, taken_g, places).best(until)
    if changes is None:
        return None
    plan = taken_g.copy()
    plan[places] += changes
    return plan


def _at(task: Task, broken: Iterable[Broken]) -> Bools:
    """The legs at listings and processors with a broken limit."""
    legs, here = task.legs, np.zeros(len(task.legs), dtype=np.bool_)
    ends = {"offer": (legs.offer,), "need": (legs.need,), "processor": (legs.first, legs.second)}
    for one in broken:
        here[one.row if one.side == "leg" else slice(0, 0)] = True
        for end in ends.get(one.side, ()):
            here |= end == one.row
    return here


def _around(task: Task, here: Bools) -> Bools:
    """Those legs, and all that share a listing or a processor with one of them."""
    legs = task.legs
    plants = np.concatenate([legs.first[here], legs.second[here]])
    plants = plants[plants >= 0]
    shared = np.isin(legs.offer, legs.offer[here]) | np.isin(legs.need, legs.need[here])
    return np.asarray(shared | np.isin(legs.first, plants) | np.isin(legs.second, plants))


class _Changes:
    """The integer program: by how many grams each of some legs takes and delivers more or less."""

    def __init__(self, task: Task, taken_g: Int64s, places: Int64s) -> None:
        self.legs, self.taken = task.legs.only(places), taken_g[places]
        self.arriving = delivered_g(self.taken, self.legs.rate)
        self.model = cp_model.CpModel()
        each = range(len(places))
        self.more = [self.model.new_int_var(-min(NEAR_G, t), NEAR_G, "") for t in self.taken.tolist()]
        self.arrives = [self.model.new_int_var(-2 * NEAR_G, 2 * NEAR_G, "") for _ in each]
        for k, rate in enumerate(self.legs.rate.tolist()):
            rest = int(self.taken[k]) * rate - int(self.arriving[k]) * WHOLE
            self.model.add_linear_constraint(rate * self.more[k] - WHOLE * self.arrives[k], -rest, WHOLE - 1 - rest)
        self._limit(task, taken_g)
        self.model.maximize(sum(value * self.arrives[k] for k, value in enumerate(self.legs.value.tolist())))

    def best(self, until: float) -> Int64s | None:
        """Grams to take more or less, None if no change within reach is found to keep every limit."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = EFFORT
        solver.parameters.max_time_in_seconds = max(until - time.monotonic(), 0.0)
        if solver.solve(self.model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return np.array([solver.value(change) for change in self.more], dtype=np.int64)

    def _limit(self, task: Task, taken_g: Int64s) -> None:
        """The limits of legs, offers, needs and processors, less what every other leg uses of them."""
        limits, legs = task.limits, self.legs
        least_g, lot_g = limits.least_g[legs.offer].tolist(), np.maximum(limits.lot_g[legs.need], 1).tolist()
        for k, taken in enumerate(self.taken.tolist()):
            used = self.model.new_bool_var("") if taken <= NEAR_G else self.model.new_constant(1)
            self.model.add(self.more[k] >= least_g[k] - taken).only_enforce_if(used)
            self.model.add(self.arrives[k] >= lot_g[k] - int(self.arriving[k])).only_enforce_if(used)
            self.model.add(self.more[k] == -taken).only_enforce_if(~used)
        all_arriving = delivered_g(taken_g, task.legs.rate)
        for offer in np.unique(legs.offer).tolist():
            left = int(limits.supply_g[offer] - taken_g[task.legs.offer == offer].sum())
            self.model.add(self._sum(self.more, legs.offer == offer) <= left)
        for need in np.unique(legs.need).tolist():
            found = int(all_arriving[task.legs.need == need].sum())
            total = self._sum(self.arrives, legs.need == need)
            self.model.add_linear_constraint(
                total, int(limits.min_fill_g[need]) - found, int(limits.demand_g[need]) - found
            )
        self._processors(task, taken_g)

    def _processors(self, task: Task, taken_g: Int64s) -> None:
        legs, entering = self.legs, inputs_u(task, taken_g)
        for processor in {*legs.first.tolist(), *legs.second.tolist()} - {-1}:
            first, second = legs.first == processor, legs.second == processor
            shares = first * MILLION + second * legs.first_rate
            total = sum(share * more for share, more in zip(shares.tolist(), self.more, strict=True) if share)
            capacity, batch = (int(limit[processor]) for limit in (task.limits.capacity_g, task.limits.min_batch_g))
            found = entering[processor]
            self.model.add_linear_constraint(total, batch * MILLION - found, capacity * MILLION - found)

    @staticmethod
    def _sum(variables: list[Any], chosen: Bools) -> Any:
        return sum(variables[k] for k in np.flatnonzero(chosen).tolist())
