# SPDX-License-Identifier: AGPL-3.0-or-later
"""A legal plan at once: the best flow, then again without the legs that break a lot or a limit, until none does.

Some 95–97 % of the optimum in a few flows (performance.md has what is measured): the plan to beat, and the one that
stands where there is no time for more. Each flow begins where the last one stood, with its prices. Chains and recipes
are left to the model; legs only ever close, so it ends. Past the deadline, or where little offends, it is dropped.
"""

import time
from typing import Final

import numpy as np

from matching.allocation.flow import transport
from matching.allocation.greedy import COMPILED_FROM
from matching.allocation.legs import Task
from matching.allocation.prices import Prices, Start, Transport
from matching.market.columns import Bools, Int64s

LITTLE: Final = 0.01  # of the legs in use of such a task
LOOKS: Final = 3_000  # per listing, that a compiled flow may take before the solver does it


def repaired_plan(task: Task, problem: Transport, start: Start | None, deadline: float) -> Int64s:
    """Grams per leg that keep every limit; the direct legs alone. `problem` has all legs, lots forgotten.

    `start` is its best flow, with the prices that prove it.
    """
    open_legs = task.plain.copy()
    if start is not None:
        taken, prices = start.flow_g.copy(), start.prices
    else:
        nothing = np.zeros(len(open_legs), dtype=np.int64)
        taken, prices = nothing if time.monotonic() >= deadline else _shipped(problem, open_legs), None
    while True:
        offending = _offending(task, taken)
        if not offending.any():
            return _filled(task, taken)
        little = offending.sum() <= LITTLE * np.count_nonzero(taken) and len(taken) >= COMPILED_FROM
        if little or time.monotonic() >= deadline:
            taken[offending] = 0
            continue
        open_legs &= ~offending
        taken[offending] = 0
        prices, again = _resumed(problem, open_legs, taken, prices)
        taken = again if again is not None else _shipped(problem, open_legs)


def _shipped(problem: Transport, open_legs: Bools) -> Int64s:
    taken, part = np.zeros(len(open_legs), dtype=np.int64), problem.only(open_legs)
    taken[open_legs] = transport(part.supply_g, part.demand_g, part.offer, part.need, part.value)
    return taken


def _resumed(
    problem: Transport, open_legs: Bools, taken: Int64s, prices: Prices | None
) -> tuple[Prices | None, Int64s | None]:
    """The best flow over the open legs from the last one; none where there is none to begin with, or it grows wide."""
    if prices is None or len(problem.value) < COMPILED_FROM:
        return None, None
    from matching.allocation.augment import resumed  # here, so that small markets load no compiler

    looks = LOOKS * (len(problem.supply_g) + len(problem.demand_g))
    flow, prices = resumed(problem.only(open_legs), taken[open_legs], prices, looks)
    if flow is None:
        return None, None
    again = np.zeros(len(open_legs), dtype=np.int64)
    again[open_legs] = flow
    return prices, again


def _filled(task: Task, taken_g: Int64s) -> Int64s:
    """The same with what is left given to legs in use, and to others it makes a lot for; the best first."""
    legs, limits, taken = task.legs, task.limits, taken_g.copy()
    left, lacking = limits.supply_g.copy(), limits.demand_g.copy()
    np.subtract.at(left, legs.offer, taken)
    np.subtract.at(lacking, legs.need, taken)
    lot, served = np.maximum(task.least_taken_g(), 1), lacking < limits.demand_g
    fresh = (limits.max_suppliers == 0) & (served | (limits.min_fill_g == 0))
    room = np.minimum(left[legs.offer], lacking[legs.need])
    may = task.plain & (room > 0) & ((taken > 0) | (fresh[legs.need] & (room >= lot)))
    places = np.flatnonzero(may)
    for k in places[np.argsort(-legs.value[places], kind="stable")].tolist():
        grams = min(left[legs.offer[k]], lacking[legs.need[k]])
        if taken[k] or grams >= lot[k]:
            taken[k] += grams
            left[legs.offer[k]] -= grams
            lacking[legs.need[k]] -= grams
    return taken


def _offending(task: Task, taken_g: Int64s) -> Bools:
    """Legs in use below their lot, beyond the suppliers a need may have, or of a need that is not filled enough."""
    legs, limits = task.legs, task.limits
    used = taken_g > 0
    short = used & (taken_g < task.least_taken_g())
    filled = np.zeros_like(limits.demand_g)
    np.add.at(filled, legs.need, taken_g)
    unfilled = (filled > 0) & (filled < limits.min_fill_g)
    offending = short | _surplus_suppliers(task, taken_g)
    return offending if offending.any() else unfilled[legs.need]


def _surplus_suppliers(task: Task, taken_g: Int64s) -> Bools:
    """Legs in use of a need's smallest suppliers beyond its limit."""
    legs, limits = task.legs, task.limits
    counted = np.flatnonzero((taken_g > 0) & (limits.max_suppliers[legs.need] > 0))
    order = counted[np.lexsort((counted, -taken_g[counted], legs.need[counted]))]
    need = legs.need[order]
    place = np.arange(len(order)) - np.searchsorted(need, need, side="left")
    surplus = np.zeros(len(legs), dtype=np.bool_)
    surplus[order[place >= limits.max_suppliers[need]]] = True
    return surplus
