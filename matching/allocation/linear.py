# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes and chains without lots, least totals or batches: one linear programme, and its optimum in whole grams.

Nothing has to be chosen, so prices prove the optimum up to the grams that rounding leaves. Colours are met by planes
that cut the mixes off which miss them (`blend.py`); moved out until no colour that is allowed lies beyond, the planes
lower the bound too, which is then the solver's.
"""

import time
from typing import Final

import numpy as np

from matching.allocation.blend import SHARP, Plane, bounding_rows, missed_colours, plane_rows, settled_recipes
from matching.allocation.found import HAIR, Found, Until, whole_bound
from matching.allocation.greedy import greedy_plan
from matching.allocation.legs import Task
from matching.allocation.model import needs_switch
from matching.allocation.relax import RowPrices, linear_prices, price_bound, relaxed_model, value_of
from matching.allocation.settle import every_leg, settled_rounding
from matching.allocation.solver import linear_plan
from matching.market.columns import Floats, Int64s

CUTTING: Final = 0.6  # of the time, for colours
FINE: Final = 5_000  # legs, up to which planes are cut as near to a tolerance as grams allow
COARSE: Final = 0.03  # of a colour difference inside it where there are more: a third of the rounds, 0.1 % of the value
DEEPER: Final = 1.5  # times so far inside with each round
PATIENCE: Final = 30  # rounds, after which planes are cut deeper in any case
ROUNDS: Final = 60  # after which a recipe is given up: so few grams that no solver sees them would miss for ever
BOUNDS: Final = 5  # linear programmes that only narrow the bound


def is_linear(task: Task) -> bool:
    """Whether any kilograms may be shipped on any leg, as far as the ends have them."""
    limits = task.limits
    fills, batches = (limits.min_fill_g > 0)[task.legs.need], (limits.min_batch_g > 0).any()
    return not (fills.any() or batches or needs_switch(task).any())


def linear(task: Task, ends: Until) -> Found:
    """The best plan of a linear task, up to some grams; a greedy one where there is no time for it."""
    taken, prices, planes = _planned(task, ends)
    value = value_of(task, taken)
    colour_bound = _colour_bound(task, value, planes, ends.models) if planes else None
    bound = price_bound(task.limits, prices)
    return Found(taken, value, prices, bound, None if colour_bound is None else max(colour_bound, value))


def linear_grams(task: Task, ends: Until) -> Int64s:
    """The same plan without its proof."""
    return _planned(task, ends)[0]


def _planned(task: Task, ends: Until) -> tuple[Int64s, RowPrices, list[Plane]]:
    """The plan, the prices of the relaxation and the planes that colours asked for."""
    prices, delivered = linear_prices(task, ends.models - time.monotonic())
    planes, greedy = list[Plane](), greedy_plan(task)
    whole = None if delivered is None else _whole(task, delivered, planes, ends)
    taken = max((plan for plan in (whole, greedy) if plan is not None), key=lambda plan: value_of(task, plan))
    return taken, prices, planes


def _whole(task: Task, delivered: Floats, planes: list[Plane], ends: Until) -> Int64s | None:
    """Whole grams of the relaxation's optimum, without the recipes whose colours can't be met."""
    every = every_leg(task)
    if not task.mixed.any():
        return settled_rounding(task, every, delivered, ends.grams)
    cut, inside = ends.share(CUTTING).models, SHARP if len(task.legs) <= FINE else COARSE
    for turn in range(ROUNDS):
        missed = missed_colours(task, delivered, inside)
        if not missed:
            break
        planes += missed
        inside *= 1 if inside == SHARP and turn < PATIENCE else DEEPER
        model = relaxed_model(task, plane_rows(task, planes))
        found = linear_plan(model, cut - time.monotonic())
        if found is None:
            break
        delivered = found.columns * model.unit_g
    given_up = [plane.need for plane in missed_colours(task, delivered)]
    kept = np.where(np.isin(task.legs.need, given_up), 0.0, delivered)
    return settled_recipes(task, every, planes, ends.grams, kept)


def _colour_bound(task: Task, value: int, planes: list[Plane], until: float) -> int | None:
    """What no plan exceeds that keeps all colours, in micro-points x grams; more planes while they lower it."""
    best = None
    for _ in range(BOUNDS):
        model = relaxed_model(task, bounding_rows(task, planes, until))
        found = linear_plan(model, until - time.monotonic())
        if found is None:
            break
        best = whole_bound(found.value)
        missed = missed_colours(task, found.columns * model.unit_g)
        if not missed or best - value <= HAIR * best:
            break
        planes += missed
    return best
