# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is still true since an earlier market: pairs of listings that are as they were.

Whether a pair breaks a rule depends on its two listings alone. So pairs of unchanged listings are kept, and only what
is new is looked for: the new offers for every need, and every other offer for the new needs.
"""

from dataclasses import dataclass

import numpy as np

from matching.market.columns import Int32s, Int64s, Needs, Offers
from matching.market.rows import rows_alike
from matching.pairing.kernel import scan
from matching.pairing.retrieve import Pairs, lawful, passing
from matching.pairing.shelves import lay_out_few
from matching.pairing.sides import Sides


@dataclass(frozen=True, slots=True, eq=False)
class Since:
    """For each offer and each need its row in the earlier market, -1 where it is new or not as it was."""

    offer: Int64s
    need: Int64s


def since(earlier: Sides, offers: Offers, needs: Needs) -> Since:
    """What became of each listing; ids in both markets stand sorted."""
    return Since(_earlier_rows(offers, earlier.offers), _earlier_rows(needs, earlier.needs))


def _earlier_rows(now: Offers | Needs, then: Offers | Needs) -> Int64s:
    at = dict(zip(then.ids, range(len(then)), strict=True))
    rows = np.array([at.get(listing, -1) for listing in now.ids], dtype=np.int64)
    both = np.flatnonzero(rows >= 0)
    changed = both[~rows_alike(now, both, then, rows[both])]
    rows[changed] = -1
    return rows


def pairs_since(sides: Sides, earlier: Pairs, change: Since) -> tuple[Pairs, Int64s]:
    """All compatible pairs, and for each its place among the earlier ones, -1 where it is new."""
    kept = np.flatnonzero(np.isin(earlier.offer, change.offer) & np.isin(earlier.need, change.need))
    old = _now(change.offer, earlier.offer[kept]), _now(change.need, earlier.need[kept])
    fresh, examined = _new_pairs(sides, change)
    offer, need = (np.concatenate(column) for column in zip(old, fresh, strict=True))
    order = np.argsort((need.astype(np.int64) << 32) + offer)
    source = np.concatenate([kept, np.full(len(fresh[0]), -1)])
    return Pairs(offer[order].astype(np.int32), need[order].astype(np.int32), examined), source[order]


def _now(rows_then: Int64s, then: Int32s) -> Int64s:
    """The rows that these earlier rows have now; each of them has one."""
    now = np.zeros(int(rows_then.max(initial=-1)) + 1, dtype=np.int64)
    kept = np.flatnonzero(rows_then >= 0)
    now[rows_then[kept]] = kept
    return now[then]


def _new_pairs(sides: Sides, change: Since) -> tuple[tuple[Int64s, Int64s], int]:
    """Pairs with a new end, and how many pairs were looked at."""
    allowed, new_offer, new_need = lawful(sides), change.offer < 0, change.need < 0
    every = np.ones_like(new_need)
    halls = [lay_out_few(sides, allowed & new_offer, every), lay_out_few(sides, allowed & ~new_offer, new_need)]
    found = [passing(sides, *scan(*hall)) for hall in halls]
    offer, need = (np.concatenate(column) for column in zip(*found, strict=True))
    return (offer.astype(np.int64), need.astype(np.int64)), sum(int(hall.examined.sum()) for hall in halls)
