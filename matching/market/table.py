# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows of texts that know their place in the file; nothing is interpreted yet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from matching.market.errors import BadInput, Problem
from matching.market.vocabulary import Fault

HEADER_LINE: Final = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns a table may have, in their usual order, and those it must have."""

    known: tuple[str, ...]
    required: frozenset[str]


@dataclass(slots=True)
class Table:
    """Texts by column in the order of the header; `lines[i]` is the physical line where row i starts."""

    file: str
    columns: dict[str, Sequence[str]]
    lines: Sequence[int]
    problems: list[Problem] = field(default_factory=list)

    def note(self, line: int, column: str, fault: Fault) -> None:
        """Keeps a problem, so that all can be told at once."""
        self.problems.append(Problem(self.file, line, column, fault))

    def raise_problems(self, layout: Layout) -> None:
        """Raises `BadInput` with all problems kept so far, by line and then by column, if there are any."""
        if self.problems:
            order = {column: place for place, column in enumerate((*self.columns, *layout.known))}
            order.update({column: place for place, column in enumerate(self.columns)})
            last = len(order)
            raise BadInput(sorted(self.problems, key=lambda p: (p.line, order.get(p.column, last))))


def check_header(table: Table, header: Sequence[str], layout: Layout) -> None:
    """Notes unknown, repeated, nameless and missing columns."""
    times = Counter(header)
    for place, column in enumerate(header, start=1):
        if not column:
            table.note(HEADER_LINE, str(place), Fault("column_without_name"))
        elif column not in layout.known:
            table.note(HEADER_LINE, column, _unknown_column(column, layout))
    for column in layout.known:
        if times[column] > 1:
            table.note(HEADER_LINE, column, Fault("column_twice"))
        elif not times[column] and column in layout.required:
            table.note(HEADER_LINE, column, Fault("column_missing"))


def _unknown_column(column: str, layout: Layout) -> Fault:
    close = get_close_matches(column.lower(), layout.known, n=1)
    return Fault("unknown_column", {"suggestion": close[0]} if close else {})
