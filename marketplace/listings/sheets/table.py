# SPDX-License-Identifier: AGPL-3.0-or-later
"""A sheet as lines of cells, whatever file it came from, and the limits it must keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from marketplace.errors import N_

Cell = str | Decimal | date | None

MOST_ROWS = 5_000
MOST_COLUMNS = 60
MOST_CHARACTERS = 4_000

TOO_MANY_ROWS = N_("Line %(line)s: a sheet has at most %(most)s rows.")
TOO_MANY_COLUMNS = N_("Line %(line)s: a sheet has at most %(most)s columns.")
TOO_LONG_CELL = N_("Line %(line)s: a cell has at most %(most)s characters.")


class UnreadableSheet(ValueError):
    """The file as a whole cannot be read; `words` and `facts` make the sentence."""

    def __init__(self, words: str, **facts: object) -> None:
        super().__init__(words % facts if facts else words)
        self.words = words
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its number in the file (the first is 1)."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """The cell of a column, None beyond the last."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a workbook, or a CSV file; `hidden` columns are never read nor shown."""

    name: str
    lines: tuple[Line, ...]
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    """All tables of a file; `separator` of a CSV file, empty for a workbook; `remarks` are (words, facts)."""

    name: str
    tables: tuple[Table, ...]
    separator: str = ""
    remarks: tuple[tuple[str, dict[str, str]], ...] = field(default=())


def checked_line(number: int, cells: list[Cell]) -> Line:
    """A line within the limits; raises UnreadableSheet that names it."""
    while cells and cells[-1] in (None, ""):
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise UnreadableSheet(TOO_MANY_COLUMNS, line=number, most=MOST_COLUMNS)
    if any(isinstance(cell, str) and len(cell) > MOST_CHARACTERS for cell in cells):
        raise UnreadableSheet(TOO_LONG_CELL, line=number, most=MOST_CHARACTERS)
    return Line(number, tuple(cells))
