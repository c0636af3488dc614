# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a market without an optimiser would do: take the best pair, then the next; the yardstick of every run."""

import sys
from typing import Final

import numpy as np

from matching.allocation.legs import WHOLE, Task
from matching.allocation.parts import has_lots
from matching.allocation.prices import Transport, exact_dot
from matching.allocation.relax import as_transport, value_of
from matching.allocation.sorting import falling, roughly_falling
from matching.market.columns import Int64s

COMPILED_FROM: Final = 30_000  # pairs; below, a plain loop has finished before compiled code is loaded
_COMPILER: Final = "matching.pairing.compiled"  # where it is loaded, compiled code is quicker at any size


def greedy_flow(problem: Transport) -> Int64s:
    """Grams per pair of the better of two greedy orders: by value per kg, and by value of the whole pair."""
    largest = np.minimum(problem.supply_g[problem.offer], problem.demand_g[problem.need])
    orders = (
        falling(problem.value),
        roughly_falling(problem.value.astype(np.float64) * largest),
    )
    return max((_in_order(problem, order) for order in orders), key=lambda flow: exact_dot(flow, problem.value))


def greedy_value(task: Task) -> int:
    """What the yardstick of a run is worth, in micro-points x grams: of plain transport the better of both orders."""
    if has_lots(task).any():
        return value_of(task, greedy_plan(task))
    problem = as_transport(task)
    return exact_dot(greedy_flow(problem), problem.value)


def _in_order(problem: Transport, order: Int64s) -> Int64s:
    if len(order) >= COMPILED_FROM or _COMPILER in sys.modules:
        from matching.allocation.in_order import taken_in_order  # here, so that small markets load no compiler

        taken_g = np.zeros(len(order), dtype=np.int64)
        taken_in_order(order, (problem.offer, problem.need), problem.supply_g.copy(), problem.demand_g.copy(), taken_g)
        return taken_g
    return _plain_in_order(problem, order)


def _plain_in_order(problem: Transport, order: Int64s) -> Int64s:
    """The same without a compiler; most pairs find one of their ends used up, so that is asked first."""
    left, lacking = problem.supply_g.tolist(), problem.demand_g.tolist()
    taken = [0] * len(order)
    offers, needs = problem.offer[order].tolist(), problem.need[order].tolist()
    for place, (offer, need) in enumerate(zip(offers, needs, strict=True)):
        if (spare := left[offer]) and (open_g := lacking[need]):
            grams = spare if spare < open_g else open_g
            left[offer] = spare - grams
            lacking[need] = open_g - grams
            taken[place] = grams
    flow = np.zeros(len(problem.value), dtype=np.int64)
    flow[order] = taken
    return flow


def greedy_plan(task: Task) -> Int64s:
    """The same by value per kg among direct legs, where lots, suppliers and least totals hold."""
    legs, limits = task.legs, task.limits
    left, lacking = limits.supply_g.tolist(), limits.demand_g.tolist()
    suppliers = np.where(limits.max_suppliers > 0, limits.max_suppliers, len(legs)).tolist()
    direct = np.flatnonzero(legs.direct & ~task.mixed)
    order = direct[np.argsort(-legs.value[direct], kind="stable")]
    least = np.maximum(task.least_taken_g(), 1)[order].tolist()
    taken = np.zeros(len(legs), dtype=np.int64)
    columns = (order, legs.offer[order], legs.need[order], legs.rate[order])
    for k, offer, need, rate, lot in zip(*(column.tolist() for column in columns), least, strict=True):
        grams = min(left[offer], ((lacking[need] + 1) * WHOLE - 1) // rate)
        if grams >= lot and suppliers[need] and grams * rate >= WHOLE:
            taken[k] = grams
            left[offer] -= grams
            lacking[need] -= grams * rate // WHOLE
            suppliers[need] -= 1
    filled = limits.demand_g - np.array(lacking, dtype=np.int64)
    return np.where((filled < limits.min_fill_g)[legs.need], 0, taken)
