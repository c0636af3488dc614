# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many grams pairs could ship beside all that is proposed, once a cell is changed: no lot is broken."""

import numpy as np

from matching.evidence.changes import STATE_IT, Change
from matching.evidence.outcome import Outcome
from matching.evidence.units import from_decimal_text
from matching.market.columns import Bools, Int64s


class Room:
    """What the proposals of an outcome leave of both sides."""

    def __init__(self, outcome: Outcome) -> None:
        used, legs = np.flatnonzero(outcome.taken_g), outcome.view.legs
        self._supplying = np.unique(_pairs(legs.offer[used], legs.need[used]))
        self._limits, self._offers = outcome.view.limits, outcome.view.sides.offers
        self.offers_left_g, self.needs_left_g = outcome.left_g()

    def each_g(self, change: Change, offer: Int64s, need: Int64s) -> Int64s:
        """Grams that each of these pairs could ship by itself."""
        grams = np.minimum(self.offers_left_g[offer], self.needs_left_g[need] + self.more_g(change, need))
        fits = (grams >= self._least_g(change, offer)) & (grams >= self._lot_g(change, need))
        return np.where(fits & (self.suppliers_left(need) >= self._is_new(offer, need)), grams, 0)

    def suppliers_left(self, need: Int64s) -> Int64s:
        """How many more suppliers each need may have."""
        most, suppliers = self._limits.max_suppliers[need], self._supplying >> 32
        have = np.searchsorted(suppliers, need, "right") - np.searchsorted(suppliers, need, "left")
        return np.where(most > 0, most - have, len(self._offers))

    def filled(self, change: Change, need: Int64s, arriving_g: Int64s) -> Bools:
        """Whether needs get their least total with so much more."""
        least = _after(change, "need", "min_fill_kg", self._limits.min_fill_g[need])
        return np.asarray(self._limits.demand_g[need] - self.needs_left_g[need] + arriving_g >= least)

    def _is_new(self, offer: Int64s, need: Int64s) -> Bools:
        return ~np.isin(_pairs(offer, need), self._supplying)

    def more_g(self, change: Change, need: Int64s) -> Int64s:
        """Grams that each need wants beyond what it wanted."""
        wanted = self._limits.demand_g[need]
        return _after(change, "need", "mass_kg", wanted) - wanted

    def _least_g(self, change: Change, offer: Int64s) -> Int64s:
        if change.column == "divisible":
            return self._offers.lot_g[offer]
        return _after(change, "offer", "lot_kg", self._limits.least_g[offer])

    def _lot_g(self, change: Change, need: Int64s) -> Int64s:
        return _after(change, "need", "lot_kg", self._limits.lot_g[need])


def _pairs(offer: Int64s, need: Int64s) -> Int64s:
    return np.asarray((need << 32) + offer)


def _after(change: Change, whose: str, column: str, before_g: Int64s) -> Int64s:
    """Grams of a column, which may be the one that changes."""
    if (change.whose, change.column) != (whose, column) or change.after == STATE_IT:
        return before_g
    return np.full_like(before_g, from_decimal_text(change.after, 3))
