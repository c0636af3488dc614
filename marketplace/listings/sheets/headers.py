# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a table's header stands and what its columns are, told by words, not by position."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from marketplace.errors import N_
from marketplace.listings.sheets.lexicon import fibre_words, headings, normal
from marketplace.listings.sheets.table import Line, Table, UnreadableSheet

SEARCHED_LINES = 40
OTHERS = "*"
REPEATED = N_("Two columns mean the same: “%(first)s” and “%(second)s”. Remove or rename one.")

_JOINED = frozenset({"notes", "ignored", "description"})
"""Columns of which there may be several."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header: the place of its last line, column by position, fibre by position, headings nobody knows."""

    last: int
    columns: Mapping[int, str]
    fibres: Mapping[int, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    engine: bool = False
    """The headings are the engine's own, so numbers have points."""
    says_kg: bool = False


def find_header(table: Table) -> Header | None:
    """The first line that names a quantity and what it is a quantity of; None if no line does."""
    for place, line in enumerate(table.lines[:SEARCHED_LINES]):
        columns = _columns(line)
        if "mass_kg" in columns.values() and len(set(columns.values()) - {"ignored"}) >= 3:
            return _header(table, place, columns)
    return None


def _header(table: Table, place: int, columns: dict[int, str]) -> Header:
    line = table.lines[place]
    _refuse_repeated(line, columns)
    fibres = _fibres(table, place, columns)
    unknown = tuple(str(cell) for i, cell in enumerate(line.cells) if cell is not None and i not in columns)
    own_names = {str(cell) for cell in line.cells}
    quantity = next(str(line.cells[i]) for i, column in columns.items() if column == "mass_kg")
    return Header(
        last=place + (1 if fibres else 0),
        columns={i: column for i, column in columns.items() if i not in fibres},
        fibres=fibres,
        unknown=unknown,
        engine={"mass_kg", "composition"} <= own_names,
        says_kg="kg" in normal(quantity).split(),
    )


def _columns(line: Line) -> dict[int, str]:
    found = {}
    for i, cell in enumerate(line.cells):
        column = _column(cell) if isinstance(cell, str) else None
        if column is not None:
            found[i] = column
    return found


def _column(text: str) -> str | None:
    """The column of a heading; of a heading in two languages, either decides."""
    for part in (text, *re.split(r" / |\n", text)):
        column = headings().get(normal(part))
        if column is not None:
            return column
    return None


def _refuse_repeated(line: Line, columns: Mapping[int, str]) -> None:
    first: dict[str, int] = {}
    for i, column in columns.items():
        if column in first and column not in _JOINED:
            raise UnreadableSheet(REPEATED, first=line.cells[first[column]], second=line.cells[i])
        first.setdefault(column, i)


def _fibres(table: Table, place: int, columns: Mapping[int, str]) -> dict[int, str]:
    """A second line of headings, one fibre each, under the word «composition» and the empty cells after it."""
    start = next((i for i, column in columns.items() if column == "composition"), None)
    if start is None or place + 1 >= len(table.lines):
        return {}
    below = table.lines[place + 1]
    found = {}
    for i, cell in enumerate(below.cells):
        if not isinstance(cell, str):
            continue
        fibre = _fibre(cell)
        if i < start or (i != start and table.lines[place].cell(i) is not None) or fibre is None:
            return {}
        found[i] = fibre
    return found


def _fibre(text: str) -> str | None:
    code = fibre_words().get(normal(text))
    return OTHERS if code == "AF" else code
