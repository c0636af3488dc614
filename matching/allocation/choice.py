# SPDX-License-Identifier: AGPL-3.0-or-later
"""The linear programme that is left of a task once it is chosen which legs, needs and processors are used."""

from dataclasses import replace

import numpy as np

from matching.allocation.legs import Task
from matching.allocation.model import Builder, Cells, Model, batched_inputs, begun, mass_rows, plane_rows, recipe_rows
from matching.allocation.settle import Choice


def choice_model(task: Task, choice: Choice, planes: Cells, room_g: float) -> Model:
    """Over the open legs: used ones deliver at least their lot, served needs their least total, running processors
    their batch; every row of a recipe keeps room for rounding each leg down by `room_g` grams."""
    legs = task.legs
    build, most = begun(task)
    rows = mass_rows(build, _with_room(task, int(room_g)))
    rows["recipe"], recipe_unit = recipe_rows(build, task, room_g)
    plane_rows(build, planes, room_g)
    _fills(build, task, choice, room_g)
    column, processor, place, part, batch_g = batched_inputs(task)
    build.add(len(processor), batch_g / build.unit_g, np.inf, (place, column, part))
    least = np.where(choice.least_g > 0, task.least_delivered_g(), 0) / build.unit_g
    unit_micro = float(legs.value.max(initial=1))
    ends = np.concatenate(build.low), np.concatenate(build.high)
    none = np.zeros(0, dtype=np.int64)
    columns = legs.value / unit_micro, np.minimum(least, most), most, np.zeros(len(legs), dtype=np.bool_)
    return Model(*columns, build.matrix(), *ends, none, rows, build.unit_g, unit_micro, recipe_unit)


def _with_room(task: Task, room_g: int) -> Task:
    """Less of what legs with a yield draw on: what is taken for whole grams delivered is rounded up, leg by leg."""
    legs, limits = task.legs, task.limits
    lossy = legs.offer[~legs.lossless]
    supply = limits.supply_g - room_g * np.bincount(lossy, minlength=len(limits.supply_g))
    supply = np.where(2 * limits.least_g > limits.supply_g, limits.supply_g, np.maximum(supply, 0))
    through = np.concatenate([legs.first[legs.first >= 0], legs.second[legs.second >= 0]])
    capacity = limits.capacity_g - room_g * np.bincount(through, minlength=len(limits.capacity_g))
    return replace(task, limits=replace(limits, supply_g=supply, capacity_g=np.maximum(capacity, 0)))


def _fills(build: Builder, task: Task, choice: Choice, room_g: float) -> None:
    """Least totals, with room for rounding as far as the need wants more than that."""
    need, place, legs = np.unique(task.legs.need, return_inverse=True, return_counts=True)
    fill = choice.fill_g[need]
    roomy = np.minimum(fill + room_g * legs, task.limits.demand_g[need])
    low = np.where(fill > 0, roomy, 0) / build.unit_g
    build.add(len(need), low, np.inf, (place, np.arange(len(task.legs)), 1.0))
