# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run writes, and what its check has read in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING

from matching.evidence.claims import UNSAID, Claims, Prices, Row
from matching.evidence.proposal import SCORE_PLACES
from matching.evidence.units import decimal_text

if TYPE_CHECKING:
    from matching.evidence.proposed import Proposed
    from matching.evidence.told import Told

PriceRow = tuple[str, str, int]  # side, id, micro-units per kg


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """The rows of proposals.csv and of prices.csv; `claims` and `read` are None before they are checked."""

    proposals: tuple[Row, ...]
    prices: tuple[Row, ...]
    claims: Claims | None = None
    read: Prices | None = None


def written(proposed: "Proposed", prices: Sequence[PriceRow], told: "Told | None") -> Written:
    """The rows of both tables; those that an earlier run wrote and that still hold are its own."""
    if told is None:
        return Written(tuple(proposed.rows()), tuple(map(_price_row, prices)))
    then = told.rows(proposed.legs, proposed.taken_g)
    fresh = iter(proposed.only(then < 0).rows())
    rows = (next(fresh) if row < 0 else told.written.proposals[row] for row in then.tolist())
    said = zip(prices, chain(told.prices, repeat(UNSAID)), strict=False)
    return Written(
        tuple(rows), tuple(then if then and price == row[2] else _price_row(row) for row, (then, price) in said)
    )


def _price_row(row: PriceRow) -> Mapping[str, str]:
    side, listing, price = row
    return {"side": side, "id": listing, "price": decimal_text(price, SCORE_PLACES)}
