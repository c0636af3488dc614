# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pairs that come with values of their own: what a row of PAIRS.csv may say."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matching.market import units
from matching.market.arrays import ints
from matching.market.cells import Cells, Column, layout_of
from matching.market.columns import Needs, Offers
from matching.market.csv_file import read_file, table_of_bytes
from matching.market.records import table_of_records
from matching.market.table import Table
from matching.market.vocabulary import plain

VALUE_PLACES: Final = 6
MOST_VALUE_MICRO: Final = 10**12  # a million per kg: costs of a market of millions then stay within a solver's int64
MOST_YIELD_PPM: Final = 10**9  # a thousand: grams delivered then stay within int64
WHOLE_PPM: Final = 10**6

PAIR_COLUMNS: Final = (
    Column("offer_id", units.name, required=True),
    Column("need_id", units.name, required=True),
    Column("value", units.any_number(VALUE_PLACES), required=True),
    Column("yield", units.above_zero(VALUE_PLACES), WHOLE_PPM),
)
PAIR_LAYOUT: Final = layout_of(PAIR_COLUMNS)

Ids = Collection[str] | None


@dataclass(frozen=True, slots=True, eq=False)
class ListedPairs:
    """Ids of both ends, value per delivered kg in micro-points, delivered grams per million taken."""

    offer_ids: tuple[str, ...]
    need_ids: tuple[str, ...]
    value_micro: npt.NDArray[np.int64]
    yield_ppm: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offer_ids)

    @classmethod
    def read_csv(cls, path: str | Path, offers: Offers, needs: Needs) -> "ListedPairs":
        """Reads a file in the format of docs/formats.md; raises `BadInput` with every problem."""
        return cls.from_csv(Path(path).name, read_file(Path(path), PAIR_LAYOUT), offers.ids, needs.ids)

    @classmethod
    def from_csv(cls, file: str, data: bytes, offer_ids: Ids, need_ids: Ids) -> "ListedPairs":
        """Takes the bytes of such a file, called `file` in problems; ids are held against those that are known."""
        return _checked(table_of_bytes(file, data, PAIR_LAYOUT), offer_ids, need_ids)

    @classmethod
    def from_records(cls, records: Iterable[Mapping[str, object]], offers: Offers, needs: Needs) -> "ListedPairs":
        """Takes one mapping per pair; the same checks as `read_csv`."""
        return _checked(table_of_records("pairs", records, PAIR_LAYOUT), offers.ids, needs.ids)


def _checked(table: Table, offer_ids: Ids, need_ids: Ids) -> ListedPairs:
    cells = Cells(table, PAIR_COLUMNS)
    _refuse_unknown(cells, "offer_id", "not_an_offer", offer_ids)
    _refuse_unknown(cells, "need_id", "not_a_need", need_ids)
    _refuse_repeated(cells)
    for column, most in (("value", MOST_VALUE_MICRO), ("yield", MOST_YIELD_PPM)):
        for row, (number,) in cells.rows(column):
            if abs(number) > most:
                cells.note(row, column, "too_large", value=plain(cells.text(row, column)))
    cells.raise_problems()
    numbers: tuple[Any, ...] = ints(cells["value"], "int64"), ints(cells["yield"], "int64")
    return ListedPairs(tuple(cells["offer_id"]), tuple(cells["need_id"]), *numbers)


def _refuse_unknown(cells: Cells, column: str, key: str, known: Ids) -> None:
    if known is None:  # the other file could not be read; its problems come first
        return
    among = frozenset(known)
    for row, (listing,) in cells.rows(column):
        if listing not in among:
            cells.note(row, column, key, value=listing)


def _refuse_repeated(cells: Cells) -> None:
    first: dict[tuple[str, str], int] = {}
    for row, pair in cells.rows("offer_id", "need_id"):
        earlier = first.setdefault((pair[0], pair[1]), row)
        if earlier != row:
            line = str(cells.table.lines[earlier])
            cells.note(row, "need_id", "already_used", value=" → ".join(pair), line=line)
