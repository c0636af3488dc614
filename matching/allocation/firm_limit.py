# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many proposals each firm may get; apart from what keeps the limit, so that `verify` loads no solver."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from matching.market.columns import Bools, Int64s


@dataclass(frozen=True, slots=True, eq=False)
class FirmLimit:
    """The firms at both ends of each leg, and how many proposals each firm may still get beside its pins."""

    offer_firm: Int64s
    need_firm: Int64s
    left: Int64s

    def only(self, chosen: Bools) -> Self:
        """The same for some of the legs."""
        return replace(self, offer_firm=self.offer_firm[chosen], need_firm=self.need_firm[chosen])

    def too_many(self, used: Bools) -> Int64s:
        """The firms that these legs give more proposals than they may have."""
        ends = np.concatenate([self.offer_firm[used], self.need_firm[used]])
        return np.flatnonzero(np.bincount(ends, minlength=len(self.left)) > self.left)
