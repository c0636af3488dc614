# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with a workbook before any of it is believed: it is a zip of XML from somebody we don't know.

The reader of cells (calamine) trusts sizes and positions that the file states; here they are checked first. XML is
looked at as bytes, so that no entity is ever expanded. The reader then gets the checked parts packed anew, so that
both read the same ones however the file was put together.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from marketplace.errors import N_
from marketplace.listings.sheets.positions import PREFIX, find_misplaced, is_plain
from marketplace.listings.sheets.table import MOST_COLUMNS, MOST_ROWS, UnreadableSheet

MOST_EXPANDED = 50 * 1024 * 1024
MOST_RATIO = 50
RATIO_FROM = 5 * 1024 * 1024
"""Small files may be packed better than MOST_RATIO: a short sheet is mostly the same few tags."""
MOST_PARTS = 500
MOST_REPEATED = 400 * 1024 * 1024
"""Bytes of text if every cell repeated the longest of the shared texts."""
_CHUNK = 1 << 20
BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
"""What zipfile raises for archives that lie: NotImplementedError for a packing it doesn't know, RuntimeError for one
that asks for a password, ValueError and OSError for places outside the file."""

NOT_A_WORKBOOK = N_("This is not a workbook that can be read. Save it again as .xlsx.")
ENCRYPTED = N_("The workbook is protected by a password.")
MACROS = N_("The workbook contains macros. Save it as .xlsx without them.")
TOO_LARGE_INSIDE = N_("The workbook is too large when unpacked.")
ENTITIES = N_("The workbook declares XML entities, which no spreadsheet program writes.")
FORMULA = N_("Cell %(cell)s of the sheet “%(sheet)s” holds a formula. Paste the values instead, and upload it again.")
TOO_FAR = N_("Cell %(cell)s of the sheet “%(sheet)s” lies beyond %(rows)s rows or %(columns)s columns.")

_SHEET = re.compile(rb"<sheet\b[^>]*>")
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
_FORMULA = re.compile(rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b")
_PLACE = re.compile(rb'\br="([A-Z]{1,4})([0-9]{1,9})"')
_SHARED_TEXT = re.compile(rb"<" + PREFIX + rb"si(?=[\s/>])")
_REPEATING_CELL = re.compile(rb"\bt\s*=\s*[\"']s[\"']")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*>")


@dataclass(frozen=True, slots=True)
class Part:
    """What the XML of one sheet tells that its cells don't."""

    name: str
    hidden_columns: frozenset[int]


def unpack(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook that are XML, by name; raises UnreadableSheet for whatever must not be opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_names(archive)
            parts = {info.filename: content for info, content in _unpacked(archive, len(data))}
    except UnreadableSheet:
        raise
    except BROKEN_ARCHIVE as error:
        raise UnreadableSheet(NOT_A_WORKBOOK) from error
    if any(b"<!DOCTYPE" in content or b"<!ENTITY" in content for content in parts.values()):
        raise UnreadableSheet(ENTITIES)
    return parts


def inspect(parts: dict[str, bytes]) -> tuple[bytes, list[Part]]:
    """An .xlsx workbook packed anew and its sheets; raises UnreadableSheet for whatever must not be read."""
    if "xl/workbook.xml" not in parts:
        raise UnreadableSheet(NOT_A_WORKBOOK)
    paths = list(_sheet_paths(parts))
    names = {path: name for name, path in paths}
    for path, xml in parts.items():
        if b"sheetData" in xml:
            _check_sheet(names.get(path, path), xml)
    _check_texts(parts)
    return packed(parts), [Part(name, _hidden_columns(parts.get(path, b""))) for name, path in paths]


def _check_names(archive: zipfile.ZipFile) -> None:
    names = [info.filename for info in archive.infolist()]
    if len(names) > MOST_PARTS or len(set(names)) != len(names) or any(map(_is_odd, names)):
        raise UnreadableSheet(NOT_A_WORKBOOK)
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise UnreadableSheet(ENCRYPTED)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise UnreadableSheet(MACROS)


def _is_odd(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ".." in name.split("/") or "\0" in name


def _unpacked(archive: zipfile.ZipFile, packed: int) -> Iterator[tuple[zipfile.ZipInfo, bytes]]:
    """Every part unpacked, counted as it comes: what the directory says of its size is not believed."""
    total = 0
    for info in archive.infolist():
        content = bytearray()
        with archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                total += len(chunk)
                if total > MOST_EXPANDED or (total > RATIO_FROM and total > packed * MOST_RATIO):
                    raise UnreadableSheet(TOO_LARGE_INSIDE)
                content += chunk
        if info.filename.endswith((".xml", ".rels", "mimetype")) or b"sheetData" in content:
            yield info, bytes(content)


def _sheet_paths(parts: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    targets = {
        _attribute(tag, "Id"): _attribute(tag, "Target")
        for tag in _RELATION.findall(parts.get("xl/_rels/workbook.xml.rels", b""))
    }
    for tag in _SHEET.findall(parts.get("xl/workbook.xml", b"")):
        target = targets.get(_attribute(tag, "r:id"), "")
        yield _attribute(tag, "name"), target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _attribute(tag: bytes, name: str) -> str:
    found = re.search(rf'\s{re.escape(name)}="([^"]*)"'.encode(), tag)
    return unescape(found[1].decode("utf-8", "replace")) if found else ""


def _check_sheet(name: str, xml: bytes) -> None:
    if not is_plain(xml):
        raise UnreadableSheet(NOT_A_WORKBOOK)
    if formula := _FORMULA.search(xml):
        raise UnreadableSheet(FORMULA, cell=_place(formula[1]), sheet=name)
    if far := find_misplaced(xml):
        raise UnreadableSheet(TOO_FAR, cell=far, sheet=name, rows=MOST_ROWS, columns=MOST_COLUMNS)


def _check_texts(parts: dict[str, bytes]) -> None:
    """A text that cells share stands in the file once and in memory as often as cells name it."""
    shared = [xml for name, xml in parts.items() if name.lower() == "xl/sharedstrings.xml"]
    longest = max((len(text) for xml in shared for text in _SHARED_TEXT.split(xml)[1:]), default=0)
    cells = sum(len(_REPEATING_CELL.findall(xml)) for xml in parts.values() if b"sheetData" in xml)
    if longest * cells > MOST_REPEATED:
        raise UnreadableSheet(TOO_LARGE_INSIDE)


def packed(parts: dict[str, bytes]) -> bytes:
    """The parts as a zip of their own, so that the reader of cells finds those that were looked at and no others."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _place(attributes: bytes) -> str:
    found = _PLACE.search(attributes)
    return (found[1] + found[2]).decode() if found else "?"


def _hidden_columns(xml: bytes) -> frozenset[int]:
    return frozenset(column for tag in _COLUMN.findall(xml) for column in _hidden(tag))


def _hidden(tag: bytes) -> Iterator[int]:
    first, last = _attribute(tag, "min"), _attribute(tag, "max")
    if _attribute(tag, "hidden") in ("1", "true") and first.isdigit() and last.isdigit():
        yield from range(int(first) - 1, min(int(last), MOST_COLUMNS))
