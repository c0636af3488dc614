# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same as `workbook` for OpenDocument spreadsheets (.ods), whose cells and rows say how often they are repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from marketplace.listings.sheets.positions import is_plain
from marketplace.listings.sheets.table import MOST_COLUMNS, MOST_ROWS, UnreadableSheet
from marketplace.listings.sheets.workbook import ENCRYPTED, FORMULA, MACROS, NOT_A_WORKBOOK, TOO_FAR, Part, packed

MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_CONTENT = "content.xml"
_EDGE = 1024
"""Empty cells before another one are kept in memory; styled ones may reach a little beyond the last column."""
_TAG = re.compile(
    rb"<(/?)table:(table|table-row|table-column|table-cell|covered-table-cell)(?=[\s/>])"
    rb"((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>"
)
_REPEATED = re.compile(rb"\stable:number-(?:rows|columns)-repeated\s*=\s*[\"']0*([1-9][0-9]{0,9})[\"']")
_NAME = re.compile(rb"\stable:name\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_HIDDEN = re.compile(rb"\stable:visibility\s*=\s*[\"'](?:collapse|filter)[\"']")
_ANY_REPEAT = re.compile(rb"-repeated\s*=")
_FORMULA = re.compile(rb"\stable:formula\s*=")


def is_one(parts: dict[str, bytes]) -> bool:
    """Whether the parts are those of an OpenDocument spreadsheet."""
    return parts.get("mimetype", b"").strip() == MIMETYPE


def inspect(parts: dict[str, bytes]) -> tuple[bytes, list[Part]]:
    """The workbook packed anew and its sheets; raises UnreadableSheet for whatever must not be read."""
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise UnreadableSheet(ENCRYPTED)
    if any(name.startswith(("Basic/", "Scripts/")) for name in parts):
        raise UnreadableSheet(MACROS)
    xml = parts.get(_CONTENT, b"")
    if not xml or not is_plain(xml):
        raise UnreadableSheet(NOT_A_WORKBOOK)
    return packed(parts), list(_sheets(xml))


def _sheets(xml: bytes) -> Iterator[Part]:
    """The sheets in their order, each followed cell by cell up to its furthest one."""
    name, hidden, row, rows, column = "", set[int](), 0, 1, 0
    for tag in _TAG.finditer(xml):
        closing, kind, attributes = tag.groups()
        empty = attributes.endswith(b"/")
        if kind == b"table" and closing:
            yield Part(name, frozenset(hidden))
        elif kind == b"table":
            name, hidden, row, column = _name(attributes), set[int](), 0, 0
        elif kind == b"table-row":
            row, column = row + (rows if closing else 0), 0
            rows = rows if closing else _repeated(attributes)
            row += rows if empty else 0
        elif not closing:
            last = column + _repeated(attributes)
            if kind == b"table-column" and _HIDDEN.search(attributes):
                hidden.update(range(column, min(last, MOST_COLUMNS)))
            elif kind != b"table-column":
                _check_cell(name, attributes, (row, row + rows, column, last))
            column = last


def _check_cell(sheet: str, attributes: bytes, place: tuple[int, int, int, int]) -> None:
    first_row, end_row, first_column, end_column = place
    where = f"{_letter(first_column)}{first_row + 1}"
    if _FORMULA.search(attributes):
        raise UnreadableSheet(FORMULA, cell=where, sheet=sheet)
    # An empty cell closes itself and is repeated up to the edge of the sheet; nothing comes after it.
    holds = not attributes.endswith(b"/") or b"office:" in attributes
    if first_column > _EDGE or (holds and (end_row > MOST_ROWS or end_column > MOST_COLUMNS)):
        raise UnreadableSheet(TOO_FAR, cell=where, sheet=sheet, rows=MOST_ROWS, columns=MOST_COLUMNS)


def _repeated(attributes: bytes) -> int:
    found = _REPEATED.search(attributes)
    if found is None and _ANY_REPEAT.search(attributes):
        raise UnreadableSheet(NOT_A_WORKBOOK)
    return int(found[1]) if found else 1


def _name(attributes: bytes) -> str:
    found = _NAME.search(attributes)
    return unescape((found[1] or found[2] or b"").decode("utf-8", "replace")) if found else ""


def _letter(column: int) -> str:
    return chr(65 + column) if column < 26 else "?"
