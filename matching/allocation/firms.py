# SPDX-License-Identifier: AGPL-3.0-or-later
"""No firm gets more proposals than it can talk about.

The plan without the limit comes first: where it keeps it, nothing is left to do, and its bound holds in any case, since
the limit only takes plans away. Otherwise the least valuable legs of firms that have too many are closed and the rest
is solved again, until all keep it. The plan is legal and its gap is stated; it need not be the best one.
"""

import time
from dataclasses import replace
from typing import Final

import numpy as np

from matching.allocation.aims import Aims, Reached, taken_off, worth
from matching.allocation.allocate import GAP_OPEN, OPTIMAL
from matching.allocation.firm_limit import FirmLimit
from matching.allocation.legs import Task, delivered_g
from matching.allocation.relax import is_solved, price_bound
from matching.allocation.solve import BY_PRICES, BY_SOLVER, Allocation, Watch
from matching.allocation.stages import Staged, solve_aims
from matching.market.columns import Bools, Int64s

PATIENCE: Final = 6  # rounds that close only legs in use; then a firm keeps the legs it has


def solve_within(task: Task, aims: Aims, limit: FirmLimit | None, deadline: float, watch: Watch) -> Staged:
    """The plan of a policy whose firms are limited; without a limit that of its aims."""
    if limit is None:
        return solve_aims(task, aims, deadline, watch)
    first = found = solve_aims(task, aims, _sooner(deadline), watch)
    taken, open_legs, turn = first.allocation.taken_g, np.ones(len(task.legs), dtype=np.bool_), 0
    while len(firms := limit.too_many(taken > 0)):
        open_legs &= ~_closed(task, taken, limit, firms, every=turn >= PATIENCE)
        found = solve_aims(task.only(open_legs), aims.only(open_legs), _sooner(deadline), watch)
        taken = np.zeros(len(open_legs), dtype=np.int64)
        taken[open_legs] = found.allocation.taken_g
        turn += 1
    return first if turn == 0 else _proven(task, aims, first, (taken, _reached(aims, first, found)))


def _sooner(deadline: float) -> float:
    """Half of the time that is left."""
    return time.monotonic() + (deadline - time.monotonic()) / 2


def _closed(task: Task, taken_g: Int64s, limit: FirmLimit, firms: Int64s, *, every: bool) -> Bools:
    """The legs that firms with too many give up: the least valuable in use, in the end also all that are not."""
    closed = np.zeros(len(taken_g), dtype=np.bool_)
    value = delivered_g(taken_g, task.legs.rate).astype(np.float64) * task.legs.value
    for firm in firms.tolist():
        own = np.flatnonzero((limit.offer_firm == firm) | (limit.need_firm == firm))
        used = own[(taken_g[own] > 0) & ~closed[own]]
        kept = used[np.lexsort((used, -value[used]))][: limit.left[firm]]
        closed[np.setdiff1d(own if every else used, kept)] = True
    return closed


def _reached(aims: Aims, first: Staged, found: Staged) -> tuple[Reached, ...]:
    """How high objectives went within the limit, bounded for all plans above the floors that it left."""
    floors, reached = tuple[int, ...](), tuple[Reached, ...]()
    for stage, point in enumerate(first.proofs):
        mine, bound, pinned = found.reached[stage], first.reached[stage].bound, aims.pinned[stage]
        if floors or point.favours.tax:
            bound = point.proves(floors, 0, found.kept_g)[1] + pinned
        reached += (replace(mine, bound=bound),)
        floors += (mine.floor - pinned,)
    return reached


def _proven(task: Task, aims: Aims, first: Staged, found: tuple[Int64s, tuple[Reached, ...]]) -> Staged:
    """The limited plan with the proof of the unlimited one."""
    taken, reached = found
    value, allocation = worth(task, aims.columns[-1], taken), first.allocation
    bound, by_prices = allocation.bound, allocation.price_bound
    if not aims.simple:
        off = taken_off(task, aims, (first.multipliers, first.favours), [reach.floor for reach in reached], taken)
        bound = by_prices = price_bound(task.limits, allocation.prices) + off
    bound = max(bound, value)
    status = OPTIMAL if is_solved(value, bound, aims.closed_per) else GAP_OPEN
    source = BY_SOLVER if bound < by_prices else BY_PRICES
    proof = value, by_prices, bound, source, status, allocation.pairs_considered, None
    return replace(first, allocation=Allocation(taken, allocation.prices, *proof), reached=reached)
