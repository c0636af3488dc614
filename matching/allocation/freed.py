# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a refusal sets free, and the small task of placing it while every other leg keeps its grams.

Beside the refused legs, what can't stand without them is free too: the other components of a recipe, all of a need
that falls below its least total, all of a processor that falls below its batch. Only legs at a listing with freed
grams may take any; a recipe that stands is not touched.
"""

from dataclasses import dataclass, replace

import numpy as np

from matching.allocation.legality import broken_limits, inputs_u
from matching.allocation.legs import MILLION, Limits, Task, delivered_g
from matching.allocation.problem import fits
from matching.allocation.settle import Choice, handed_out
from matching.market.columns import Bools, Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Freed:
    """Grams that stay on each leg, and the task of the legs that may take what is free (`places`: among all)."""

    kept_g: Int64s
    near: Bools  # legs of the whole at a listing with freed grams, the refused ones not among them
    task: Task
    places: Int64s

    def with_taken(self, everything: Task, taken_g: Int64s) -> Int64s:
        """Grams per leg once the task is solved; legs in use may then take what lots kept from a new one."""
        whole = self.kept_g.copy()
        whole[self.places] += taken_g
        none = np.zeros_like(whole)
        still = ~self.near | everything.mixed
        return handed_out(everything, whole, Choice(whole > 0, none, none), still)


def freed(everything: Task, taken_g: Int64s, usable: Bools, refused: Bools) -> Freed:
    """What is free once some legs are refused; `taken_g` are legal grams of all legs."""
    kept = _standing(everything, np.where(refused, 0, taken_g), refused)
    legs, loose = everything.legs, refused | (kept < taken_g)
    near = np.isin(legs.offer, legs.offer[loose]) | np.isin(legs.need, legs.need[loose])
    near &= usable & ~refused & ~_of_standing_recipe(everything, kept)
    task = replace(everything, limits=_left(everything, kept))
    # What a chain delivers is rounded down once: two parts of it would be rounded twice.
    may = near & fits(task) & (legs.direct | (kept == 0))
    return Freed(kept, near, task.only(may), np.flatnonzero(may))


def _standing(task: Task, kept_g: Int64s, refused: Bools) -> Int64s:
    """What is left of these grams when all that can't stand any more has gone too."""
    legs, kept = task.legs, kept_g.copy()
    kept[task.mixed & np.isin(legs.need, legs.need[refused])] = 0
    ends = {"offer": (legs.offer,), "need": (legs.need,), "processor": (legs.first, legs.second)}
    while broken := list(broken_limits(task, kept)):
        for one in broken:
            rows = ends.get(one.side)
            kept[one.row if rows is None else np.any([end == one.row for end in rows], axis=0)] = 0
    return kept


def _of_standing_recipe(task: Task, kept_g: Int64s) -> Bools:
    served = np.bincount(task.legs.need[kept_g > 0], minlength=len(task.limits.demand_g)) > 0
    return np.asarray(task.mixed & served[task.legs.need])


def _left(task: Task, kept_g: Int64s) -> Limits:
    """What the kept legs leave of every limit."""
    legs, limits, used = task.legs, task.limits, np.flatnonzero(kept_g)
    supply, demand, capacity = (column.copy() for column in (limits.supply_g, limits.demand_g, limits.capacity_g))
    arriving = delivered_g(kept_g[used], legs.rate[used])
    np.subtract.at(supply, legs.offer[used], kept_g[used])
    np.subtract.at(demand, legs.need[used], arriving)
    batch, fill = limits.min_batch_g.copy(), limits.min_fill_g - (limits.demand_g - demand)
    for processor, input_u in inputs_u(task, kept_g).items():
        capacity[processor] -= -(-input_u // MILLION)
        batch[processor] = 0
    pairs = np.unique(np.stack([legs.need[used], legs.offer[used]]), axis=1)
    suppliers = limits.max_suppliers - np.bincount(pairs[0], minlength=len(demand))
    demand[(limits.max_suppliers > 0) & (suppliers <= 0)] = 0
    return replace(
        limits,
        supply_g=supply,
        demand_g=demand,
        max_suppliers=np.where(limits.max_suppliers > 0, np.maximum(suppliers, 1), 0),
        min_fill_g=np.maximum(fill, 0),
        capacity_g=capacity,
        min_batch_g=batch,
    )
