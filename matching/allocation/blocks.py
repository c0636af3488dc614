# SPDX-License-Identifier: AGPL-3.0-or-later
"""Large tasks block by block: a few needs are decided anew while all others keep what they have.

A block is a task of its own with the grams that the rest leaves, so every step keeps every limit and whatever time
there is, the plan stands. First the blocks pay for what they take at the prices that stand, so that the first of them
leave to others what is worth more there; then each takes what it can. Needs that share offers stand in one block
(reverse Cuthill & McKee 1969), and the second round cuts the order elsewhere.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from matching.allocation.legality import broken_limits, inputs_u
from matching.allocation.legs import MILLION, Limits, Task
from matching.allocation.parts import part_of
from matching.allocation.relax import RowPrices, charged, linear_prices, repaired, value_of
from matching.market.columns import Int64s

LEGS: Final = 5_000  # of a block
ROUNDS: Final = 3
WIDE: Final = 6_000  # of a block that is only priced

Decide = Callable[[Task, Int64s], Int64s | None]  # a block and its grams so far: better ones


def by_blocks(task: Task, taken_g: Int64s, prices: RowPrices, deadline: float, decide: Decide) -> Int64s:
    """A plan worth no less, that keeps every limit."""
    taken, order = taken_g.copy(), _order(task)
    paying = replace(prices, recipe=np.zeros_like(prices.recipe))
    dear = charged(task, paying)
    for turn in range(ROUNDS):
        before = value_of(task, taken)
        for legs in _cut(task, order, LEGS, LEGS // 2 if turn % 2 else 0):
            if time.monotonic() >= deadline:
                return taken
            _decided(task, taken, legs, decide, dear if not turn else np.zeros_like(dear))
        if turn and value_of(task, taken) - before <= before // 10_000:
            break
    return taken


def _decided(task: Task, taken: Int64s, legs: Int64s, decide: Decide, dear: Int64s) -> None:
    """Changes the grams of one block where that is worth more and breaks nothing."""
    outside = taken.copy()
    outside[legs] = 0
    cheaper = replace(task.legs, value=task.legs.value - dear)
    part = part_of(replace(task, legs=cheaper, limits=left_by(task, outside)), legs).task
    found = decide(part, taken[legs])
    if found is None:
        return
    outside[legs] = found
    better = value_of(part, found) > value_of(part, taken[legs])
    if better and value_of(task, outside) >= value_of(task, taken) and next(broken_limits(task, outside), None) is None:
        taken[legs] = found


def left_by(task: Task, outside: Int64s) -> Limits:
    """What the rest leaves of offers and processors; a batch that runs already needs no more."""
    supply, capacity, batch = (
        column.copy() for column in (task.limits.supply_g, task.limits.capacity_g, task.limits.min_batch_g)
    )
    np.subtract.at(supply, task.legs.offer, outside)
    for processor, input_u in inputs_u(task, outside).items():
        capacity[processor] -= -(-input_u // MILLION)
        batch[processor] = 0
    limits = replace(task.limits, supply_g=np.maximum(supply, 0), min_batch_g=batch)
    return replace(limits, capacity_g=np.maximum(capacity, 0))


def prices_by_blocks(task: Task, seconds: float) -> RowPrices:
    """Prices that bound the whole, from linear programmes over blocks that share every offer by what they could take.

    An offer costs what it is worth where it is worth most, so no leg of any block is violated.
    """
    sides = (task.limits.supply_g, task.limits.demand_g, task.limits.capacity_g)
    offer, need, processor = (np.zeros_like(side) for side in sides)
    recipe = np.zeros(0 if task.mix is None else len(task.mix.need), dtype=np.int64)
    until, most = time.monotonic() + seconds, task.most_taken_g().astype(np.float64)
    wanted = np.bincount(task.legs.offer, most, len(offer))
    for legs in _cut(task, _order(task), WIDE, 0):
        if time.monotonic() >= until:
            break
        own = np.bincount(task.legs.offer[legs], most[legs], len(offer)) / np.maximum(wanted, 1.0)
        supply = np.ceil(task.limits.supply_g * own).astype(np.int64)
        part = part_of(replace(task, limits=replace(task.limits, supply_g=supply)), legs)
        found, _ = linear_prices(part.task, until - time.monotonic())
        np.maximum.at(offer, part.offers, found.offer)
        np.maximum.at(processor, part.processors, found.processor)
        recipe[part.recipes] = found.recipe
    return repaired(task, RowPrices(offer, need, processor, recipe))


def _order(task: Task) -> Int64s:
    """Legs by need, needs that share offers near each other."""
    legs, needs = task.legs, len(task.limits.demand_g)
    nodes = needs + len(task.limits.supply_g)
    ends = coo_array((np.ones(len(legs), dtype=np.int8), (legs.need, legs.offer + needs)), shape=(nodes, nodes)).tocsr()
    place = np.zeros(nodes, dtype=np.int64)
    place[reverse_cuthill_mckee((ends + ends.T).tocsr(), symmetric_mode=True)] = np.arange(nodes)
    return np.argsort(place[legs.need], kind="stable")


def _cut(task: Task, order: Int64s, size: int, first: int) -> Iterator[Int64s]:
    """Blocks of whole needs in this order, the first of them smaller."""
    need = task.legs.need[order]
    starts = np.flatnonzero(np.diff(need, prepend=-1))
    block = (starts + first) // size
    cuts = starts[np.flatnonzero(np.diff(block, prepend=block[:1]))]
    for legs in np.split(order, cuts):
        if len(legs):
            yield np.sort(legs)
