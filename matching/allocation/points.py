# SPDX-License-Identifier: AGPL-3.0-or-later
"""One answer on the way to a policy's plan: a plan, and prices that bound what was priced."""

import time
from dataclasses import dataclass, replace

import numpy as np

from matching.allocation.allocate import TIME_LIMIT
from matching.allocation.favours import Favours, Multipliers, favoured_bound, favoured_flow, no_multipliers
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task
from matching.allocation.relax import RowPrices
from matching.allocation.solve import Allocation, Watch, solve
from matching.market.columns import Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A plan, and what no plan exceeds of value and bonus together: by any proof, and by the prices alone."""

    taken_g: Int64s
    prices: RowPrices
    multipliers: Multipliers
    favours: Favours
    bound: int
    by_prices: int
    pairs_considered: int
    cut: bool = False  # no time was left for more

    def proves(self, floors: tuple[int, ...], served_g: int, kept_g: int) -> tuple[int, int]:
        """Both bounds on the value alone, of plans that keep the floors and favour at least as many grams."""
        favoured = self.favours.bonus * served_g + self.favours.tax * kept_g
        held = sum(price * floor for price, floor in zip(self.multipliers.floors, floors, strict=True))
        return self.bound - favoured - held // 10**6, self.by_prices - favoured - held // 10**6


def point_of(task: Task, favours: Favours, deadline: float, watch: Watch) -> Point:
    """The best plan of a task with what is favoured, and its proof; past the deadline one that favours nothing."""
    late = time.monotonic() >= deadline
    if late or not (favours.bonus or favours.tax):
        none = no_multipliers(task)
        point = _point(_solved(task, deadline, watch), none, favours, none.beyond(favours))
        return replace(point, cut=point.cut or late)
    plain = task.plain
    part = task.only(plain)
    grams, prices, multipliers = favoured_flow(part, favours.only(plain), deadline)
    taken, leg = np.zeros(len(plain), dtype=np.int64), np.where(favours.leg_g > 0, favours.tax, 0)
    taken[plain], leg[plain] = grams, multipliers.leg
    multipliers = replace(multipliers, leg=leg)
    if plain.all() and next(broken_limits(task, taken), None) is None:
        bound = favoured_bound(task, favours, prices, multipliers)
        cut = time.monotonic() >= deadline
        return Point(taken, prices, multipliers, favours, bound, bound, len(taken), cut)
    legs = replace(task.legs, value=task.legs.value + multipliers.added(task.legs))
    found = _solved(replace(task, legs=legs), deadline, watch)
    return _point(found, multipliers, favours, multipliers.beyond(favours))


def _point(found: Allocation, multipliers: Multipliers, favours: Favours, beyond: int) -> Point:
    bounds = found.bound + beyond, found.price_bound + beyond
    return Point(
        found.taken_g, found.prices, multipliers, favours, *bounds, found.pairs_considered, found.status == TIME_LIMIT
    )


def _solved(task: Task, deadline: float, watch: Watch) -> Allocation:
    """The same without the legs that are worth nothing; components of recipes stay, since they may help others."""
    kept = (task.legs.value > 0) | task.mixed
    found = solve(task.only(kept), deadline, watch)
    taken = np.zeros(len(kept), dtype=np.int64)
    taken[kept] = found.taken_g
    return replace(found, taken_g=taken)
