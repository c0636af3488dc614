# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes and chains without lots, least totals or batches: one linear programme, and its optimum in whole grams.

Nothing has to be chosen, so prices prove the optimum up to the grams that rounding leaves. Colours are met by planes
that cut the mixes off which miss them (`blend.py`); moved out until no colour that is allowed lies beyond, the planes
lower the bound too, which is then the solver's.
"""

import time
from dataclasses import replace
from typing import Final

import numpy as np

from matching.allocation.blend import (
    SHARP,
    Plane,
    missed_colours,
    parting_planes,
    plane_rows,
    recipe_needs,
    settled_recipes,
    whole_recipes,
)
from matching.allocation.blocks import left_by
from matching.allocation.found import Found, Until
from matching.allocation.greedy import greedy_plan
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task, taken_for
from matching.allocation.model import needs_switch
from matching.allocation.parts import part_of
from matching.allocation.relax import RowPrices, price_bound, relaxed_model, repaired, row_prices, value_of
from matching.allocation.settle import every_leg, settled_rounding
from matching.allocation.solver import Programme
from matching.allocation.unmeetable import meetable
from matching.market.columns import Floats, Int64s

CUTTING: Final = 0.6  # of the time, for colours
FINE: Final = 5_000  # legs, up to which planes are cut as near to a tolerance as grams allow
COARSE: Final = 0.03  # of a colour difference inside it where there are more: a third of the rounds, 0.1 % of the value
DEEPER: Final = 1.5  # times so far inside with each round
PATIENCE: Final = 30  # rounds, after which planes are cut deeper in any case
ROUNDS: Final = 60  # after which a recipe is given up: so few grams that no solver sees them would miss for ever
BOUNDS: Final = 12  # linear programmes that narrow the bound too
NARROWING: Final = 0.4  # of the time, for these
MENDING: Final = 0.7  # of what is left then, for what still misses its colour
NARROW: Final = (2e-5, 5e-4)  # of the value: what no further one is asked for; where there are more legs


def is_linear(task: Task) -> bool:
    """Whether any kilograms may be shipped on any leg, as far as the ends have them."""
    limits = task.limits
    fills, batches = (limits.min_fill_g > 0)[task.legs.need], (limits.min_batch_g > 0).any()
    return not (fills.any() or batches or needs_switch(task).any())


def linear(task: Task, ends: Until) -> Found:
    """The best plan of a linear task, up to some grams; a greedy one where there is no time for it."""
    cut = _Cut(task, ends.models)
    prices = cut.prices()
    bound, colours = price_bound(task.limits, prices), cut.narrowed(ends.share(NARROWING).models)
    taken = _planned(cut, ends)
    value = value_of(task, taken)
    return Found(taken, value, prices, bound, None if colours is None else max(colours, value))


def linear_grams(task: Task, ends: Until) -> Int64s:
    """A plan of the task without its proof."""
    return _planned(_Cut(task, ends.models), ends)


def _planned(cut: "_Cut", ends: Until) -> Int64s:
    """The plan of a relaxation, or a greedy one."""
    plans, whole = [greedy_plan(cut.all)], None if cut.found is None else _whole(cut, ends)
    if whole is not None:
        plans.append(np.zeros(len(cut.all.legs), dtype=np.int64))
        plans[1][cut.met] = whole
    return max(plans, key=lambda plan: value_of(cut.all, plan))


def _whole(cut: "_Cut", ends: Until) -> Int64s | None:
    """Whole grams of the relaxation's optimum, without the recipes whose colours can't be met."""
    task, every = cut.task, every_leg(cut.task)
    if not task.mixed.any():
        return settled_rounding(task, every, cut.delivered, ends.grams)
    if cut.fine:
        cut.deepen(ends.share(CUTTING).models)
    mixed = cut.delivered if cut.fine else _mended(cut, ends.share(MENDING).models)
    given_up = [plane.need for plane in missed_colours(task, mixed)]
    kept = np.where(np.isin(task.legs.need, given_up), 0.0, mixed)
    if cut.fine or not cut.planes:
        return settled_recipes(task, every, cut.planes, ends.grams, kept)
    return _served(cut, whole_recipes(task, every, kept, cut.planes, ends.models), ends.models)


def _served(cut: "_Cut", taken: Int64s, until: float) -> Int64s:
    """The same grams, and what the recipes that were lost can have of what is left."""
    task = cut.task
    lost = recipe_needs(task, cut.delivered > 1) & ~recipe_needs(task, taken > 0)
    legs = np.flatnonzero(lost[task.legs.need])
    if len(legs):
        part = part_of(replace(task, limits=left_by(task, taken)), legs).task
        found, both = settled_recipes(part, every_leg(part), [], until), taken.copy()
        both[legs] = 0 if found is None else found
        taken = both if next(broken_limits(task, both), None) is None else taken
    return taken


def _mended(cut: "_Cut", until: float) -> Floats:
    """Recipes that still miss their colour are cut further among themselves, with what the others leave."""
    task, mixed = cut.task, cut.delivered.copy()
    legs = np.flatnonzero(np.isin(task.legs.need, [plane.need for plane in missed_colours(task, mixed)]))
    if len(legs):
        mixed[legs] = 0
        others = taken_for(np.ceil(mixed).astype(np.int64), task.legs.rate)
        part = part_of(replace(task, limits=left_by(task, others)), legs)
        small = _Cut(part.task, until, fine=False)
        if small.found is not None:
            small.deepen(until)
            mixed[legs] = small.delivered
            cut.planes += [replace(plane, need=int(part.needs[plane.need])) for plane in small.planes]
    return mixed


class _Cut:
    """The linear programme of a task, and the planes that cut off the mixes which miss their colours."""

    def __init__(self, task: Task, until: float, *, fine: bool = True) -> None:
        self.all, self.planes, self.fine = task, list[Plane](), fine and len(task.legs) <= FINE
        self.met, self._unmet = np.ones(len(task.legs), dtype=np.bool_), np.zeros(1, dtype=np.int64)
        if len(task.legs) > FINE:
            self.met, self._unmet = meetable(task, until - time.monotonic())
        self.task = task.only(self.met)
        self.model = relaxed_model(self.task)
        self._programme = Programme(self.model)
        self.found = self._programme.optimum(until - time.monotonic())

    @property
    def delivered(self) -> Floats:
        """Grams on each leg."""
        assert self.found is not None
        return self.found.columns * self.model.unit_g

    def narrowed(self, until: float) -> int | None:
        """What no plan exceeds that keeps all colours, in micro-points x grams; None where planes say no more.

        Planes lie so far out that no colour which is allowed lies beyond, so each programme bounds all plans.
        """
        for _ in range(BOUNDS):
            if self.found is None:
                break
            parting = parting_planes(self.task, missed_colours(self.task, self.delivered), until, fine=self.fine)
            before = self.found.value
            if not parting or not self._joined(parting, until):
                break
            if before - self.found.value <= NARROW[not self.fine] * before:
                break
        return self._by_prices() if self.planes else None

    def deepen(self, until: float) -> None:
        """Cuts until no mix misses its colour, or no time is left."""
        inside = SHARP if self.fine else COARSE
        for turn in range(ROUNDS):
            missed = missed_colours(self.task, self.delivered, inside)
            if not missed or not self._joined(missed, until):
                break
            inside *= 1 if inside == SHARP and turn < PATIENCE else DEEPER

    def _joined(self, planes: list[Plane], until: float) -> bool:
        """Whether there was time for the programme with further planes."""
        self._programme.join(plane_rows(self.task, planes))
        self.planes += planes
        found = self._programme.optimum(until - time.monotonic())
        self.found = self.found if found is None else found
        return found is not None

    def _by_prices(self) -> int:
        """The bound that the programme's prices prove, those of its planes among them."""
        assert self.found is not None
        row, leg, entry = plane_rows(self.task, self.planes)
        known, weight = self.found.rows[len(self.model.row_low) :], np.zeros(len(self.planes))
        weight[: len(known)] = np.maximum(known, 0.0)
        further = np.zeros(len(self.all.legs), dtype=np.int64)
        further[self.met] = np.floor(np.bincount(leg, weight[row] * entry, len(self.task.legs)))
        return price_bound(self.all.limits, self.prices(further))

    def prices(self, further: Int64s | int = 0) -> RowPrices:
        """Those of the last programme, and of recipes that can't be met; what planes charge is `further`."""
        prices = row_prices(self.task, self.model, self.found)
        return repaired(self.all, replace(prices, recipe=prices.recipe + self._unmet), further)
