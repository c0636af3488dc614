# SPDX-License-Identifier: AGPL-3.0-or-later
"""A result as it was written, read back with suspicion: rows of text to numbers, and a fault for what can't be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Final

import numpy as np

from matching.allocation.legs import NO_PROCESSOR, Legs
from matching.allocation.policy import Policy
from matching.evidence.proposal import SCORE_PLACES, VALUE_PLACES
from matching.evidence.units import from_decimal_text
from matching.evidence.view import View
from matching.evidence.view_listed import listed_view
from matching.evidence.view_market import view_of
from matching.market.columns import Bools, Int64s, Needs, Offers, Processors
from matching.market.listed import ListedPairs

Row = Mapping[str, str]
Prices = Mapping[str, Mapping[str, int]]  # micro-units per kg by side and id
SaidPrice = tuple[Row | None, int]  # a row of prices.csv that an earlier check has read, and what it read

UNSAID: Final[SaidPrice] = (None, 0)


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
    said: Bools  # whether an earlier check has read this very row of the same two listings, and found it true

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


def read_proposals(
    view: View, rows: Sequence[Row], known: Mapping[int, tuple[Any, ...]] | None = None
) -> tuple[Claims, list[Fault]]:
    """The proposals that can be read and name known listings, and a fault for each that can't.

    `known` is what an earlier check read in a row, by the row's identity; it is not read again.
    """
    known = known or {}
    ids = (view.sides.offers.ids, view.sides.needs.ids, view.processor_ids)
    places = [{listing: at for at, listing in enumerate(side)} for side in ids]
    faults: list[Fault] = []
    legible: list[tuple[Any, ...]] = []
    for at, row in enumerate(rows):
        read = known.get(id(row))
        try:
            legible.append((at, *(read or _read(row, view.listed, *places)), read is not None))
        except (KeyError, ValueError) as error:
            faults.append(Fault("malformed", f"proposals.csv line {at + 2}", str(error)))
    columns: list[list[Any]] = [[row[place] for row in legible] for place in range(11)]
    offer, need, first, second, taken, delivered = (np.array(column, dtype=np.int64) for column in columns[1:7])
    legs, said = view.legs_of(offer, need, first, second), np.array(columns[10], dtype=np.bool_)
    score, value, reasons = columns[7:10]
    return Claims(columns[0], legs, _places(view, legs), taken, delivered, score, value, reasons, said), faults


def _read(
    row: Row, listed: bool, offers: Mapping[str, int], needs: Mapping[str, int], processors: Mapping[str, int]
) -> tuple[Any, ...]:
    """Rows of both listings and of the processors, grams taken and delivered, score, value, reasons."""
    if listed:
        row = _as_scored(row)
    if row["offer_id"] not in offers or row["need_id"] not in needs:
        raise ValueError(f"{row['offer_id']} → {row['need_id']} names a listing that is not in the market")
    through = row["processor_ids"].split(";") if row["processor_ids"] else []
    if len(through) > MOST_STEPS or not set(through) <= processors.keys():
        raise ValueError(f"{row['processor_ids']}: not one or two processors of this market")
    steps = [*(processors[step] for step in through), NO_PROCESSOR, NO_PROCESSOR][:MOST_STEPS]
    numbers = [from_decimal_text(row[column], places) for column, places in _NUMBERS]
    if max(numbers[:2]) >= 1 << 60:
        raise ValueError(f"{row['mass_kg']} kg is more than any market holds")
    return offers[row["offer_id"]], needs[row["need_id"]], *steps, *numbers, row["reasons"]


def _as_scored(row: Row) -> Row:
    """A row of a listed pair, whose score is empty, as one of score 0."""
    if row["score"]:
        raise ValueError(f"{row['score']}: a listed pair has no score")
    return {**row, "score": "0"}


def read_prices(
    view: View, rows: Sequence[Row], said: Sequence[SaidPrice] = ()
) -> tuple[dict[str, dict[str, int]], list[Fault]]:
    """Prices by side and id, and a fault for each row that can't be a price of this market.

    `said` is what an earlier check read, if it was in this very row.
    """
    known = {side: set(ids) for side, ids in (*view.priced_ids.items(), *view.multiplied_ids.items())}
    prices: dict[str, dict[str, int]] = {side: {} for side in known}
    faults = []
    for at, (row, (then, price)) in enumerate(zip(rows, chain(said, repeat(UNSAID)), strict=False)):
        try:
            side, listing = row["side"], row["id"]
            if side not in known or listing not in known[side] or listing in prices[side]:
                raise ValueError(f"{side} {listing} is unknown or priced twice")
            prices[side][listing] = price if row is then else from_decimal_text(row["price"], SCORE_PLACES)
        except (KeyError, ValueError) as error:
            faults.append(Fault("malformed", f"prices.csv line {at + 2}", str(error)))
    return prices, faults


def _places(view: View, claimed: Legs) -> Int64s:
    """Where claimed legs stand among the view's, -1 for one that is unknown; direct ones come first, in order."""
    first, place = len(view.pairs), np.full(len(claimed), -1, dtype=np.int64)
    direct, chains = np.flatnonzero(claimed.direct), np.arange(first, len(view.legs))
    pairs, asked = _pair_keys(view.legs.only(np.arange(first))), _pair_keys(claimed.only(direct))
    at = np.minimum(np.searchsorted(pairs, asked), max(first - 1, 0))
    found = pairs[at] == asked if first else np.zeros(len(asked), dtype=np.bool_)
    place[direct[found]] = at[found]
    through = np.flatnonzero(~claimed.direct)
    known_at = dict(zip(_keys(view.legs.only(chains)), chains.tolist(), strict=True)) if len(through) else {}
    place[through] = [known_at.get(key, -1) for key in _keys(claimed.only(through))]
    return place


def _pair_keys(legs: Legs) -> Int64s:
    return np.asarray((legs.need << 32) + legs.offer)


def _keys(legs: Legs) -> list[tuple[int, ...]]:
    columns = (legs.offer, legs.need, legs.first, legs.second)
    return list(zip(*(column.tolist() for column in columns), strict=True))
