# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether whole grams on legs keep every limit: masses, lots, suppliers, least totals, processors.

Counted in Python's integers, one used leg at a time, from the limits alone: what a solver says is no evidence here.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.allocation.legs import MILLION, NO_PROCESSOR, Task, delivered_g
from matching.allocation.recipes import broken_recipes
from matching.market.columns import Int64s

Sums = dict[int, int]


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that grams break: of what kind, at which listing or leg, how many grams (or offers) it has and may."""

    kind: str  # mass, lot, suppliers, least total, capacity, batch, recipe
    side: str  # offer, need, processor, leg
    row: int
    found: int
    allowed: int
    what: str = ""  # the row of a recipe


def broken_limits(task: Task, taken_g: Int64s) -> Iterator[Broken]:
    """Every limit that these grams break."""
    used = np.flatnonzero(taken_g)
    part, grams = task.only(used), taken_g[used]
    arriving = delivered_g(grams, part.legs.rate)
    yield from _lots(part, used, grams, arriving)
    yield from _offers(part, grams)
    yield from _needs(part, arriving)
    yield from _processors(part, grams)
    if part.mix is not None and part.mixed.any():
        for need, what in broken_recipes(part.mix, np.arange(len(used)), part.legs.need, arriving):
            yield Broken("recipe", "need", need, 0, 0, what)


def _lots(task: Task, places: Int64s, taken_g: Int64s, arriving_g: Int64s) -> Iterator[Broken]:
    for found, least in (
        (taken_g, task.limits.least_g[task.legs.offer]),
        (arriving_g, np.maximum(task.limits.lot_g[task.legs.need], 1)),
    ):
        for k in np.flatnonzero(found < least).tolist():
            yield Broken("lot", "leg", int(places[k]), int(found[k]), int(least[k]))


def _offers(task: Task, taken_g: Int64s) -> Iterator[Broken]:
    for offer, grams in sums(task.legs.offer, taken_g).items():
        if grams > task.limits.supply_g[offer]:
            yield Broken("mass", "offer", offer, grams, int(task.limits.supply_g[offer]))


def _needs(task: Task, arriving_g: Int64s) -> Iterator[Broken]:
    legs, limits = task.legs, task.limits
    suppliers: dict[int, set[int]] = defaultdict(set)
    for offer, need in zip(legs.offer.tolist(), legs.need.tolist(), strict=True):
        suppliers[need].add(offer)
    for need, grams in sums(legs.need, arriving_g).items():
        most = int(limits.max_suppliers[need])
        if grams > limits.demand_g[need]:
            yield Broken("mass", "need", need, grams, int(limits.demand_g[need]))
        if grams < limits.min_fill_g[need]:
            yield Broken("least total", "need", need, grams, int(limits.min_fill_g[need]))
        if most and len(suppliers[need]) > most:
            yield Broken("suppliers", "need", need, len(suppliers[need]), most)


def _processors(task: Task, taken_g: Int64s) -> Iterator[Broken]:
    """Inputs are compared in millionths of a gram, since a second processor gets what the first leaves."""
    for processor, input_u in inputs_u(task, taken_g).items():
        capacity, batch = (int(limit[processor]) for limit in (task.limits.capacity_g, task.limits.min_batch_g))
        if input_u > capacity * MILLION:
            yield Broken("capacity", "processor", processor, -(-input_u // MILLION), capacity)
        if input_u < batch * MILLION:
            yield Broken("batch", "processor", processor, input_u // MILLION, batch)


def inputs_u(task: Task, taken_g: Int64s) -> Sums:
    """Millionths of a gram that enter each processor in use."""
    legs, entering = task.legs, defaultdict[int, int](int)
    chained = np.flatnonzero((legs.first != NO_PROCESSOR) & (taken_g > 0))
    columns = (legs.first, legs.second, legs.first_rate, taken_g)
    for first, second, rate, grams in zip(*(column[chained].tolist() for column in columns), strict=True):
        entering[first] += grams * MILLION
        if second != NO_PROCESSOR:
            entering[second] += grams * rate
    return entering


def sums(row: Int64s, grams: Int64s) -> Sums:
    """Grams by row, without overflow."""
    total = defaultdict[int, int](int)
    for listing, mass in zip(row.tolist(), grams.tolist(), strict=True):
        total[listing] += mass
    return total
