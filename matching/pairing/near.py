# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom a new listing could go with in a market that stands: few of many, found without preparing the many anew.

What a compiled loop does for all needs (`shelves.py`, `kernel.py`) is done here for one listing, a column at a time:
eight whole numbers per listing drop what lies outside the limits. They decide nothing: whoever asks lets the rules
have the last word on the few that are left.
"""

from dataclasses import dataclass

import numpy as np

from matching.market.columns import Bools, Int32s, Int64s, Needs, Offers
from matching.pairing.kernel import FACTS, SHARE
from matching.pairing.shelves import facts_of, limits_of_needs, rarest_bounds
from matching.pairing.sides import Sides, prepare


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Both sides of a market with what is compared: limits of the needs, facts of the offers."""

    sides: Sides
    fibre: Int64s  # the fibre that each need's limits on the share are about, -1: none
    low: Int32s  # (FACTS, needs): a row per fact lies together
    high: Int32s
    facts: Int32s  # (FACTS, offers), of no fibre

    def needs_of(self, offer: Offers) -> Int64s:
        """Rows of the needs that one new offer may suit."""
        own = prepare(offer, self.sides.needs.take([]))
        asked = self.sides.needs
        rows = np.flatnonzero((asked.forms & own.form_bit[0] != 0) & (asked.regimes & own.regime_bit[0] != 0))
        facts = facts_of(own, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))[0]
        for fact in range(FACTS):
            here = np.where(self.fibre[rows] >= 0, own.shares[0, self.fibre[rows]], 0) if fact == SHARE else facts[fact]
            rows = rows[(self.low[fact, rows] <= here) & (here <= self.high[fact, rows])]
        return rows

    def offers_of(self, need: Needs) -> Int64s:
        """Rows of the offers that may suit one new need."""
        own = prepare(self.sides.offers.take([]), need)
        bound = rarest_bounds(own)
        low, high = limits_of_needs(own, bound)
        rows = np.flatnonzero(
            (self.sides.form_bit & need.forms[0] != 0) & (self.sides.regime_bit & need.regimes[0] != 0)
        )
        for fact in range(FACTS):
            here = self.facts[fact, rows]
            if fact == SHARE and bound[0] >= 0:
                here = self.sides.shares[rows, own.bound_fibre[bound[0]]]
            rows = rows[_between(here, low[0, fact], high[0, fact])]
        return rows


def _between(values: Int32s, low: np.int32, high: np.int32) -> Bools:
    return np.asarray((low <= values) & (values <= high))


def near_of(offers: Offers, needs: Needs) -> Near:
    """A market made ready to be asked."""
    sides = prepare(offers, needs)
    bound = rarest_bounds(sides)
    fibre = np.full(len(needs), -1, dtype=np.int64)
    fibre[bound >= 0] = sides.bound_fibre[bound[bound >= 0]]
    every = np.arange(len(offers))
    columns = (*limits_of_needs(sides, bound), facts_of(sides, every, np.zeros_like(every)))
    return Near(sides, fibre, *(np.ascontiguousarray(column.T) for column in columns))
