# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a search has found: a plan, how good any can be, and how much time there is for more."""

import math
import time
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from matching.allocation.relax import RowPrices
from matching.market.columns import Int64s

ROUNDING: Final = 1e-9  # of a solver's bound: what floating point may have lost
HAIR: Final = 2e-6  # of the value: what whole grams cost where a colour is met to a hair
MODELS: Final = 0.9  # of the time; what is left turns the last choice into whole grams


class Until(NamedTuple):
    """When solvers of models have to stop, and when what they chose has to be whole grams (`time.monotonic()`)."""

    models: float
    grams: float

    def share(self, share: float) -> Self:
        """Models may take a share of the time that is left."""
        return self._replace(models=time.monotonic() + share * (self.models - time.monotonic()))

    def part(self, share: float) -> Self:
        """Models and grams may take a share of the time that is left."""
        now = time.monotonic()
        return type(self)(*(now + share * (end - now) for end in self))


def until_deadline(deadline: float) -> Until:
    """Both ends of what begins now."""
    return Until(deadline, deadline).share(MODELS)


def whole_bound(bound: float) -> int:
    """A solver's bound in micro-points x grams, with what its arithmetic may have lost; 2**200 for none."""
    return int(bound * (1 + ROUNDING)) if math.isfinite(bound) else 1 << 200


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Grams per leg, the prices that bound every plan, and the better bound of a solver if there is one."""

    taken_g: Int64s
    value: int
    prices: RowPrices
    price_bound: int
    solver_bound: int | None

    @property
    def bound(self) -> int:
        """The smaller of both bounds."""
        return self.price_bound if self.solver_bound is None else min(self.solver_bound, self.price_bound)
