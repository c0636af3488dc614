# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the cells of a sheet stand, followed as the reader of cells follows it, before that sets room aside for them.

The reader makes a full rectangle up to the furthest cell: one cell that says it stands in column ZZZZZZ asks for
gigabytes and takes the whole process down. So whatever cannot be followed with certainty is refused.
"""

from __future__ import annotations

import re

from marketplace.listings.sheets.table import MOST_COLUMNS, MOST_ROWS

PREFIX = rb"(?:[^\s<>/!?:]+:)?"
_TAG = re.compile(rb"<(/?)" + PREFIX + rb"(row|c)(?=[\s/>])((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = re.compile(rb"([^\s=\"']+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_PLACE = re.compile(rb"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ROW = re.compile(rb"[1-9][0-9]{0,6}")


def is_plain(xml: bytes) -> bool:
    """Whether the XML of a sheet holds nothing in which tags could hide: comments, CDATA, other encodings."""
    return b"<!" not in xml and xml.count(b"<?") <= 1 and b"\0" not in xml


def find_misplaced(xml: bytes) -> str | None:
    """The place of the first cell that lies too far out or cannot be told; None if there is no such cell."""
    row = column = 0
    for tag in _TAG.finditer(xml):
        closing, name, attributes = tag.groups()
        stated = None if closing else _stated(attributes)
        if name == b"row":
            if stated is not None and not _ROW.fullmatch(stated):
                return _shown(stated)
            row = int(stated) - 1 if stated else row
            row, column = row + (1 if closing or attributes.endswith(b"/") else 0), 0
        elif not closing:
            place = (row, column) if stated is None else _place(stated)
            # An empty styled cell closes itself; spreadsheets leave such cells far out.
            if place is None or not (attributes.endswith(b"/") or _is_near(*place)):
                return _shown(stated)
            column = place[1] + 1
    return None


def _stated(attributes: bytes) -> bytes | None:
    for name, value, value_in_single_quotes in _ATTRIBUTE.findall(attributes):
        if name == b"r":
            return bytes(value or value_in_single_quotes)
    return None


def _place(stated: bytes) -> tuple[int, int] | None:
    """Row and column, counted from 0."""
    found = _PLACE.fullmatch(stated)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + letter - 64
    return int(found[2]) - 1, column - 1


def _is_near(row: int, column: int) -> bool:
    return row < MOST_ROWS and column < MOST_COLUMNS


def _shown(stated: bytes | None) -> str:
    return stated[:20].decode("utf-8", "replace") if stated else "?"
