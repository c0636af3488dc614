# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whole grams of recipes that keep every row, from grams that miss some by rounding.

A component that has too much of something gives up the fewest grams that bring its row in order, the one that the
other rows of the recipe miss least; that may put another row out by less, and so on: a few grams in all, fewer where a
gram that rounding cut off is given back first. Where that goes in circles, a small linear programme leaves as much
room in every row as rounding down can take. Bounds that add up to 100 % may leave no room at all: the mix is then taken
apart into extreme ones, whose few shares are fractions as the percentages are, and whole multiples of each keep every
row.
"""

from fractions import Fraction
from math import gcd, lcm
from typing import Any, Final

import numpy as np
from scipy.sparse import coo_array, issparse

from matching.allocation.legs import Task
from matching.market.columns import Bools, Floats, Int64s

STEPS: Final = 40
MUCH: Final = 1_000  # grams: what misses by more was not rounding
DENOMINATOR: Final = 10**6  # of the shares of an extreme mix
_HELD: Final = 2.0**62


def trimmed(task: Task, mixed: Floats) -> Int64s:
    """Delivered grams in whole ones, less what puts recipes in order; a recipe that can't be is left as it is.

    `mixed` keeps every row, as far as floating point goes.
    """
    mix, grams = task.mix, _rounded(task, mixed)
    if mix is None:
        return grams
    rows = np.flatnonzero(~mix.box)
    matrix, need = mix.matrix[rows], mix.need[rows]
    spare = _Spare(task, grams, mixed)
    for wrong in np.unique(need[_sums(matrix, grams) > 0]).tolist():
        own = matrix[np.flatnonzero(need == wrong)]
        legs = np.unique(own.indices)
        legs = legs[grams[legs] > 0]
        found = _whole(own[:, legs].toarray(), grams[legs], mixed[legs], spare.of(wrong, legs))
        if found is not None:
            spare.note(legs, found - grams[legs])
            grams[legs] = found
    return grams


def _whole(rows: Int64s, grams: Int64s, mixed: Floats, spare: tuple[Bools, int]) -> Int64s | None:
    """Grams that keep every row of one recipe, as many as any way finds; None where none finds any."""
    found = _in_order(rows, grams)
    if found is None or found.sum() < grams.sum() - len(grams):  # it cost more than a gram of each component
        raised = _in_order(rows, _raised(rows, grams, *spare))
        near = [one for one in (found, raised) if one is not None]
        found = max(near, key=lambda one: int(one.sum()), default=None)
    found = _with_room(rows, grams) if found is None else found
    return in_ratio(rows, mixed) if found is None else found


class _Spare:
    """Where a gram that rounding down cut off may be given back: listings that would not get or give too much by it."""

    def __init__(self, task: Task, grams: Int64s, mixed: Floats) -> None:
        legs, limits = task.legs, task.limits
        self._offer, self._cut = legs.offer, legs.lossless & (mixed > grams)
        self._left = limits.supply_g - np.bincount(legs.offer, grams, len(limits.supply_g)).astype(np.int64)
        self._left[legs.offer[~legs.lossless & (mixed > 0)]] = 0  # what a leg with a yield takes is settled later
        self._lacking = limits.demand_g - np.bincount(legs.need, grams, len(limits.demand_g)).astype(np.int64)

    def of(self, need: int, legs: Int64s) -> tuple[Bools, int]:
        """Of some legs of a recipe those that may get a gram more, and how many grams it may get in all."""
        return self._cut[legs] & (self._left[self._offer[legs]] > 0), int(self._lacking[need])

    def note(self, legs: Int64s, more: Int64s) -> None:
        """What was settled for a recipe."""
        np.subtract.at(self._left, self._offer[legs], more)


def _raised(rows: Int64s, grams: Int64s, may: Bools, most: int) -> Int64s:
    """A gram more of what brings the worst row in order, instead of one that puts it out where no more may be added."""
    raised, may, reach = grams.copy(), may.copy(), np.maximum(np.abs(rows).max(axis=1), 1)
    for _ in range(len(grams)):
        excess = _sums(rows, raised)
        worst = int((excess / reach).argmax())
        gain = np.where(may, -rows[worst], 0)
        k = int(gain.argmax())
        if excess[worst] <= 0 or gain[k] <= 0:
            break
        raised[k] += 1
        may[k] = False
        raised[int(rows[worst].argmax())] -= raised.sum() > grams.sum() + most
    return np.maximum(raised, 0)


def _rounded(task: Task, mixed: Floats) -> Int64s:
    """Rounded down where legs have a yield, or a listing would give or get too much; elsewhere to the nearest gram."""
    legs, limits = task.legs, task.limits
    low, near = np.floor(mixed + 1e-4), np.rint(mixed)
    given = np.bincount(legs.offer, near, len(limits.supply_g))
    got = np.bincount(legs.need, near, len(limits.demand_g))
    over = (given > limits.supply_g)[legs.offer] | (got > limits.demand_g)[legs.need] | ~legs.lossless
    return np.where(over, low, near).astype(np.int64)


def _in_order(rows: Int64s, grams: Int64s) -> Int64s | None:
    """Rows of entries, and grams that keep them all."""
    left, reach = grams.copy(), np.maximum(np.abs(rows).max(axis=1), 1)
    for _ in range(STEPS):
        excess = _sums(rows, left)
        worst = int((excess / reach).argmax())
        if excess[worst] <= 0:
            return left
        needed = np.minimum(rows / reach[:, None], 0).sum(axis=0)  # how much other rows rely on each leg
        gain = np.where((rows[worst] > 0) & (left > 0), rows[worst] / reach[worst] / (1 - needed), 0.0)
        k = int(gain.argmax())
        fewer = -(-int(excess[worst]) // int(rows[worst, k])) if gain[k] > 0 else MUCH + 1
        if fewer > MUCH:
            return None
        left[k] = max(left[k] - fewer, 0)
    return None


def _with_room(rows: Int64s, grams: Int64s) -> Int64s | None:
    from scipy.optimize import linprog

    reach = np.maximum(np.abs(rows).max(axis=1), 1)
    share = rows / reach[:, None]
    room = np.minimum(share, 0).sum(axis=1)
    answer = linprog(-np.ones(len(grams)), A_ub=share, b_ub=room, bounds=[(0, most) for most in grams.tolist()])
    if answer.x is None:
        return None
    found = np.floor(answer.x + 1e-6).astype(np.int64)
    return found if not (_sums(rows, found) > 0).any() else None


def in_ratio(rows: Int64s, mixed: Floats) -> Int64s | None:
    """Whole multiples of the extreme mixes that this one consists of."""
    left, found = mixed.copy(), np.zeros(len(mixed), dtype=np.int64)
    for _ in range(sum(rows.shape)):
        unit = _extreme(rows, left)
        if unit is None:
            break
        used, kept, slack = unit > 0, _sums(rows, unit), rows @ left
        times = min((left[used] / unit[used]).min(), (slack[kept < 0] / kept[kept < 0]).min(initial=np.inf))
        found += unit * max(int(times + 1e-6), 0)
        left = left - unit * max(times, 0.0)
        left[left < 1] = 0
    return found if found.any() else None


def _extreme(rows: Int64s, left: Floats) -> Int64s | None:
    """The fewest grams of an extreme mix of what is left, of few components and rather of what there is much of."""
    from scipy.optimize import linprog

    own = np.flatnonzero(left)
    if not len(own):
        return None
    share = rows[:, own] / np.maximum(np.abs(rows).max(axis=1), 1)[:, None]
    answer = linprog(-left[own], A_ub=share, b_ub=np.zeros(len(rows)), A_eq=np.ones((1, len(own))), b_eq=[1.0])
    if answer.x is None:
        return None
    parts = [Fraction(part).limit_denominator(DENOMINATOR) for part in (answer.x / answer.x.max()).tolist()]
    whole = lcm(*(part.denominator for part in parts))
    if whole > left.max():
        return None
    unit = np.zeros(len(left), dtype=np.int64)
    unit[own] = [int(part * whole) for part in parts]
    return unit // gcd(*unit.tolist()) if not (_sums(rows, unit) > 0).any() else None


def _sums(rows: Any, grams: Int64s) -> Any:
    """What each row comes to, exactly: in Python's integers where int64 would not hold it."""
    largest = np.abs(rows.data if issparse(rows) else rows).max(initial=0)
    if float(largest) * float(grams.sum()) < _HELD:
        return rows @ grams
    cells, sums = coo_array(rows), np.zeros(rows.shape[0], dtype=object)
    np.add.at(sums, cells.row, cells.data.astype(object) * grams[cells.col].astype(object))
    return sums
