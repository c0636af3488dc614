# SPDX-License-Identifier: AGPL-3.0-or-later
"""One answer on the way to a policy's plan: a plan, and prices that bound what was priced."""

import time
from dataclasses import dataclass, replace

import numpy as np

from matching.allocation.aims import worth
from matching.allocation.allocate import TIME_LIMIT
from matching.allocation.favoured import relaxed_multipliers, sees_more
from matching.allocation.favours import Favours, Multipliers, favoured_bound, favoured_flow, no_multipliers
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task, delivered_g
from matching.allocation.relax import RowPrices
from matching.allocation.solve import Allocation, Watch, solve
from matching.market.columns import Bools, Int64s


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
    if sees_more(task, favours):
        return _priced_with(
            relaxed_multipliers(task, favours, deadline - time.monotonic()), task, favours, deadline, watch
        )
    taken, prices, multipliers = _flow_of_plain(task, favours, deadline)
    if task.plain.all() and next(broken_limits(task, taken), None) is None:
        bound = favoured_bound(task, favours, prices, multipliers)
        return Point(taken, prices, multipliers, favours, bound, bound, len(taken), time.monotonic() >= deadline)
    return _priced_with(multipliers, task, favours, deadline, watch)


def _flow_of_plain(task: Task, favours: Favours, deadline: float) -> tuple[Int64s, RowPrices, Multipliers]:
    """The best plan of the legs that neither mix nor pass processors, its prices, and multipliers of all legs."""
    plain = task.plain
    grams, prices, multipliers = favoured_flow(task.only(plain), favours.only(plain), deadline)
    taken, leg = np.zeros(len(plain), dtype=np.int64), np.where(favours.leg_g > 0, favours.tax, 0)
    taken[plain], leg[plain] = grams, multipliers.leg
    return taken, prices, replace(multipliers, leg=leg)


def _priced_with(multipliers: Multipliers, task: Task, favours: Favours, deadline: float, watch: Watch) -> Point:
    """The best plan where first grams count by these multipliers."""
    legs = replace(task.legs, value=task.legs.value + multipliers.added(task.legs))
    found = _solved(replace(task, legs=legs), deadline, watch)
    point = _point(found, multipliers, favours, multipliers.beyond(favours))
    return replace(point, taken_g=_placed_anew(task, favours, found.taken_g, deadline))


def _placed_anew(task: Task, favours: Favours, found_g: Int64s, deadline: float) -> Int64s:
    """The plan with grams on legs that nothing ties placed anew beside the others, if that is worth more.

    A solver is told of favoured grams by a price per leg alone, which can't say how many they are; a flow can.
    """
    free = task.plain & ~_tied(task)
    plan, part = np.where(free, 0, found_g), task.only(free)
    arriving, limits, legs = delivered_g(plan, task.legs.rate), task.limits, task.legs
    left = [column.copy() for column in (limits.supply_g, limits.demand_g, favours.offer_g, favours.need_g)]
    for column, end, grams in zip(left, 2 * (legs.offer, legs.need), (plan, *3 * (arriving,)), strict=True):
        np.subtract.at(column, end, grams)
    part = replace(part, limits=replace(limits, supply_g=left[0], demand_g=left[1]))
    first = replace(favours.only(free), offer_g=np.maximum(left[2], 0), need_g=np.maximum(left[3], 0))
    plan[free] = favoured_flow(part, first, deadline)[0]
    better = _all_told(task, favours, plan) > _all_told(task, favours, found_g)
    return plan if better and next(broken_limits(task, plan), None) is None else found_g


def _tied(task: Task) -> Bools:
    """The legs that a lot, a limit of suppliers or a least total ties to others."""
    limits, legs = task.limits, task.legs
    of_need = (limits.lot_g > 0) | (limits.max_suppliers > 0) | (limits.min_fill_g > 0)
    return np.asarray((limits.least_g[legs.offer] > 0) | of_need[legs.need])


def _all_told(task: Task, favours: Favours, taken_g: Int64s) -> int:
    """What a plan is worth with all that is favoured."""
    favoured = favours.bonus * favours.served_g(task.legs, taken_g) + favours.tax * favours.kept_g(task.legs, taken_g)
    return worth(task, task.legs.value, taken_g) + favoured


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
