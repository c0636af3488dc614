# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the bytes of an upload to lines of cells: CSV in the spellings of Excel, XLSX and ODS."""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from marketplace.errors import N_
from marketplace.listings.sheets import opendocument, workbook
from marketplace.listings.sheets.table import (
    MOST_ROWS,
    TOO_MANY_ROWS,
    Cell,
    Line,
    Sheet,
    Table,
    UnreadableSheet,
    checked_line,
)
from marketplace.web.downloads import without_guard

SEPARATORS = (";", ",", "\t")

EMPTY = N_("The file is empty.")
NO_TEXT = N_("This is neither a CSV file nor an .xlsx or .ods workbook.")
BROKEN_CSV = N_("Line %(line)s of the CSV file cannot be read: a quotation mark is missing or too much.")
AS_WINDOWS = N_("The file was not UTF-8; it was read as Windows Western European. Check the accented letters.")
AS_CHINESE = N_("The file was not UTF-8; it was read as GB 18030. Check the characters.")
HIDDEN_COLUMN = N_("Sheet “%(sheet)s”: column %(column)s is hidden and was not read.")

Remarks = tuple[tuple[str, dict[str, str]], ...]


def read_sheet(name: str, data: bytes) -> Sheet:
    """The tables of a CSV, XLSX or ODS file, known by its content, not its name; raises UnreadableSheet."""
    if not data.strip():
        raise UnreadableSheet(EMPTY)
    return _read_workbook(name, data) if data.startswith(b"PK") else _read_csv(name, data)


def _read_workbook(name: str, data: bytes) -> Sheet:
    unpacked = workbook.unpack(data)
    known = opendocument if opendocument.is_one(unpacked) else workbook
    checked, sheets = known.inspect(unpacked)
    parts = {part.name: part for part in sheets}
    tables, remarks = [], []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(checked))
        visible = [meta.name for meta in book.sheets_metadata if str(meta.visible).endswith("Visible")]
        for title in visible:
            hidden = parts[title].hidden_columns if title in parts else frozenset()
            tables.append(Table(title, _lines(book, title, hidden), hidden))
            remarks += [(HIDDEN_COLUMN, {"sheet": title, "column": _letters(c)}) for c in sorted(hidden)]
    except (CalamineError, ValueError, OverflowError) as error:
        if isinstance(error, UnreadableSheet):
            raise
        raise UnreadableSheet(workbook.NOT_A_WORKBOOK) from error
    return Sheet(name, tuple(tables), "", tuple(remarks))


def _lines(book: CalamineWorkbook, title: str, hidden: frozenset[int]) -> tuple[Line, ...]:
    rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
    return tuple(
        checked_line(number, [None if i in hidden else _cell(value) for i, value in enumerate(row)])
        for number, row in enumerate(rows, start=1)
    )


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return Decimal(repr(value)) if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return str(value).strip() or None


def _read_csv(name: str, data: bytes) -> Sheet:
    text, remarks = _decoded(data)
    separator = _separator(text)
    lines: list[Line] = []
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if len(lines) > MOST_ROWS:
                raise UnreadableSheet(TOO_MANY_ROWS, line=reader.line_num, most=MOST_ROWS)
            lines.append(checked_line(reader.line_num, [without_guard(cell).strip() or None for cell in cells]))
    except csv.Error as error:
        raise UnreadableSheet(BROKEN_CSV, line=max(reader.line_num, 1)) from error
    return Sheet(name, (Table(name, tuple(lines)),), separator, remarks)


def _decoded(data: bytes) -> tuple[str, Remarks]:
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16"), ()
        if b"\0" in data:
            raise UnreadableSheet(NO_TEXT)
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return _decoded_by_guess(data)


def _decoded_by_guess(data: bytes) -> tuple[str, Remarks]:
    """Chinese Excel writes GB 18030, Western Excel cp1252; nearly no Western text is also Chinese."""
    try:
        text = data.decode("gb18030")
        foreign = [c for c in text if ord(c) > 127]
        if sum(0x3000 <= ord(c) <= 0x9FFF or ord(c) >= 0xFF00 for c in foreign) >= 0.9 * len(foreign):
            return text, ((AS_CHINESE, {}),)
    except UnicodeDecodeError:
        pass  # then it is not Chinese
    try:
        return data.decode("cp1252"), ((AS_WINDOWS, {}),)
    except UnicodeDecodeError as error:
        raise UnreadableSheet(NO_TEXT) from error


def _separator(text: str) -> str:
    """The one that the first line with any has most of."""
    for line in text.splitlines()[:40]:
        outside_quotes = re.sub(r'"[^"]*"', "", line)
        counts = {mark: outside_quotes.count(mark) for mark in SEPARATORS}
        if any(counts.values()):
            return max(SEPARATORS, key=lambda mark: counts[mark])
    return ","


def _letters(column: int) -> str:
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
