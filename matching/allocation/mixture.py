# SPDX-License-Identifier: AGPL-3.0-or-later
"""Between two plans that are equally good: as much of the one as a floor under a second value allows."""

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task, delivered_g
from matching.allocation.parts import part_numbers
from matching.market.columns import Int64s


def mixtures(task: Task, wanted_g: Int64s, safe_g: Int64s, column: Int64s, room: int) -> Iterator[Int64s]:
    """Legal plans between one that falls too low and one that doesn't, in turn closer to the first.

    Where they differ in parts that share nothing, parts are exchanged as long as the column's value falls by at most
    `room` (micro-units x grams); of the last one a share, in whole grams rounded down. What that rounding loses is
    kept back in one plan and not in the next, which may therefore fall lower.
    """
    differ = np.flatnonzero(wanted_g != safe_g)
    change, parts = _changes(task, differ, wanted_g, safe_g, column)
    plan, left = safe_g.copy(), list[int]()
    for part in sorted(parts, key=lambda part: (change[part] > 0, -change[part])):
        if change[part] <= room:
            plan[parts[part]] = wanted_g[parts[part]]
            room -= change[part]
        else:
            left.append(part)
    yield plan
    if left:
        legs = parts[left[-1]]
        lost = int(np.maximum(column[legs], 0).sum())  # by rounding: less than a gram of each leg
        for back in (min(lost, room), 0):
            plan = plan.copy()
            plan[legs] = _blended(wanted_g[legs], safe_g[legs], Fraction(room - back, change[left[-1]]))
            if next(broken_limits(task, plan), None) is None:
                yield plan


def _changes(
    task: Task, differ: Int64s, wanted_g: Int64s, safe_g: Int64s, column: Int64s
) -> tuple[dict[int, int], dict[int, Int64s]]:
    """By how much the column's value falls in each part that differs, and its legs."""
    number = part_numbers(task.only(differ)).tolist()
    rate = task.legs.rate[differ]
    fall = (delivered_g(safe_g[differ], rate) - delivered_g(wanted_g[differ], rate)).tolist()
    change: dict[int, int] = defaultdict(int)
    legs: dict[int, list[int]] = defaultdict(list)
    for part, leg, grams, value in zip(number, differ.tolist(), fall, column[differ].tolist(), strict=True):
        change[part] += grams * value
        legs[part].append(leg)
    return change, {part: np.array(places, dtype=np.int64) for part, places in legs.items()}


def _blended(one_g: Int64s, other_g: Int64s, share: Fraction) -> Int64s:
    """share x one + (1 - share) x other, rounded down to grams."""
    top, bottom = share.numerator, share.denominator
    pairs = zip(one_g.tolist(), other_g.tolist(), strict=True)
    return np.array([(top * one + (bottom - top) * other) // bottom for one, other in pairs], dtype=np.int64)
