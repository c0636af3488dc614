# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lots, indivisible offers, few suppliers, least totals and batches: a plan and how good it can be at most.

The relaxation's prices say which legs matter. Using a leg whose rows charge `slack` more than it is worth costs at
least slack x its lot, so a leg for which that exceeds bound - value can't be part of a better plan (reduced-cost
fixing), and a mixed-integer model over the legs that cost less than some limit proves

    every plan <= max(its own bound, relaxation - limit).

The limit is widened until the first of the two is the larger, or no time is left.
"""

import time
from collections.abc import Callable
from typing import Final

import numpy as np

from matching.allocation.allocate import allocate
from matching.allocation.blend import (
    Plane,
    bounding_rows,
    learn_colours,
    settled_recipes,
    sharpened,
    without_unmeetable,
)
from matching.allocation.blocks import LEGS, by_blocks, prices_by_blocks
from matching.allocation.found import HAIR, Found, Until, whole_bound
from matching.allocation.greedy import greedy_plan
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task, delivered_g
from matching.allocation.linear import is_linear, linear, linear_grams
from matching.allocation.model import Model, model_of, needs_switch
from matching.allocation.prices import Start
from matching.allocation.relax import (
    RowPrices,
    as_transport,
    from_transport,
    is_solved,
    linear_prices,
    price_bound,
    slack,
    value_of,
)
from matching.allocation.repair import repaired_plan
from matching.allocation.settle import Choice, choice_of, settled_flow, settled_rounding
from matching.allocation.solver import Answer, Effort, best_plan
from matching.market.columns import Bools, Floats, Int64s

SWITCHES: Final = (1_500, 30_000)  # of the models of each round, the widest last
TOGETHER: Final = 20_000  # legs with recipes among them that are still decided all at once
PRICED_TOGETHER: Final = 25_000  # that one linear programme prices
BLOCK_SECONDS: Final = 3.0
WIDEST: Final = 200_000  # legs of a model; a solver would hardly begin with more
SHARE: Final = 0.25  # of the time that is left, for every round but the last
CLOSED_BELOW: Final = 1_000  # models with so few switches are solved until nothing is open
CLOSED: Final = 2e-7  # a fifth of what still counts as solved
TOLERANCE: Final = 2e-3  # of larger models: the share of the value that may be left undecided
NODES: Final = 50_000
CLOSE_ENOUGH: Final = 5e-4  # the same while colours may narrow the plan further
TIGHTENING: Final = 1e-3  # and while they can't be met
PLANES: Final = 0.5  # of the time for a model: to find what its planes may leave out
FIRST: Final = 0.4  # of the time, for the first model of a plan with colours
CHOICES: Final = 12  # tried where colours can't be met, or could be bounded better

Watch = Callable[[int, int], None]


def search(task: Task, ends: Until, watch: Watch = lambda value, bound: None) -> Found:
    """The best plan found in time, never an illegal one."""
    if is_linear(task) and len(task.legs) <= PRICED_TOGETHER:
        return linear(task, ends)
    start, prices = _relaxed(task, ends.models)
    bound = price_bound(task.limits, prices)
    if start is not None and next(broken_limits(task, start.flow_g), None) is None:
        return Found(start.flow_g, value_of(task, start.flow_g), prices, bound, None)
    repaired = repaired_plan(task, as_transport(task), start, ends.models)
    taken = _better(task, repaired, greedy_plan(task))
    if task.mixed.any() and len(task.legs) > LEGS:
        whole = len(task.legs) > TOGETHER
        blocks = ends if whole else ends.share(SHARE)
        taken = by_blocks(task, taken, prices, blocks.models, lambda part, grams: _block(part, grams, blocks))
    found = Found(taken, value_of(task, taken), prices, bound, None)
    if len(task.legs) > TOGETHER and task.mixed.any():
        return found
    limits = _limits(task, found)
    for turn, limit in enumerate(limits, start=1):
        if is_enough(task, found) or time.monotonic() >= ends.models:
            break
        watch(found.value, found.bound)
        if _near(task, found, limit).sum() > WIDEST:
            break
        found = _improved(task, found, limit, ends if turn == len(limits) else ends.share(SHARE))
    return found


def _block(task: Task, taken_g: Int64s, ends: Until) -> Int64s | None:
    """Better grams of a block, or none."""
    if is_linear(task):
        return linear_grams(task, ends)
    every = np.ones(len(task.legs), dtype=np.bool_)
    prices = RowPrices(*(np.zeros(0, dtype=np.int64) for _ in range(4)))
    soon = ends._replace(models=min(time.monotonic() + BLOCK_SECONDS, ends.models))
    return _solved(task, Found(taken_g, 0, prices, 0, None), every, soon)[1]


def is_enough(task: Task, found: Found) -> bool:
    """Whether what is undecided is not worth another round."""
    few = int(needs_switch(task).sum()) <= CLOSED_BELOW
    enough = task.enough if few else max(task.enough, TOLERANCE)
    return is_solved(found.value, found.bound) or found.bound - found.value <= enough * found.bound


def _relaxed(task: Task, deadline: float) -> tuple[Start | None, RowPrices]:
    """Prices of the task without its lots, and its best flow where every leg is direct."""
    seconds = deadline - time.monotonic()
    if not task.plain.all():
        wide = len(task.legs) > PRICED_TOGETHER
        return None, prices_by_blocks(task, SHARE * seconds) if wide else linear_prices(task, seconds)[0]
    flow = allocate(as_transport(task), deadline)
    return Start(flow.prices, flow.flow_g), from_transport(flow.prices, task)


def _limits(task: Task, found: Found) -> list[int]:
    """Ever more legs to look at, as what the most expensive of them may cost; at last all that could matter."""
    room = found.price_bound - found.value
    costs = np.sort(_cost(task, found.prices)[needs_switch(task)])
    narrow = [int(costs[count]) for count in SWITCHES if len(costs) > count and costs[count] < room]
    return narrow if len(narrow) == len(SWITCHES) else [*narrow, room]


def _cost(task: Task, prices: RowPrices) -> Int64s:
    """What using a leg costs at least, in micro-points x grams; beyond int64 it is as good as endless."""
    over, least = np.maximum(slack(task, prices), 0), task.least_delivered_g()
    endless = over.astype(np.float64) * least > 2.0**62
    return np.where(endless, np.int64(1) << 62, over * np.where(endless, 0, least))


def _near(task: Task, found: Found, limit: int) -> Bools:
    """The legs in use, and those that cost no more than a limit: without a lot they cost nothing."""
    return np.asarray((_cost(task, found.prices) <= limit) | (found.taken_g > 0))


def _improved(task: Task, found: Found, limit: int, ends: Until) -> Found:
    """The better of a plan and of the best one among the legs that cost no more than the limit."""
    cost, near = _cost(task, found.prices), _near(task, found, limit)
    solved, taken = _solved(task, found, near, ends)
    value = value_of(task, taken) if taken is not None else -1
    kept = (taken, value) if taken is not None and value > found.value else (found.taken_g, found.value)
    outside = found.price_bound - int(cost[~near].min()) if not near.all() else 0
    proven = max(whole_bound(solved), outside, kept[1])
    best = proven if found.solver_bound is None else min(proven, found.solver_bound)
    return Found(*kept, found.prices, found.price_bound, best)


def _solved(task: Task, found: Found, near: Bools, ends: Until) -> tuple[float, Int64s | None]:
    """A bound on the plans over some legs, and the best whole grams found there.

    Colours that a choice can't meet become planes, and another choice is made; every answer bounds all plans. Where
    moved out planes teach nothing more, sharp ones lead to other choices, and bound nothing.
    """
    part, planes, bound, best, met = task.only(near), list[Plane](), np.inf, found.taken_g[near], False
    coloured, sharp = part.mix is not None and bool(part.mix.box.any()), False
    for turn in range(CHOICES):
        planes = sharpened(planes) if sharp else planes
        known, soon = len(planes), ends.share(FIRST) if coloured and not turn else ends
        answer, choice, settled = _chosen(part, best, planes, soon, _gap(part, met, turn))
        met |= settled is not None
        bound = bound if sharp else min(bound, answer.bound)
        best = best if settled is None else _better(part, best, settled)
        close = bound - value_of(part, best) <= max(HAIR, part.enough) * bound
        if choice is None or time.monotonic() >= ends.models or (close and settled is not None):
            break
        if len(planes) == known:
            if sharp or not planes:
                break
            sharp = True
        elif settled is None:
            rest = settled_recipes(part, without_unmeetable(part, choice, planes, ends.grams), planes, ends.grams)
            best = best if rest is None else _better(part, best, rest)
            if not turn:
                learn_colours(part, planes, ends.grams)
    taken = np.zeros(len(near), dtype=np.int64)
    taken[near] = best
    return bound, taken if next(broken_limits(part, best), None) is None else None


def _better(task: Task, one: Int64s, other: Int64s) -> Int64s:
    return max(one, other, key=lambda taken: value_of(task, taken))


def _gap(task: Task, met: bool, turn: int) -> float:
    """The share of the value a solver may leave undecided: more where a choice is wanted, not yet a proof."""
    if task.mix is not None and task.mix.box.any() and not met:
        return max(TIGHTENING if turn else CLOSE_ENOUGH, task.enough)
    return max(CLOSED if int(needs_switch(task).sum()) <= CLOSED_BELOW else TOLERANCE, task.enough)


def _chosen(
    task: Task, known_g: Int64s, planes: list[Plane], ends: Until, gap: float
) -> tuple[Answer, Choice | None, Int64s | None]:
    """The solver's answer, its choice of legs, and the whole grams of that choice where it can be met."""
    model = model_of(task, bounding_rows(task, planes, ends.share(PLANES).models))
    left = ends.models - time.monotonic()
    if left <= 0:
        return Answer(None, np.inf, optimal=False), None, None
    answer = best_plan(model, Effort(left, NODES, gap), _as_columns(task, model, known_g))
    if answer.columns is None:
        return answer, None, None
    choice = choice_of(task, model, answer.columns)
    delivered = answer.columns[: len(task.legs)] * model.unit_g
    return answer, choice, _settled(task, choice, delivered, planes, ends.grams)


def _settled(task: Task, choice: Choice, delivered: Floats, planes: list[Plane], until: float) -> Int64s | None:
    """Whole grams of a choice; None where it has none, or none are found in time."""
    if time.monotonic() >= until:
        return None
    if task.plain.all():
        return settled_flow(task, choice)
    if task.mixed.any():
        return settled_recipes(task, choice, planes, until)
    return settled_rounding(task, choice, delivered, until)


def _as_columns(task: Task, model: Model, taken_g: Int64s) -> Floats:
    """A known plan as the first columns of a model: what legs deliver, and their switches."""
    used = (taken_g[model.switched] > 0).astype(np.float64)
    return np.concatenate([delivered_g(taken_g, task.legs.rate) / model.unit_g, used])
