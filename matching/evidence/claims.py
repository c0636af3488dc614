# SPDX-License-Identifier: AGPL-3.0-or-later
"""A result as it was written, read back with suspicion: rows of text to numbers, and a fault for what can't be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from matching.allocation.legs import NO_PROCESSOR, Legs
from matching.allocation.policy import Policy
from matching.evidence.proposal import SCORE_PLACES, VALUE_PLACES
from matching.evidence.units import from_decimal_text
from matching.evidence.view import View
from matching.evidence.view_listed import listed_view
from matching.evidence.view_market import view_of
from matching.market.columns import Int64s, Needs, Offers, Processors
from matching.market.listed import ListedPairs

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a result: what kind, where it stands, and the values that disagree."""

    kind: str
    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.detail}"


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """All that a result consists of: its inputs, and the rows and figures that were written."""

    offers: Offers
    needs: Needs
    policy: Policy
    proposal_rows: Sequence[Row]
    price_rows: Sequence[Row]
    summary: Mapping[str, Any]
    processors: Processors | None = None
    listed: ListedPairs | None = None

    def derived_view(self) -> View:
        """The market as these inputs say it is, derived afresh."""
        if self.listed is not None:
            return listed_view(self.offers, self.needs, self.listed)
        return view_of(self.offers, self.needs, self.policy, self.processors)


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """The legible proposals as columns; `rows` are their places among the written rows."""

    rows: list[int]
    legs: Legs  # their values are not claimed, so they are 0
    place: Int64s  # of each leg among the view's, -1 for one that is not compatible
    mass_g: Int64s
    delivered_g: Int64s
    score: list[int]
    value: list[int]
    reasons: list[str]

    def where(self, k: int) -> str:
        """The place of a proposal as people find it; line 1 is the header."""
        return f"proposals.csv line {self.rows[k] + 2}"


MOST_STEPS: Final = 2
_NUMBERS: Final = (
    ("mass_kg", 3),
    ("delivered_kg", 3),
    ("score", SCORE_PLACES),
    ("value", VALUE_PLACES),
)


def read_proposals(view: View, rows: Sequence[Row]) -> tuple[Claims, list[Fault]]:
    """The proposals that can be read and name known listings, and a fault for each that can't."""
    ids = (view.sides.offers.ids, view.sides.needs.ids, view.processor_ids)
    places = [{listing: at for at, listing in enumerate(side)} for side in ids]
    faults: list[Fault] = []
    legible: list[tuple[Any, ...]] = []
    for at, row in enumerate(rows):
        try:
            legible.append((at, *_read(_as_scored(row) if view.listed else row, *places), row["reasons"]))
        except (KeyError, ValueError) as error:
            faults.append(Fault("malformed", f"proposals.csv line {at + 2}", str(error)))
    columns: list[list[Any]] = [[row[place] for row in legible] for place in range(10)]
    offer, need, first, second, taken, delivered = (np.array(column, dtype=np.int64) for column in columns[1:7])
    legs = view.legs_of(offer, need, first, second)
    return Claims(columns[0], legs, _places(view.legs, legs), taken, delivered, *columns[7:]), faults


def _as_scored(row: Row) -> Row:
    """A row of a listed pair, whose score is empty, as one of score 0."""
    if row["score"]:
        raise ValueError(f"{row['score']}: a listed pair has no score")
    return {**row, "score": "0"}


def _read(
    row: Row, offers: Mapping[str, int], needs: Mapping[str, int], processors: Mapping[str, int]
) -> tuple[int, ...]:
    if row["offer_id"] not in offers or row["need_id"] not in needs:
        raise ValueError(f"{row['offer_id']} → {row['need_id']} names a listing that is not in the market")
    through = [step for step in row["processor_ids"].split(";") if step]
    if len(through) > MOST_STEPS or not set(through) <= processors.keys():
        raise ValueError(f"{row['processor_ids']}: not one or two processors of this market")
    steps = [*(processors[step] for step in through), NO_PROCESSOR, NO_PROCESSOR][:MOST_STEPS]
    numbers = [from_decimal_text(row[column], places) for column, places in _NUMBERS]
    if max(numbers[:2]) >= 1 << 60:
        raise ValueError(f"{row['mass_kg']} kg is more than any market holds")
    return offers[row["offer_id"]], needs[row["need_id"]], *steps, *numbers


def read_prices(view: View, rows: Sequence[Row]) -> tuple[dict[str, dict[str, int]], list[Fault]]:
    """Prices by side and id, and a fault for each row that can't be a price of this market."""
    known = {side: set(ids) for side, ids in (*view.priced_ids.items(), *view.multiplied_ids.items())}
    prices: dict[str, dict[str, int]] = {side: {} for side in known}
    faults = []
    for at, row in enumerate(rows):
        try:
            side, listing = row["side"], row["id"]
            if side not in known or listing not in known[side] or listing in prices[side]:
                raise ValueError(f"{side} {listing} is unknown or priced twice")
            prices[side][listing] = from_decimal_text(row["price"], SCORE_PLACES)
        except (KeyError, ValueError) as error:
            faults.append(Fault("malformed", f"prices.csv line {at + 2}", str(error)))
    return prices, faults


def _places(known: Legs, claimed: Legs) -> Int64s:
    """Where claimed legs stand among those known, -1 for one that is unknown."""
    pair, claimed_pair = ((legs.need << 32) + legs.offer for legs in (known, claimed))
    place = np.flatnonzero(np.isin(pair, claimed_pair))
    known_at = dict(zip(_keys(known.only(place)), place.tolist(), strict=True))
    return np.array([known_at.get(key, -1) for key in _keys(claimed)], dtype=np.int64)


def _keys(legs: Legs) -> list[tuple[int, ...]]:
    columns = (legs.offer, legs.need, legs.first, legs.second)
    return list(zip(*(column.tolist() for column in columns), strict=True))
