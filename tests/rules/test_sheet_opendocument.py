# SPDX-License-Identifier: AGPL-3.0-or-later
"""OpenDocument spreadsheets: read like others, and followed through all that they repeat."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import pytest

from marketplace.listings.sheets import Context, UnreadableSheet, read_sheet, understand
from marketplace.listings.sheets.opendocument import MIMETYPE

TODAY = date(2026, 11, 22)
SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
)


def text(words: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}><text:p>{words}</text:p></table:table-cell>'


def number(value: object, more: str = "") -> str:
    shown = f"<text:p>{value}</text:p></table:table-cell>"
    return f'<table:table-cell office:value-type="float" office:value="{value}"{more}>{shown}'


def empty(times: int) -> str:
    return f'<table:table-cell table:number-columns-repeated="{times}"/>'


def row(*cells: str, times: int = 1) -> str:
    repeated = f' table:number-rows-repeated="{times}"' if times > 1 else ""
    return f"<table:table-row{repeated}>{''.join(cells)}</table:table-row>"


HEADER = row(text("Materiale"), text("Quantità kg"), text("Composizione"), empty(16381))
CIMOSE = row(text("Cimose"), number(412.5), text("lana 100"), empty(16381))
EDGE = row(empty(16384), times=1_048_500)


def opendocument(*rows: str, columns: str = "", more: dict[str, bytes] | None = None, mark: str = "") -> bytes:
    body = f'<table:table table:name="Foglio &amp; 1">{columns}{"".join(rows)}</table:table>'
    content = f"<office:document-content {SPACES}>{mark}<office:body><office:spreadsheet>{body}</office:spreadsheet>"
    parts = {
        "mimetype": MIMETYPE,
        "content.xml": f'<?xml version="1.0"?>{content}</office:body></office:document-content>'.encode(),
        "META-INF/manifest.xml": b"<manifest/>",
        **(more or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def values(data: bytes) -> list[dict[str, Any]]:
    rows = understand(read_sheet("x.ods", data), "offer", Context(TODAY, regime="PRODUCT"))
    return [dict(row.values) for row in rows if row.verdict != "skipped"]


def test_a_spreadsheet_as_libreoffice_writes_it_is_read() -> None:
    (cimose,) = values(opendocument(HEADER, CIMOSE, EDGE))
    assert (cimose["forms"], cimose["mass_g"], cimose["composition"]) == ("SELVEDGE", 412_500, "WO:100")


def test_what_is_repeated_is_there_as_often() -> None:
    assert len(values(opendocument(HEADER, row(text("Cimose"), number(7), text("lana 100"), times=3), EDGE))) == 3


def test_a_hidden_column_is_not_read() -> None:
    hidden = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
    header = row(text("Materiale"), text("Quantità kg"), text("Composizione"), text("Note"))
    cimose_line = row(text("Cimose"), number(7), text("lana 100"), text("balle"))
    (cimose,) = values(opendocument(header, cimose_line, columns=hidden))
    assert not cimose.get("composition")


HOSTILE = {
    "a formula": opendocument(HEADER, row(text("Cimose"), number(7, ' table:formula="of:=1+1"'))),
    "a text in many columns": opendocument(HEADER, row(text("x", ' table:number-columns-repeated="900000000"'))),
    "a number in many columns": opendocument(
        HEADER, row('<table:table-cell office:value="1" table:number-columns-repeated="900000000"/>')
    ),
    "a row many times": opendocument(HEADER, row(text("Cimose"), number(7), times=900_000_000)),
    "empty cells before empty cells": opendocument(HEADER, row(empty(900_000_000), empty(900_000_000))),
    "a cell far out": opendocument(HEADER, row(empty(900_000_000), text("x"))),
    "a row far down": opendocument(HEADER, EDGE, CIMOSE),
    "a number that is none": opendocument(HEADER, row(text("x", ' table:number-columns-repeated="0x7fffffff"'))),
    "a number in other digits": opendocument(HEADER, row(text("x", ' table:number-columns-repeated="&#57;99999999"'))),
    "entities": opendocument(HEADER, CIMOSE, mark="<!DOCTYPE x [<!ENTITY a 'aaaa'>]>"),
    "hidden in a comment": opendocument(HEADER, CIMOSE, mark="<!-- <table:table-row/> -->"),
    "macros": opendocument(HEADER, CIMOSE, more={"Basic/script-lc.xml": b"<x/>"}),
    "a password": opendocument(HEADER, CIMOSE, more={"META-INF/manifest.xml": b"<m:encryption-data/>"}),
    "no content": opendocument(more={"content.xml": b""}),
    "a path": opendocument(HEADER, CIMOSE, more={"../x.xml": b""}),
    "a bomb": opendocument(HEADER, CIMOSE, more={"Pictures/x.png": b"\0" * 60_000_000}),
    "no table": opendocument(),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_spreadsheet_that_attacks_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(UnreadableSheet) as refusal:
        understand(read_sheet("x.ods", data), "offer", Context(TODAY))
    assert str(refusal.value)
