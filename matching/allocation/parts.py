# SPDX-License-Identifier: AGPL-3.0-or-later
"""A task falls into parts that share no offer, need or processor."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matching.allocation.legs import Limits, Task
from matching.market.columns import Bools, Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A task with rows of its own, and where its legs and rows stand in the whole."""

    task: Task
    legs: Int64s
    offers: Int64s
    needs: Int64s
    processors: Int64s
    recipes: Int64s


def part_numbers(task: Task) -> Int64s:
    """For each leg the number of its part."""
    legs, limits = task.legs, task.limits
    offers, needs = len(limits.supply_g), len(limits.demand_g)
    nodes = offers + needs + len(limits.capacity_g)
    ends = [legs.need + offers]
    ends += [np.where(end >= 0, end + offers + needs, legs.offer) for end in (legs.first, legs.second)]
    rows, columns = np.tile(legs.offer, 3), np.concatenate(ends)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(nodes, nodes))
    label = connected_components(graph, directed=False)[1]
    return np.asarray(label[legs.offer], dtype=np.int64)


def parts_of(task: Task, number: Int64s, chosen: Bools) -> Iterator[Part]:
    """The parts of the chosen legs, the smallest first."""
    legs = np.flatnonzero(chosen)
    by_part = legs[np.argsort(number[legs], kind="stable")]
    starts = np.flatnonzero(np.diff(number[by_part], prepend=-1))
    groups = np.split(by_part, starts[1:])
    for group in sorted(groups, key=len):
        if len(group):
            yield part_of(task, group)


def part_of(task: Task, legs: Int64s) -> Part:
    """Some legs with only the rows they touch."""
    chosen, limits = task.legs.only(legs), task.limits
    offers, offer = np.unique(chosen.offer, return_inverse=True)
    needs, need = np.unique(chosen.need, return_inverse=True)
    through = np.concatenate([chosen.first, chosen.second])
    processors = np.unique(through[through >= 0])
    first, second = (np.where(end >= 0, np.searchsorted(processors, end), end) for end in (chosen.first, chosen.second))
    own_legs = replace(chosen, offer=offer, need=need, first=first, second=second)
    rows = {"supply_g": offers, "least_g": offers, "capacity_g": processors, "min_batch_g": processors}
    columns = {field.name: getattr(limits, field.name)[rows.get(field.name, needs)] for field in fields(Limits)}
    recipes, mix = np.zeros(0, dtype=np.int64), None
    if task.mix is not None and task.mixed[legs].any():
        recipes = np.flatnonzero(np.isin(task.mix.need, needs))
        mix = task.mix.only(legs).of_needs(recipes, needs)
    return Part(Task(own_legs, Limits(**columns), mix, task.enough), legs, offers, needs, processors, recipes)


def has_lots(task: Task) -> Bools:
    """Legs that a transport problem can't speak of: lots, limits and fills of their ends, or processors."""
    legs, limits = task.legs, task.limits
    of_need = (limits.lot_g > 0) | (limits.max_suppliers > 0) | (limits.min_fill_g > 0)
    return np.asarray((limits.least_g > 0)[legs.offer] | of_need[legs.need] | ~task.plain)
