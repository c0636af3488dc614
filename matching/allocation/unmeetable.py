# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes that no mix of their components keeps, and the prices that prove it.

One linear programme asks what every recipe would get if there were enough of everything. One that gets nothing there
gets nothing anywhere, and what its rows then charge each component covers all that it is worth (Farkas).
"""

from dataclasses import replace
from typing import Final

import numpy as np

from matching.allocation.legs import Task
from matching.allocation.relax import relaxed_model, row_prices
from matching.allocation.solver import linear_plan
from matching.market.columns import Bools, Int64s

ENOUGH_G: Final = 10**12
ASKED_G: Final = 10**6


def meetable(task: Task, seconds: float) -> tuple[Bools, Int64s]:
    """The legs but for those of recipes that can't be met, and the prices of the rows of these."""
    recipe = np.zeros(0 if task.mix is None else len(task.mix.need), dtype=np.int64)
    mixed, every = task.mixed, np.ones(len(task.legs), dtype=np.bool_)
    if task.mix is None:
        return every, recipe
    limits = replace(
        task.limits,
        supply_g=np.full_like(task.limits.supply_g, ENOUGH_G),
        demand_g=np.full_like(task.limits.demand_g, ASKED_G),
        capacity_g=np.full_like(task.limits.capacity_g, ENOUGH_G),
    )
    roomy = replace(task, limits=limits).only(mixed)
    model = relaxed_model(roomy)
    found = linear_plan(model, seconds)
    if found is None:
        return every, recipe
    served = np.bincount(roomy.legs.need, found.columns * model.unit_g, len(limits.demand_g)) > 1
    lost = ~served[task.mix.need]
    recipe[lost] = row_prices(roomy, model, found).recipe[lost]
    return ~mixed | served[task.legs.need], recipe
