# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an earlier run wrote, and its check read, that still holds: neither is done again.

A row of proposals.csv depends on its two listings, on what the policy counts and on its grams, a row of prices.csv on
its id and its price. Where these are as they were, the row is, word for word. What depends on other rows too (masses,
limits, the proof, every figure) is checked anew over all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import eq
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matching.allocation.legs import NO_PROCESSOR
from matching.allocation.policy import Policy
from matching.evidence.claims import UNSAID, Claims, Prices, Row, SaidPrice
from matching.evidence.written import Written
from matching.market.columns import Bools, Int64s
from matching.market.texts import Texts
from matching.pairing.rules import Index
from matching.pairing.sides import Sides

if TYPE_CHECKING:
    from matching.evidence.again import Earlier

QUOTED: Final = ("composition", "colour")  # reasons quote these cells as they were typed


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The rows of an earlier run beside the market as it is now."""

    written: Written
    row_of_leg: Int64s  # -1 for a leg of which nothing was told, or nothing that still holds
    mass_g: Int64s  # by row
    claims: Mapping[int, tuple[Any, ...]]  # what was read in a row that still holds, by its identity
    prices: list[SaidPrice]  # each offer's row and what was read in it, then each need's; None is new

    def rows(self, legs: Int64s, taken_g: Int64s) -> Int64s:
        """The row that tells these grams of each leg, -1 where there is none."""
        then = self.row_of_leg[legs]
        same = then >= 0
        same[same] = self.mass_g[then[same]] == taken_g[same]
        return np.where(same, then, -1)


def still_told(known: "Earlier", sides: Sides, policy: Policy) -> Told | None:
    """What still holds of what an earlier run wrote; None where its rows were never checked."""
    written = known.previous.written
    claims = written.claims
    if claims is None or written.read is None:
        return None
    row_of_leg = _rows_of_legs(known, sides, claims, policy)
    legs = np.flatnonzero(row_of_leg >= 0)
    rows = row_of_leg[legs].tolist()
    ends = known.pairs.offer[legs].tolist(), known.pairs.need[legs].tolist()
    read = (claims.mass_g, claims.delivered_g, claims.score, claims.value, claims.reasons)
    again = {
        id(written.proposals[row]): (offer, need, NO_PROCESSOR, NO_PROCESSOR, *(column[row] for column in read))
        for offer, need, row in zip(*ends, rows, strict=True)
    }
    return Told(written, row_of_leg, claims.mass_g, again, _prices(known, written.prices, written.read))


def _rows_of_legs(known: "Earlier", sides: Sides, claims: Claims, policy: Policy) -> Int64s:
    """Of each leg of the market as it is: direct ones come first, and nothing is kept of others."""
    then = np.full(len(known.kept.view.legs), -1, dtype=np.int64)
    if known.counts_alike(policy):
        then[claims.place] = np.arange(len(claims.place))
    row, kept = np.full(len(known.source), -1, dtype=np.int64), known.source >= 0
    row[kept] = then[known.source[kept]]
    legs = np.flatnonzero(row >= 0)
    before, (offer, need) = known.kept.view.sides, known.pairs.at(legs)
    quoted = _quoted_alike(sides.offers.texts, offer, before.offers.texts, known.change.offer[offer])
    quoted &= _quoted_alike(sides.needs.texts, need, before.needs.texts, known.change.need[need])
    row[legs[~quoted]] = -1
    return row


def _quoted_alike(now: Texts, rows: Index, then: Texts, rows_then: Index) -> Bools:
    alike = np.ones(len(rows), dtype=np.bool_)
    for column in QUOTED:
        cells = map(eq, now.cells(column, rows), then.cells(column, rows_then))
        alike &= np.fromiter(cells, dtype=np.bool_, count=len(rows))
    return alike


def _prices(known: "Earlier", rows: Sequence[Row], read: Prices) -> list[SaidPrice]:
    """Rows of offers come first, those of needs next."""
    offers, needs = list(read["offer"].values()), list(read["need"].values())
    said = list(zip(rows, [*offers, *needs], strict=False))
    later = np.where(known.change.need >= 0, known.change.need + len(offers), -1)
    return [said[row] if row >= 0 else UNSAID for row in [*known.change.offer.tolist(), *later.tolist()]]
