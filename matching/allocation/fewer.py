# SPDX-License-Identifier: AGPL-3.0-or-later
"""Of recipes that are worth the same, those of fewer suppliers: less to agree on, to fetch and to weigh.

Components are alike where grams of one for grams of the other change no row of the recipe, no colour and no value.
The grams of alike components are gathered on those whose offers have most left; other needs keep theirs.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from matching.allocation.legs import Task
from matching.market.columns import Int64s


def of_fewer_suppliers(task: Task, taken_g: Int64s) -> Int64s:
    """The plan with the same mixes, masses and value, from as few of the alike offers as their masses allow."""
    plan, left = taken_g.copy(), task.limits.supply_g.copy()
    np.subtract.at(left, task.legs.offer, taken_g)
    for alike in _alike(task, taken_g):
        _gather(task, plan, left, alike)
    return plan


def _alike(task: Task, taken_g: Int64s) -> Iterator[Int64s]:
    """Components of one need that could stand for each other, where it uses two of them or more."""
    mix, legs = task.mix, task.legs
    if mix is None:
        return
    able = np.flatnonzero(task.mixed & legs.lossless & ~mix.unfit)
    able = able[np.lexsort((legs.value[able], legs.need[able]))]
    changes = np.diff(legs.need[able], prepend=-1) | np.diff(legs.value[able], prepend=-1)
    group = np.cumsum(changes != 0) - 1
    several = np.flatnonzero(np.bincount(group, taken_g[able] > 0) > 1)
    columns = mix.matrix.tocsc()
    for first, end in zip(*(np.searchsorted(group, several, side).tolist() for side in ("left", "right")), strict=True):
        kinds = defaultdict[tuple[bytes, ...], list[int]](list)
        for leg in able[first:end].tolist():
            own = slice(columns.indptr[leg], columns.indptr[leg + 1])
            said = columns.indices[own], columns.data[own], mix.lab[leg]
            kinds[tuple(column.tobytes() for column in said)].append(leg)
        yield from map(np.array, kinds.values())


def _gather(task: Task, plan: Int64s, left: Int64s, alike: Int64s) -> None:
    """Their grams on those that can have most, if these are fewer and every lot holds."""
    limits, offer, need = task.limits, task.legs.offer[alike], task.legs.need[alike]
    has = plan[alike] + left[offer]
    order = np.argsort(-has, kind="stable")
    before = np.cumsum(has[order]) - has[order]
    grams = np.zeros_like(has)
    grams[order] = np.clip(int(plan[alike].sum()) - before, 0, has[order])
    least = np.maximum(limits.least_g[offer], limits.lot_g[need])
    if np.count_nonzero(grams) < np.count_nonzero(plan[alike]) and (grams >= least)[grams > 0].all():
        left[offer], plan[alike] = has - grams, grams
