# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a small firm's first kilogram is worth at the margin where most ways mix or pass processors.

A flow sees plain legs alone. The linear relaxation sees all: a column y of each small listing, at most its first
grams and at most what its legs deliver, earns the bonus; what the second row charges is the listing's multiplier,
from nought (more would earn nothing) to the bonus (none is left to earn).
"""

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.sparse import block_array, coo_array, csr_array, eye_array

from matching.allocation.favours import Favours, Multipliers, no_multipliers
from matching.allocation.legs import Task
from matching.allocation.model import Model
from matching.allocation.relax import relaxed_model
from matching.allocation.solver import linear_plan
from matching.market.columns import Int64s

MOST_LEGS: Final = 25_000  # that one linear programme prices in a moment


def sees_more(task: Task, favours: Favours) -> bool:
    """Whether the relaxation says more than a flow of the plain legs, and is not too large; a tax stays a flow's."""
    return not favours.tax and 2 * int(task.plain.sum()) < len(task.legs) <= MOST_LEGS


def relaxed_multipliers(task: Task, favours: Favours, seconds: float) -> Multipliers:
    """The multipliers of the linear relaxation; nought, which bounds every plan too, where time runs out."""
    none = no_multipliers(task)
    small = np.flatnonzero(favours.offer_g > 0), np.flatnonzero(favours.need_g > 0)
    model = relaxed_model(task)
    found = linear_plan(_with_first_grams(task, favours, model, small), seconds)
    if found is None:
        return none
    charged = np.rint(np.clip(found.rows[len(model.row_high) :], 0, favours.bonus)).astype(np.int64)
    none.offer[small[0]], none.need[small[1]] = charged[: len(small[0])], charged[len(small[0]) :]
    return none


def _with_first_grams(task: Task, favours: Favours, model: Model, small: tuple[Int64s, Int64s]) -> Model:
    """A model with a column and a row of each small listing: offers first, then needs."""
    count, legs = len(small[0]) + len(small[1]), len(task.legs)
    ends = ((task.legs.offer, small[0]), (task.legs.need, small[1]))
    shipping = [np.flatnonzero(np.isin(end, listings)) for end, listings in ends]
    rows = [np.searchsorted(listings, end[leg]) for (end, listings), leg in zip(ends, shipping, strict=True)]
    row, leg = np.concatenate([rows[0], rows[1] + len(small[0])]), np.concatenate(shipping)
    delivered = coo_array((-np.ones(len(row)), (row, leg)), shape=(count, legs))
    matrix = csr_array(block_array([[model.matrix, None], [delivered, eye_array(count)]]))
    matrix.sort_indices()
    first = np.concatenate([favours.offer_g[small[0]], favours.need_g[small[1]]]) / model.unit_g
    return replace(
        model,
        value=np.concatenate([model.value, np.full(count, favours.bonus / model.unit_micro)]),
        low=np.zeros(legs + count),
        high=np.concatenate([model.high, first]),
        whole=np.zeros(legs + count, dtype=np.bool_),
        matrix=matrix,
        row_low=np.concatenate([model.row_low, np.full(count, -np.inf)]),
        row_high=np.concatenate([model.row_high, np.zeros(count)]),
    )
