# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a market came out: who ships how much to whom, what is left, and what a kilogram is worth at the margin."""

from collections import Counter
from dataclasses import dataclass
from functools import partial

import numpy as np

from matching.allocation.legs import Legs, delivered_g
from matching.allocation.policy import Policy
from matching.allocation.relax import RowPrices
from matching.evidence.claims import Prices, Result, read_prices, read_proposals
from matching.evidence.staged import priced_view, read_multipliers
from matching.evidence.view import View
from matching.market.columns import Int64s


@dataclass(frozen=True, slots=True)
class Share:
    """Grams that another listing has of this one."""

    listing_id: str
    mass_g: int


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A market with the grams each leg takes; prices are 0 for listings that were left out."""

    view: View
    policy: Policy
    taken_g: Int64s
    prices: RowPrices

    @property
    def delivered_g(self) -> Int64s:
        """Grams each leg delivers."""
        return delivered_g(self.taken_g, self.view.legs.rate)

    def takers(self, offer: int) -> tuple[Share, ...]:
        """Who takes this offer, most first."""
        shipped, sides = self._shipped(), self.view.sides
        mine = shipped.legs.offer == offer
        return _shares(shipped.legs.need[mine], sides.needs.ids, shipped.taken_g[mine])

    def suppliers(self, need: int) -> tuple[Share, ...]:
        """Who supplies this need, most first."""
        shipped, sides = self._shipped(), self.view.sides
        mine = shipped.legs.need == need
        return _shares(shipped.legs.offer[mine], sides.offers.ids, shipped.delivered_g[mine])

    def between_g(self, offer: int, need: int) -> int:
        """Grams that this need gets of this offer, whatever the way."""
        shipped = self._shipped()
        return int(shipped.delivered_g[(shipped.legs.offer == offer) & (shipped.legs.need == need)].sum())

    def left_g(self) -> tuple[Int64s, Int64s]:
        """Grams that stay with each offer, and that each need still lacks."""
        supply, demand = self.view.sides.offers.mass_g.copy(), self.view.sides.needs.mass_g.copy()
        shipped = self._shipped()
        np.subtract.at(supply, shipped.legs.offer, shipped.taken_g)
        np.subtract.at(demand, shipped.legs.need, shipped.delivered_g)
        return supply, demand

    def _shipped(self) -> "_Shipped":
        """The legs that ship something: a few among many that could."""
        used = np.flatnonzero(self.taken_g)
        legs = self.view.legs.only(used)
        return _Shipped(legs, self.taken_g[used], delivered_g(self.taken_g[used], legs.rate))


@dataclass(frozen=True, slots=True, eq=False)
class _Shipped:
    """Legs with the grams they take and deliver."""

    legs: Legs
    taken_g: Int64s
    delivered_g: Int64s


def _shares(other: Int64s, ids: tuple[str, ...], mass_g: Int64s) -> tuple[Share, ...]:
    grams: Counter[str] = Counter()
    for row, mass in zip(other.tolist(), mass_g.tolist(), strict=True):
        grams[ids[row]] += mass
    return tuple(Share(*share) for share in sorted(grams.items(), key=lambda share: (-share[1], share[0])) if share[1])


def outcome_of(result: Result, view: View) -> Outcome:
    """The outcome a written result tells of; what in it can't be read is left out (`verify` names it)."""
    claims, _ = read_proposals(view, result.proposal_rows)
    written, _ = read_prices(view, result.price_rows)
    taken_g = np.zeros(len(view.legs), dtype=np.int64)
    known = claims.place >= 0
    np.add.at(taken_g, claims.place[known], claims.mass_g[known])
    priced = priced_view(view, read_multipliers(view, written))
    return Outcome(priced, result.policy, taken_g, row_prices(view, written))


def row_prices(view: View, written: Prices) -> RowPrices:
    """Written prices as columns, 0 where there is none."""
    column = partial(np.array, dtype=np.int64)
    ids = view.priced_ids
    return RowPrices(*(column([written[side].get(listing, 0) for listing in ids[side]]) for side in ids))
