# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a choice of legs to whole grams that keep every limit.

A choice says which legs are used with at least their lot, and which needs get their least total. What is left to
decide is then a transport problem with least flows, solved exactly as min-cost flow where every leg is direct;
with processors in between, kilograms are rounded down and what becomes free is handed out again.
"""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.allocation.flow import Network, SolverFailedError, cheapest_flow
from matching.allocation.grams import mended
from matching.allocation.legality import broken_limits
from matching.allocation.legs import MILLION, Task, delivered_g, most_taken_for, taken_for
from matching.allocation.model import Model, needs_switch
from matching.market.columns import Bools, Floats, Int64s

_ON: Final = 0.5
_DUST: Final = 1e-6  # of the model's unit


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Which legs may ship, how much each at least, and the least total of each need (0: none)."""

    open: Bools
    least_g: Int64s
    fill_g: Int64s


def every_leg(task: Task) -> Choice:
    """Nothing chosen: all legs open, nothing asked of them."""
    none = np.zeros(len(task.legs), dtype=np.int64)
    return Choice(np.ones(len(task.legs), dtype=np.bool_), none, np.zeros_like(task.limits.min_fill_g))


def choice_of(task: Task, model: Model, columns: Floats) -> Choice:
    """The choice a solver's columns stand for."""
    legs = len(task.legs)
    used = columns[:legs] > _DUST
    used[model.switched] &= columns[legs : legs + len(model.switched)] > _ON
    return choice_from_use(task, used)


def choice_from_use(task: Task, used: Bools) -> Choice:
    """The choice behind the legs in use: legs without a switch stay open where their need is served at all."""
    legs, limits = task.legs, task.limits
    switch = needs_switch(task)
    served = np.bincount(legs.need[used], minlength=len(limits.demand_g)) > 0
    free = ~switch & (served | (limits.min_fill_g == 0))[legs.need] & _running(task, used)
    least_g = np.where(used & switch, task.least_taken_g(), 0)
    return Choice(free | (used & switch), least_g, np.where(served, limits.min_fill_g, 0))


def _running(task: Task, used: Bools) -> Bools:
    """Legs whose processors have no least batch, or are in use."""
    legs, batched = task.legs, np.append(task.limits.min_batch_g > 0, False)
    batched[np.concatenate([legs.first[used], legs.second[used]])] = False
    return np.asarray(~batched[legs.first] & ~batched[legs.second])


def settled_flow(task: Task, choice: Choice) -> Int64s | None:
    """The most valuable whole grams of direct legs within a choice; None if there are none."""
    part, least_g = task.only(choice.open), choice.least_g[choice.open]
    legs, limits = part.legs, part.limits
    supply, demand = limits.supply_g.copy(), limits.demand_g.copy()
    np.subtract.at(supply, legs.offer, least_g)
    np.subtract.at(demand, legs.need, least_g)
    lacking = limits.demand_g - choice.fill_g
    room = np.minimum(part.most_taken_g() - least_g, np.minimum(supply[legs.offer], demand[legs.need]))
    if (supply < 0).any() or (demand < 0).any() or (lacking < 0).any():
        return None
    try:
        flow = cheapest_flow(_network(legs.offer, legs.need, legs.value, room, (supply, demand, lacking)))
    except SolverFailedError:
        return None
    taken = np.zeros(len(task.legs), dtype=np.int64)
    taken[choice.open] = flow[: len(legs)] + least_g
    return taken


def _network(
    offer: Int64s, need: Int64s, value: Int64s, room: Int64s, masses: tuple[Int64s, Int64s, Int64s]
) -> Network:
    """As `flow.transport`, but what a need may lack is limited."""
    supply, demand, lacking = masses
    dump = len(supply) + len(demand)
    offers, needs = np.arange(len(supply)), np.arange(len(supply), dump)
    return Network(
        np.concatenate([offer, offers, np.full(len(demand), dump)]),
        np.concatenate([need + len(supply), np.full(len(supply), dump), needs]),
        np.concatenate([room, supply, np.minimum(lacking, demand)]),
        np.concatenate([-value, np.zeros(len(supply) + len(demand), dtype=np.int64)]),
        np.concatenate([supply, -demand, [demand.sum() - supply.sum()]]),
    )


def settled_rounding(task: Task, choice: Choice, delivered: Floats, until: float) -> Int64s | None:
    """Grams near a solver's that keep every limit; needs that can't be served so are given up.

    None past a time (`time.monotonic()`).
    """
    legs = task.legs
    aimed = np.floor(np.maximum(delivered, 0) + 1e-4).astype(np.int64)
    taken = np.where(choice.open, taken_for(aimed, legs.rate), 0)
    taken = np.minimum(np.maximum(taken, choice.least_g), task.most_taken_g())
    taken[aimed < 1] = np.where(choice.least_g[aimed < 1] > 0, taken[aimed < 1], 0)
    for _ in range(len(task.limits.demand_g) + len(task.limits.capacity_g) + 1):
        if time.monotonic() >= until:
            break
        taken = handed_out(task, taken, choice)
        thrifty = np.minimum(taken, np.maximum(taken_for(delivered_g(taken, legs.rate), legs.rate), choice.least_g))
        if next(broken_limits(task, thrifty), None) is None:
            return thrifty
        broken = list(broken_limits(task, taken))
        if not broken:
            return taken
        last = mended(task, taken, broken, until)
        if last is not None and next(broken_limits(task, last), None) is None:
            return last
        taken = without(task, taken, broken[0].side, broken[0].row)
    return None


def without(task: Task, taken: Int64s, side: str, row: int) -> Int64s:
    """The same grams without the legs at a listing, or without one leg."""
    ends = {"offer": [task.legs.offer], "need": [task.legs.need], "processor": [task.legs.first, task.legs.second]}
    gone = np.zeros(len(taken), dtype=np.bool_)
    for end in ends.get(side, []):
        gone |= end == row
    if side == "leg":
        gone[row] = True
    return np.where(gone, 0, taken)


def handed_out(task: Task, taken_g: Int64s, choice: Choice, still: Bools | None = None) -> Int64s:
    """Grams with what is too much taken back from the least valuable legs, and what is free given to the best.

    Legs that stand `still`, the components of recipes, keep what they have.
    """
    legs, taken = task.legs, taken_g.copy()
    left = _Left(task, taken)
    by_value = np.argsort(-legs.value, kind="stable")
    if still is not None:
        by_value = by_value[~still[by_value]]
    for spare in (left.spare, left.all_of):  # what keeps a least total or batch is taken back last
        for k in by_value[::-1].tolist():
            excess = min(left.excess(k), int(taken[k] - choice.least_g[k]))
            if taken[k] and excess > 0:
                left.move(k, -min(excess, spare(k, int(taken[k]))), taken)
    used = by_value[(taken > 0)[by_value]].tolist()
    for wanted in (left.lacking, left.all_of):  # and what lacks to a least total is given first
        for k in used:
            room = left.room(k, int(taken[k]))
            if room > 0:
                left.move(k, min(room, wanted(k, room)), taken)
    return taken


class _Left:
    """Grams left of every limit while legs change one by one."""

    def __init__(self, task: Task, taken: Int64s) -> None:
        self.task = task
        self.supply = task.limits.supply_g.tolist()
        self.demand = task.limits.demand_g.tolist()
        self.capacity_u = [grams * MILLION for grams in task.limits.capacity_g.tolist()]
        for k in np.flatnonzero(taken).tolist():
            self._count(k, 0, int(taken[k]))

    def _arriving(self, k: int, grams: int) -> int:
        return int(delivered_g(np.array([grams]), self.task.legs.rate[[k]])[0])

    def _count(self, k: int, before: int, after: int) -> None:
        legs = self.task.legs
        self.supply[legs.offer[k]] -= after - before
        self.demand[legs.need[k]] -= self._arriving(k, after) - self._arriving(k, before)
        for processor, share in self._steps(k):
            self.capacity_u[processor] -= (after - before) * share

    def _steps(self, k: int) -> list[tuple[int, int]]:
        legs = self.task.legs
        steps = [(int(legs.first[k]), MILLION), (int(legs.second[k]), int(legs.first_rate[k]))]
        return [step for step in steps if step[0] >= 0]

    def excess(self, k: int) -> int:
        """Grams by which this leg's limits are exceeded, as grams of this leg."""
        legs = self.task.legs
        arriving = -self.demand[legs.need[k]]
        over = [-self.supply[legs.offer[k]], int(taken_for(np.array([max(arriving, 0)]), legs.rate[[k]])[0])]
        over += [-(self.capacity_u[processor] // share) for processor, share in self._steps(k)]
        return int(max(over))

    def spare(self, k: int, taken: int) -> int:
        """Grams this leg can give back so that its need keeps its least total and its processors their batch."""
        need = self.task.legs.need[k]
        kept = self._arriving(k, taken) - self._over_fill(int(need))
        spare = [taken - int(taken_for(np.array([max(kept, 0)]), self.task.legs.rate[[k]])[0])]
        for processor, share in self._steps(k):
            limits = self.task.limits
            batch, capacity = (int(limit[processor]) * MILLION for limit in (limits.min_batch_g, limits.capacity_g))
            spare.append((capacity - self.capacity_u[processor] - batch) // share)
        return max(min(spare), 0)

    def lacking(self, k: int, room: int) -> int:
        """Grams this leg has to take more so that its need reaches its least total, whatever the room."""
        lacking = max(-self._over_fill(int(self.task.legs.need[k])), 0)
        return int(taken_for(np.array([lacking]), self.task.legs.rate[[k]])[0])

    def all_of(self, k: int, grams: int) -> int:
        """Everything."""
        return grams

    def _over_fill(self, need: int) -> int:
        """Grams a need gets beyond its least total."""
        limits = self.task.limits
        return int(limits.demand_g[need] - limits.min_fill_g[need]) - int(self.demand[need])

    def room(self, k: int, taken: int) -> int:
        """Grams this leg can take more."""
        legs = self.task.legs
        most = self._arriving(k, taken) + self.demand[legs.need[k]]
        room = [self.supply[legs.offer[k]], int(most_taken_for(np.array([most]), legs.rate[[k]])[0]) - taken]
        room += [self.capacity_u[processor] // share for processor, share in self._steps(k)]
        return int(min(room))

    def move(self, k: int, grams: int, taken: Int64s) -> None:
        """Changes a leg's grams."""
        before = int(taken[k])
        taken[k] = before + grams
        self._count(k, before, before + grams)
