# SPDX-License-Identifier: AGPL-3.0-or-later
"""Texts to checked values, a column at a time, with every problem kept for the end."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matching.market.bulk import UNREAD, ReadsMany
from matching.market.table import Layout, Table
from matching.market.texts import Texts
from matching.market.vocabulary import Fault, Wrong


class _Bad:
    """Stands in a column for a value that couldn't be taken."""


BAD: Final = _Bad()


@dataclass(frozen=True, slots=True)
class Column:
    """How one column is read: its parser, and what an empty cell means if it may be empty."""

    name: str
    parse: Callable[[str], Any]
    empty: Any = None
    required: bool = False


def layout_of(columns: Iterable[Column]) -> Layout:
    """The header these columns ask for."""
    columns = tuple(columns)
    return Layout(tuple(c.name for c in columns), frozenset(c.name for c in columns if c.required))


class Cells:
    """The values of a table by column, and the place to note what is wrong between columns."""

    def __init__(self, table: Table, columns: Sequence[Column]) -> None:
        self.table = table
        self._layout = layout_of(columns)
        self._spoilt: set[str] = set()  # columns with a value that couldn't be taken
        self._values = {column.name: tuple(self._read(column)) for column in columns}

    def __getitem__(self, column: str) -> tuple[Any, ...]:
        return self._values[column]

    def __len__(self) -> int:
        return len(self.table.lines)

    def rows(self, *columns: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Row number and values of the rows in which all of these columns could be read."""
        rows = enumerate(zip(*(self._values[column] for column in columns), strict=True))
        if self._spoilt.isdisjoint(columns):
            return rows
        return ((row, values) for row, values in rows if BAD not in values)

    def note(self, row: int, column: str, key: str, /, **values: str) -> None:
        """Keeps a problem of a row."""
        self.table.note(self.table.lines[row], column, Fault(key, values))

    def text(self, row: int, column: str) -> str:
        """The cell as it was typed; empty where the table has no such column."""
        return self.table.columns[column][row] if column in self.table.columns else ""

    def texts(self) -> Texts:
        """All cells as they were typed."""
        return Texts(self.table.columns, range(len(self)))

    def raise_problems(self) -> None:
        """Raises `BadInput` with everything that is wrong with the table, if anything is."""
        self.table.raise_problems(self._layout)

    def _read(self, column: Column) -> Iterable[Any]:
        texts = self.table.columns.get(column.name)
        if texts is None:
            self._spoilt |= {column.name} if column.required else set()
            return [BAD if column.required else column.empty] * len(self)
        if not isinstance(column.parse, ReadsMany):
            return map(self._meanings(column, texts, set(texts)).__getitem__, texts)
        values = column.parse.many(texts)
        left = {texts[row] for row, value in enumerate(values) if value is UNREAD}
        good = self._meanings(column, texts, left)
        return [good[texts[row]] if value is UNREAD else value for row, value in enumerate(values)] if left else values

    def _meanings(self, column: Column, texts: Sequence[str], distinct: set[str]) -> dict[str, Any]:
        """The value of each distinct text, BAD where it has none: that is noted for every row."""
        meanings: dict[str, Any] = {}
        wrongs: dict[str, Wrong] = {}
        for text in distinct:
            try:
                meanings[text] = _parsed(text, column)
            except Wrong as error:
                meanings[text], wrongs[text] = BAD, error
        if wrongs:
            self._spoilt.add(column.name)
            self._note_wrong(column, texts, wrongs)
        return meanings

    def _note_wrong(self, column: Column, texts: Sequence[str], wrongs: Mapping[str, Wrong]) -> None:
        for line, text in zip(self.table.lines, texts, strict=True):
            for fault in wrongs[text].faults if text in wrongs else ():
                self.table.note(line, column.name, fault)


def refuse_repeated_ids(cells: Cells) -> None:
    """Notes every id that an earlier row has already."""
    if len(set(cells["id"])) == len(cells):
        return
    first: dict[str, int] = {}
    for row, (listing,) in cells.rows("id"):
        earlier = first.setdefault(listing, row)
        if earlier != row:
            cells.note(row, "id", "already_used", value=listing, line=str(cells.table.lines[earlier]))


def _parsed(text: str, column: Column) -> Any:
    if not text:
        if column.required:
            raise Wrong(Fault("required"))
        return column.empty
    if not text.isascii() and _has_stray_bytes(text):
        raise Wrong(Fault("not_utf8_cell", {"value": text}))
    if "\0" in text:
        raise Wrong(Fault("control_character", {"value": text}))
    return column.parse(text)


def _has_stray_bytes(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)
