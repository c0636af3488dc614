# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why kilograms of either side stay where they are."""

from typing import Final

import numpy as np

from matching.evidence.view import View
from matching.market.columns import Bools

NO_PARTNER: Final = "no compatible partner"
NOT_WORTH: Final = "excluded by the policy"  # every pair that is left is forbidden or has no value
PARTNERS_TAKEN: Final = "partners taken"


def unmatched_g(
    view: View, allowed: Bools, left_g: tuple[list[int], list[int]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Grams left by reason, of offers and of needs; `allowed` are the legs an allocation may use."""
    ends = view.legs.offer, view.legs.need
    by_side = [
        _by_reason(left, *(np.bincount(end[pick], minlength=len(left)) > 0 for pick in (~view.mix.unfit, allowed)))
        for end, left in zip(ends, left_g, strict=True)
    ]
    return by_side[0], by_side[1]


def _by_reason(left_g: list[int], any_leg: Bools, allowed_leg: Bools) -> dict[str, int]:
    """Of listings that have any compatible leg, or an allowed one."""
    cases = ((NO_PARTNER, ~any_leg), (NOT_WORTH, any_leg & ~allowed_leg), (PARTNERS_TAKEN, allowed_leg))
    grams = {reason: sum(left_g[row] for row in np.flatnonzero(rows)) for reason, rows in cases}
    return {reason: mass for reason, mass in grams.items() if mass}
