# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes in whole grams: a linear programme over a choice of legs, tightened until every colour is met exactly.

The box of a colour contains more than CIEDE2000 allows. Where a mix misses its colour, the plane that touches the
tolerance on the way to it is added (Kelley 1960), and the choice is solved again. Moved out until the whole tolerance
lies behind it, the same plane narrows the bound too. A last solve leaves as much room in every row as rounding down to
grams can take.
"""

import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from matching.allocation.choice import choice_model
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task, delivered_g, taken_for
from matching.allocation.model import NO_CELLS, Cells
from matching.allocation.relax import value_of
from matching.allocation.settle import Choice, every_leg, handed_out, without
from matching.allocation.solver import linear_plan
from matching.allocation.trim import trimmed
from matching.market.columns import Bools, Floats, Int64s
from matching.pairing.gamut import lab_to_f, supporting_offsets, touching_planes

ROUNDS: Final = 30
AT_ONCE: Final = 32  # planes that are moved out together
NARROWER: Final = 3  # times that recipes are asked for more narrowly
SECONDS: Final = 20.0  # of one linear programme at most
SHARP: Final = 1e-4  # of a colour difference: cut a little inside, so that whole grams stay within
_A_GRAM: Final = 1.0
_USED: Final = 0.1  # grams: what is less is not meant


@dataclass(frozen=True, slots=True)
class Plane:
    """A mix of this need keeps normal · F <= offset; no colour allowed lies beyond `outer`, where that is known.

    `reached` is how far out the mix lies that the plane was made to cut off.
    """

    need: int
    normal: tuple[float, float, float]
    offset: float
    reached: float
    outer: float | None = None


def bounding_rows(task: Task, planes: list[Plane], until: float) -> Cells:
    """The rows of planes moved out until no colour allowed lies beyond; of those that a time is enough for.

    How far out is looked for once for each plane and noted there; any of them may be left out of a bound.
    """
    _move_out(task, planes, until, fine=True)
    return plane_rows(task, [replace(plane, offset=plane.outer) for plane in planes if plane.outer is not None])


def parting_planes(task: Task, planes: list[Plane], until: float, *, fine: bool) -> list[Plane]:
    """Those of the planes, moved out so, that still cut off the mix they were made for."""
    _move_out(task, planes, until, fine=fine)
    moved = [replace(plane, offset=plane.outer) for plane in planes if plane.outer is not None]
    return [plane for plane in moved if plane.reached > plane.offset]


def sharpened(planes: list[Plane]) -> list[Plane]:
    """The same planes where they cut: as rows they lead to mixes that pass, and bound nothing."""
    return [replace(plane, outer=plane.offset) for plane in planes]


def _move_out(task: Task, planes: list[Plane], until: float, *, fine: bool) -> None:
    """Looks how far out the planes lie of which that is not known, as far as time allows."""
    mix, unknown = task.mix, [row for row, plane in enumerate(planes) if plane.outer is None]
    for first in range(0, len(unknown), AT_ONCE):
        if mix is None or time.monotonic() >= until:
            break
        rows = unknown[first : first + AT_ONCE]
        needs = np.array([planes[row].need for row in rows])
        normals = np.array([planes[row].normal for row in rows])
        outer = supporting_offsets(mix.target[needs], mix.delta_e_milli[needs] / 1000, normals, fine=fine).tolist()
        for row, offset in zip(rows, outer, strict=True):
            planes[row] = replace(planes[row], outer=max(planes[row].offset, offset))


def plane_rows(task: Task, planes: list[Plane]) -> Cells:
    """Row, leg and entry of the planes: sum d (normal · F - offset) <= 0."""
    if task.mix is None or not planes:
        return NO_CELLS
    by_need = np.argsort(task.legs.need, kind="stable")
    needs = np.array([plane.need for plane in planes])
    start, end = (np.searchsorted(task.legs.need[by_need], needs, side) for side in ("left", "right"))
    row = np.repeat(np.arange(len(planes)), end - start)
    leg = by_need[np.arange(len(row)) - np.repeat(np.cumsum(end - start) - end, end - start)]
    normal, offset = np.array([plane.normal for plane in planes]), np.array([plane.offset for plane in planes])
    return row, leg, (lab_to_f(task.mix.lab[leg]) * normal[row]).sum(axis=1) - offset[row]


def settled_recipes(
    task: Task, choice: Choice, planes: list[Plane], until: float, mixed: Floats | None = None
) -> Int64s | None:
    """Grams per leg, or None where the choice can't meet its colours; `planes` gains what was learnt.

    `mixed` is an optimum that is known already. A recipe that can't be met in whole grams, because its bounds leave
    one mix and no other, is asked for a little more narrowly, so that other offers join in. None also where no grams
    are found until a time (`time.monotonic()`).
    """
    best, narrower = None, np.zeros(len(task.limits.demand_g), dtype=np.int64)
    for _ in range(NARROWER):
        if mixed is None:
            mixed = _tightened(_narrowed(task, narrower), choice, planes, 0.0, until)
        if mixed is None:
            break
        taken = whole_recipes(task, choice, mixed, planes, until)
        best = taken if best is None or value_of(task, taken) > value_of(task, best) else best
        lost = recipe_needs(task, mixed > _USED) & ~recipe_needs(task, taken > 0)
        if not lost.any():
            break
        narrower[lost] = np.maximum(narrower[lost] * 10, 1)
        mixed = None
    return best


def recipe_needs(task: Task, legs: Bools) -> Bools:
    """The needs that any of these recipes' legs serve."""
    return np.bincount(task.legs.need[legs & task.mixed], minlength=len(task.limits.demand_g)) > 0


def _narrowed(task: Task, by: Int64s) -> Task:
    """Every row of the needs' recipes narrowed, in units of its entries: hundredths of a percent, thousandths of a
    euro, of a micron, of a millimetre or of a colour difference."""
    mix = task.mix
    if mix is None or not by.any():
        return task
    delta_e = np.where(mix.delta_e_milli >= 0, np.maximum(mix.delta_e_milli - by, 0), mix.delta_e_milli)
    matrix = mix.matrix.copy()
    matrix.data += np.repeat(np.where(mix.box, 0, by[mix.need]), np.diff(matrix.indptr))
    return replace(task, mix=replace(mix, matrix=matrix, delta_e_milli=delta_e))


def whole_recipes(task: Task, choice: Choice, mixed: Floats, planes: list[Plane], until: float) -> Int64s:
    """Whole grams near those of a mix, without the recipes that don't keep their rows so."""
    used = replace(choice, open=choice.open & (~task.mixed | (mixed > _USED)))
    taken, whole = _rounded(task, used, mixed)
    if whole or not (planes or choice.least_g.any()):
        return taken
    roomy = _tightened(task, used, planes, _A_GRAM, until)
    if roomy is None:
        return taken
    return max(taken, _rounded(task, used, roomy)[0], key=lambda plan: value_of(task, plan))


def _rounded(task: Task, used: Choice, mixed: Floats) -> tuple[Int64s, bool]:
    """Whole grams near those of a mix, and whether no recipe was lost by rounding."""
    return _kept(task, _grams(task, used, trimmed(task, mixed)), used)


def _kept(task: Task, taken: Int64s, choice: Choice) -> tuple[Int64s, bool]:
    """These grams, no more than what arrives needs, without what would break a limit; whether all are kept."""
    arriving, rate = delivered_g(taken, task.legs.rate), task.legs.rate
    thrifty = np.minimum(taken, np.maximum(taken_for(arriving, rate), choice.least_g))
    if next(broken_limits(task, thrifty), None) is None:
        return thrifty, True
    whole = True
    while broken := list(broken_limits(task, taken)):
        whole = False
        for limit in broken:
            taken = without(task, taken, limit.side, limit.row)
    return taken, whole


def _tightened(task: Task, choice: Choice, planes: list[Plane], room_g: float, until: float) -> Floats | None:
    """Delivered grams within the choice whose colours all pass; None where there are none, or no time is left."""
    for _ in range(ROUNDS):
        if time.monotonic() >= until:
            break
        part = task.only(choice.open)
        model = choice_model(part, _of_open(choice), plane_rows(part, planes), room_g)
        answer = linear_plan(model, min(SECONDS, until - time.monotonic()))
        if answer is None:
            return None
        delivered = np.zeros(len(task.legs))
        delivered[choice.open] = answer.columns * model.unit_g
        missed = missed_colours(task, delivered)
        if not missed:
            return delivered
        planes += missed
    return None


def _of_open(choice: Choice) -> Choice:
    return Choice(choice.open[choice.open], choice.least_g[choice.open], choice.fill_g)


def missed_colours(task: Task, delivered: Floats, inside: float = SHARP) -> list[Plane]:
    """A plane for every recipe whose mix misses its colour, so far inside the tolerance, half of it at most."""
    mix, legs = task.mix, task.legs
    if mix is None:
        return []
    used = np.flatnonzero(task.mixed & (delivered > _USED) & (mix.delta_e_milli[legs.need] >= 0))
    if not len(used):
        return []
    needs, place = np.unique(legs.need[used], return_inverse=True)
    own, grams = lab_to_f(mix.lab[used]), delivered[used]
    sums = [np.bincount(place, grams * channel, len(needs)) for channel in own.T]
    mixed = np.stack(sums, axis=1) / np.bincount(place, grams)[:, None]
    missed = np.flatnonzero(mix.colours_excess(needs, mixed) > 0)
    needs, mixed = needs[missed], mixed[missed]
    delta_e = mix.delta_e_milli[needs] / 1000
    tolerance = np.maximum(delta_e - inside, delta_e / 2)
    normals, offsets = touching_planes(mix.target[needs], tolerance, mixed)
    columns = (needs, *normals.T, offsets, (normals * mixed).sum(axis=1))
    planes = zip(*(column.tolist() for column in columns), strict=True)
    return [Plane(need, (x, y, z), offset, reached) for need, x, y, z, offset, reached in planes]


def _grams(task: Task, choice: Choice, delivered_g: Int64s) -> Int64s:
    """What is taken so that this arrives; what plain legs have too much or could have more is settled among them."""
    taken = np.where(choice.open, taken_for(delivered_g, task.legs.rate), 0)
    taken = np.where(delivered_g > 0, np.maximum(taken, choice.least_g), 0)
    return handed_out(task, np.minimum(taken, task.most_taken_g()), choice, still=task.mixed)


def learn_colours(task: Task, planes: list[Plane], until: float) -> None:
    """Adds the planes that colours alone ask for, whatever lots and least totals say, as far as time allows."""
    _tightened(task, every_leg(task), planes, 0.0, until)


def without_unmeetable(task: Task, choice: Choice, planes: list[Plane], until: float) -> Choice:
    """The choice without the recipes that, even alone, can't meet their colour with the legs chosen in time."""
    unmet = []
    for need in sorted({plane.need for plane in planes}):
        alone = replace(choice, open=choice.open & (task.legs.need == need))
        if alone.open.any() and _tightened(task, alone, list(planes), _A_GRAM, until) is None:
            unmet.append(need)
    against = np.isin(task.legs.need, unmet)
    fill_g = choice.fill_g.copy()
    fill_g[unmet] = 0
    return Choice(choice.open & ~against, np.where(against, 0, choice.least_g), fill_g)
