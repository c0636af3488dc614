# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mixed-integer model of a task, as one sparse matrix.

Columns: mass d delivered on each leg, in a unit that suits the task; a switch z of each leg that ships nothing or at
least its lot, or counts as a supplier; a switch f of each need with a least total; a switch g of each processor with
a least batch; a switch w of each (offer, need) of a limited need that has several ways. With u the most a leg can
deliver and l its least:

    sum d / yield <= supply          l z <= d <= u z          fill f <= sum d <= demand f
    sum d <= demand                  sum w <= suppliers       batch g <= sum input <= capacity g

Grams are rounded down on arrival, so least amounts are stated in what arrives: the model allows every whole-gram
plan, and its bound holds for all of them.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.sparse import coo_array, csr_array

from matching.allocation.legs import MILLION, WHOLE, Task, delivered_g
from matching.market.columns import Bools, Floats, Int64s

TYPICAL: Final = 100.0  # what a leg of middling size carries, in the units of its model
_OPEN: Final = np.inf

Cells = tuple[Int64s, Int64s, Floats]  # rows, columns and entries of a sparse matrix
NO_CELLS: Final[Cells] = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Maximise `value` x subject to row_low <= A x <= row_high, low <= x <= high; some columns whole."""

    value: Floats
    low: Floats
    high: Floats
    whole: Bools
    matrix: Any  # SciPy CSR
    row_low: Floats
    row_high: Floats
    switched: Int64s  # the legs that have a switch; these stand after the legs, in this order
    rows: dict[str, tuple[int, Int64s]]  # first row and the listings of each kind of mass row
    unit_g: float  # of the masses
    unit_micro: float  # of the values per kg
    recipe_unit: Floats  # of the entries of each recipe row


class Builder:
    """Rows and columns as they come."""

    def __init__(self, legs: int, unit_g: float) -> None:
        self.columns = legs
        self.unit_g = unit_g
        self.rows: list[tuple[Int64s, Int64s, Floats]] = []
        self.low: list[Floats] = []
        self.high: list[Floats] = []
        self.height = 0

    def new_columns(self, count: int) -> Int64s:
        """Places of fresh columns."""
        self.columns += count
        return np.arange(self.columns - count, self.columns)

    def add(self, count: int, low: "float | Floats", high: "float | Floats", *terms: tuple[Any, Any, Any]) -> int:
        """Rows with their terms (row of this block, column, coefficient); the number of the first."""
        first = self.height
        self.height += count
        self.low.append(np.broadcast_to(low, count).astype(np.float64))
        self.high.append(np.broadcast_to(high, count).astype(np.float64))
        for row, column, coefficient in terms:
            row = np.asarray(row, dtype=np.int64)
            self.rows.append((row + first, np.asarray(column), np.broadcast_to(coefficient, len(row)).astype(float)))
        return first

    def matrix(self) -> Any:
        """All rows, as SciPy CSR."""
        row, column, entry = (np.concatenate(parts) for parts in zip(*self.rows, strict=True))
        matrix = csr_array(coo_array((entry, (row, column)), shape=(self.height, self.columns)))
        matrix.sort_indices()
        return matrix


def model_of(task: Task, planes: Cells = NO_CELLS) -> Model:
    """The model of a task whose legs all can ship something; planes are further rows  sum d entry <= 0."""
    legs = task.legs
    build, most = begun(task)
    unit_g = build.unit_g
    rows = mass_rows(build, task)
    rows["recipe"], recipe_unit = recipe_rows(build, task)
    plane_rows(build, planes)
    switched = np.flatnonzero(needs_switch(task))
    switch = build.new_columns(len(switched))
    lot = task.least_delivered_g()[switched] / unit_g
    each = np.arange(len(switched))
    build.add(len(switched), 0.0, _OPEN, (each, switched, 1.0), (each, switch, -lot))
    build.add(len(switched), -_OPEN, 0.0, (each, switched, 1.0), (each, switch, -most[switched]))
    _whole_offers(build, task, switched, switch)
    _suppliers(build, task, switched, switch)
    _fills(build, task, most)
    _batches(build, task)
    high = np.ones(build.columns)
    high[: len(legs)] = most
    whole = np.arange(build.columns) >= len(legs)
    value = np.zeros(build.columns)
    unit_micro = float(legs.value.max(initial=1))
    value[: len(legs)] = legs.value / unit_micro
    rows_and_ends = build.matrix(), np.concatenate(build.low), np.concatenate(build.high)
    units = unit_g, unit_micro, recipe_unit
    return Model(value, np.zeros(build.columns), high, whole, *rows_and_ends, switched, rows, *units)


def begun(task: Task) -> tuple[Builder, Floats]:
    """A model without rows in a unit that suits the task, and the most each leg delivers in that unit."""
    most_g = delivered_g(task.most_taken_g(), task.legs.rate)
    unit_g = max(1.0, float(np.median(most_g)) / TYPICAL) if len(most_g) else 1.0
    return Builder(len(most_g), unit_g), most_g / unit_g


def needs_switch(task: Task) -> Bools:
    """Legs that ship nothing or at least so much, or that count as a supplier where suppliers are few."""
    legs = task.legs
    return np.asarray((task.least_delivered_g() > 0) | limited(task)[legs.need])


def limited(task: Task) -> Bools:
    """Needs that have more possible suppliers than they may use."""
    legs, limits = task.legs, task.limits
    ends = np.unique(np.stack([legs.need, legs.offer]), axis=1)
    suppliers = np.bincount(ends[0], minlength=len(limits.demand_g))
    return np.asarray((limits.max_suppliers > 0) & (suppliers > limits.max_suppliers))


def mass_rows(build: Builder, task: Task) -> dict[str, tuple[int, Int64s]]:
    """One row per offer, need and processor that any leg touches."""
    legs, limits = task.legs, task.limits
    every = np.arange(len(legs))
    taken = WHOLE / legs.rate.astype(np.float64)
    steps = [(legs.first, taken), (legs.second, taken * legs.first_rate / MILLION)]
    through = [(end[end >= 0], every[end >= 0], part[end >= 0]) for end, part in steps]
    processors = tuple(np.concatenate(parts) for parts in zip(*through, strict=True))
    kinds = {
        "offer": (legs.offer, every, taken, limits.supply_g),
        "need": (legs.need, every, np.ones(len(legs)), limits.demand_g),
        "processor": (*processors, limits.capacity_g),
    }
    rows = {}
    for kind, (end, column, part, limit) in kinds.items():
        listing, place = np.unique(end, return_inverse=True)
        first = build.add(len(listing), -_OPEN, limit[listing] / build.unit_g, (place, column, part))
        rows[kind] = first, listing
    return rows


def plane_rows(build: Builder, planes: Cells, room_g: float = 0.0) -> None:
    """Further rows  sum d entry <= 0."""
    row, leg, entry = planes
    build.add(int(row.max(initial=-1)) + 1, -_OPEN, _room(build, planes, room_g), (row, leg, entry))


def recipe_rows(build: Builder, task: Task, room_g: float = 0.0) -> tuple[tuple[int, Int64s], Floats]:
    """The rows of the recipes, each in units of its largest entry."""
    if task.mix is None:
        return (build.height, np.zeros(0, dtype=np.int64)), np.zeros(0)
    matrix = task.mix.matrix.tocoo()
    unit = np.ones(len(task.mix.need))
    np.maximum.at(unit, matrix.row, np.abs(matrix.data).astype(np.float64))
    cells = matrix.row.astype(np.int64), matrix.col.astype(np.int64), matrix.data / unit[matrix.row]
    room = np.zeros(len(unit))
    limit = _room(build, cells, room_g)
    room[: len(limit)] = limit
    return (build.add(len(unit), -_OPEN, room, cells), np.arange(len(unit))), unit


def _room(build: Builder, cells: Cells, room_g: float) -> Floats:
    """What each row must stay below so that rounding down every component that helps can't break it."""
    row, _, entry = cells
    helping = np.zeros(int(row.max(initial=-1)) + 1)
    np.add.at(helping, row, np.maximum(-entry, 0.0))
    return -room_g / build.unit_g * helping


def _whole_offers(build: Builder, task: Task, switched: Int64s, switch: Int64s) -> None:
    """An offer whose smallest proposal is more than half of it has one taker."""
    limits, offer = task.limits, task.legs.offer[switched]
    single = np.flatnonzero(2 * limits.least_g[offer] > limits.supply_g[offer])
    listing, place = np.unique(offer[single], return_inverse=True)
    build.add(len(listing), -_OPEN, 1.0, (place, switch[single], 1.0))


def _suppliers(build: Builder, task: Task, switched: Int64s, switch: Int64s) -> None:
    """At most so many offers; ways from one offer share a switch w."""
    legs = task.legs
    counted = np.flatnonzero(limited(task)[legs.need[switched]])
    ends = np.stack([legs.need[switched[counted]], legs.offer[switched[counted]]])
    pair, place, ways = np.unique(ends, axis=1, return_inverse=True, return_counts=True)
    place = place.ravel()
    used = switch[counted].copy()
    shared = np.flatnonzero(ways > 1)
    column = np.full(pair.shape[1], -1, dtype=np.int64)
    column[shared] = build.new_columns(len(shared))
    several = np.flatnonzero(ways[place] > 1)
    each = np.arange(len(several))
    build.add(len(several), 0.0, _OPEN, (each, column[place[several]], 1.0), (each, used[several], -1.0))
    column[place[ways[place] == 1]] = used[ways[place] == 1]
    need, row = np.unique(pair[0], return_inverse=True)
    build.add(len(need), -_OPEN, task.limits.max_suppliers[need].astype(float), (row, column, 1.0))


def _fills(build: Builder, task: Task, most: Floats) -> None:
    legs, limits = task.legs, task.limits
    column = np.flatnonzero(limits.min_fill_g[legs.need] > 0)
    need, place = np.unique(legs.need[column], return_inverse=True)
    filled = build.new_columns(len(need))
    each, rows = np.arange(len(need)), np.arange(len(column))
    fill, demand = limits.min_fill_g[need] / build.unit_g, limits.demand_g[need] / build.unit_g
    build.add(len(need), 0.0, _OPEN, (place, column, 1.0), (each, filled, -fill))
    build.add(len(need), -_OPEN, 0.0, (place, column, 1.0), (each, filled, -demand))
    build.add(len(column), -_OPEN, 0.0, (rows, column, 1.0), (rows, filled[place], -most[column]))


def _batches(build: Builder, task: Task) -> None:
    """A processor runs its least batch or not at all."""
    column, processor, place, part, batch_g = batched_inputs(task)
    running = build.new_columns(len(processor))
    each = np.arange(len(processor))
    batch, capacity = batch_g / build.unit_g, task.limits.capacity_g[processor] / build.unit_g
    build.add(len(processor), 0.0, _OPEN, (place, column, part), (each, running, -batch))
    build.add(len(processor), -_OPEN, 0.0, (place, column, part), (each, running, -capacity))


def batched_inputs(task: Task) -> tuple[Int64s, Int64s, Int64s, Floats, Floats]:
    """What enters processors with a least batch: legs, these processors, which of them, input per delivered gram.

    Last their batches in grams, less what rounding on arrival may hide: under a gram delivered per leg.
    """
    legs, limits = task.legs, task.limits
    taken = WHOLE / legs.rate.astype(np.float64)
    batched = np.append(limits.min_batch_g > 0, False)  # the last for no processor
    first, second = (np.flatnonzero(batched[end]) for end in (legs.first, legs.second))
    ends = np.concatenate([legs.first[first], legs.second[second]])
    part = np.concatenate([taken[first], (taken * legs.first_rate / MILLION)[second]])
    processor, place = np.unique(ends, return_inverse=True)
    hidden = np.bincount(place, weights=part, minlength=len(processor))
    batch_g = np.maximum(limits.min_batch_g[processor] - hidden, 0.0)
    return np.concatenate([first, second]), processor, place, part, batch_g
