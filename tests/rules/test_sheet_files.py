# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that are sheets, files that only say so, and files that attack."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from marketplace.listings.sheets import Context, Row, UnreadableSheet, Verdict, read_sheet, understand

TODAY = date(2026, 11, 22)


def told(row: Row, *names: str) -> tuple[Any, ...]:
    return tuple(row.values.get(name) for name in names)


SHEET = "Materiale;Quantità;Composizione\r\nCimose città;1.250;lana 100\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_excel(encoding: str) -> None:
    rows = understand(read_sheet("x.csv", SHEET.encode(encoding)), "offer", Context(TODAY, regime="BYPRODUCT"))
    (row,) = [row for row in rows if row.verdict is not Verdict.SKIPPED]
    assert told(row, "forms", "mass_g", "composition", "description") == (
        "SELVEDGE",
        1_250_000,
        "WO:100",
        "Cimose città",
    )
    assert any("Windows" in remark.words for r in rows for remark in r.remarks) == (encoding == "cp1252")


def test_chinese_excel_without_utf8() -> None:
    data = "品名,重量,成分\r\n针织边角料,185,100%棉\r\n".encode("gb18030")
    rows = understand(read_sheet("x.csv", data), "offer", Context(TODAY))
    assert told(rows[-1], "forms", "mass_g", "composition") == ("CUT_KNIT", 185_000, "CO:100")


HEADER = b"id,form,mass_kg,composition\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   \n",
        b"\x89PNG\r\n\x1a\n\0\0\0",
        b"PK\x03\x04 not a zip",
        b"a,b\0c,d\n",
        HEADER + b'A,SELVEDGE,"100,WO:100\n',
        HEADER + b'A,SEL"VED"GE,"100"x,WO:100\n',
        HEADER + b"A,SELVEDGE," + b"9" * 200_000 + b",WO:100\n",
        HEADER + b"A,SELVEDGE," + b"x" * 5000 + b",WO:100\n",
        HEADER + b"A" + b"," * 100 + b"x\n",
        HEADER + b"A,SELVEDGE,100,WO:100\n" * 5100,
        b"id,form,mass_kg,mass_kg\nA,SELVEDGE,1,2\n",
        b"just some words\nand more\n",
        b"\xff\xfe\x00",
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(UnreadableSheet) as refusal:
        understand(read_sheet("x", data), "offer", Context(TODAY))
    assert str(refusal.value)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/C calc'!A0", "＝1+1", "<script>", "\u202egpj"]
)
def test_cells_that_attack_are_words_like_others(cell: str) -> None:
    data = f'id,form,mass_kg,composition,regime,origin,description\nA,SELVEDGE,100,WO:100,PRODUCT,pre,"{cell}"\n'
    row = understand(read_sheet("x", data.encode()), "offer", Context(TODAY))[-1]
    assert row.verdict == ("kept back" if "\u202e" in cell else "ready")
    if "\u202e" not in cell:
        assert row.values["description"] == cell


def workbook(fill: Any) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        fill(book.add_worksheet("Foglio"))
    return out.getvalue()


def good_lines(sheet: Any) -> None:
    sheet.write_row(0, 0, ["Materiale", "Quantità kg", "Composizione"])
    sheet.write_row(1, 0, ["Cimose", 100, "lana 100"])


def repacked(data: bytes, change: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change[name](content) if name in change else content)
        for name, content in change.items():
            if name not in old.namelist():
                new.writestr(name, content)
    return out.getvalue()


SHEET_1 = "xl/worksheets/sheet1.xml"


def far_cell(xml: bytes) -> bytes:
    return xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def entities(xml: bytes) -> bytes:
    return xml.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet', 1)


@pytest.mark.parametrize(
    "data",
    [
        workbook(lambda s: (good_lines(s), s.write_formula(1, 1, "=1+1", None, 2))),
        workbook(lambda s: (good_lines(s), s.write_formula(5, 0, '=HYPERLINK("http://x")', None, "x"))),
        repacked(workbook(good_lines), {SHEET_1: far_cell}),
        repacked(workbook(good_lines), {SHEET_1: entities}),
        repacked(workbook(good_lines), {"xl/vbaProject.bin": b"x"}),
        repacked(workbook(good_lines), {"../../evil.xml": b"x"}),
        repacked(workbook(good_lines), {"/etc/passwd": b"x"}),
        repacked(workbook(good_lines), {"xl/media/bomb.bin": b"\0" * 60_000_000}),
        repacked(workbook(good_lines), {SHEET_1: lambda xml: b"<broken"}),
        repacked(workbook(good_lines), {"xl/workbook.xml": lambda xml: b""}),
        workbook(good_lines)[:-50],
        workbook(good_lines).replace(b"PK\x03\x04", b"PK\x03\x05", 2),
        workbook(lambda s: (good_lines(s), s.write(5200, 0, "x"))),
        workbook(lambda s: (good_lines(s), s.write(1, 70, "x"))),
        workbook(lambda s: s.write(0, 0, "solo un titolo")),
        workbook(lambda s: None),
    ],
)
def test_a_workbook_that_attacks_or_is_broken_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(UnreadableSheet) as refusal:
        understand(read_sheet("x.xlsx", data), "offer", Context(TODAY))
    assert str(refusal.value)


def test_a_plain_workbook_is_read() -> None:
    rows = understand(read_sheet("x.xlsx", workbook(good_lines)), "offer", Context(TODAY, regime="PRODUCT"))
    assert [row.verdict.value for row in rows] == ["skipped", "ready"]


def cell_at(reference: str) -> dict[str, Any]:
    """The good sheet with its cell A2 somewhere else."""
    return {SHEET_1: lambda xml: xml.replace(b'r="A2"', reference.encode())}


def many_cells(xml: bytes) -> bytes:
    row = b"<row>" + b'<c t="s"><v>0</v></c>' * 50 + b"</row>"
    return xml.replace(b"</sheetData>", row * 1000 + b"</sheetData>")


def unnumbered(xml: bytes) -> bytes:
    return re.sub(rb' r="[A-C]?[12]"', b"", xml)


BEYOND = {
    "six letters": cell_at('r="ZZZZZZ2"'),
    "small letters": cell_at('r="zz2"'),
    "in single quotes": cell_at("r='CZ2'"),
    "behind a bracket": cell_at('x=">" r="CZ2"'),
    "behind another quote": cell_at('x=\'r="A2"\' r="CZ2"'),
    "no place": cell_at('r=""'),
    "an entity": cell_at('r="&#67;Z2"'),
    "a row beyond the last": {
        SHEET_1: lambda xml: re.sub(rb' r="[A-C]?2"', b"", xml).replace(b"<row", b'<row r="9000"')
    },
    "rows without number": {SHEET_1: lambda xml: unnumbered(xml).replace(b"<row", b"<row/>" * 6000 + b"<row", 1)},
    "ends of rows": {SHEET_1: lambda xml: unnumbered(xml).replace(b"<row", b"</row>" * 6000 + b"<row")},
    "columns without letters": {
        SHEET_1: lambda xml: xml.replace(b"</row>", b'<c r="A1" t="s"/>' + b"<c><v>1</v></c>" * 70 + b"</row>")
    },
    "hidden in a comment": {SHEET_1: lambda xml: xml.replace(b"</sheetData>", b'<!-- <row r="1"> --></sheetData>')},
    "another ending": {
        "xl/_rels/workbook.xml.rels": lambda xml: xml.replace(b"sheet1.xml", b"sheet1.bin"),
        "xl/worksheets/sheet1.bin": far_cell(b"<worksheet><sheetData></sheetData></worksheet>"),
    },
    "a long text in many cells": {
        "xl/sharedStrings.xml": lambda xml: re.sub(rb"<t>[^<]*</t>", b"<t>" + b"x" * 30_000 + b"</t>", xml),
        SHEET_1: many_cells,
    },
}


@pytest.mark.parametrize("change", BEYOND.values(), ids=BEYOND)
def test_a_workbook_never_makes_the_reader_of_cells_run_out_of_memory(change: dict[str, Any]) -> None:
    with pytest.raises(UnreadableSheet):
        read_sheet("x.xlsx", repacked(workbook(good_lines), change))


@pytest.mark.parametrize("number", ["NaN", "1e999", "-INF", "1e308"])
def test_a_number_that_is_none_is_kept_back(number: str) -> None:
    change = {SHEET_1: lambda xml: xml.replace(b"<v>100</v>", f"<v>{number}</v>".encode())}
    row = understand(read_sheet("x.xlsx", repacked(workbook(good_lines), change)), "offer", Context(TODAY))[-1]
    assert row.verdict == "kept back"


def test_damaged_contents_are_refused_with_words() -> None:
    data = bytearray(workbook(good_lines))
    for place in range(data.find(b"sheet1.xml") + 10, data.find(b"sheet1.xml") + 200, 7):
        data[place] ^= 0xFF
    with pytest.raises(UnreadableSheet):
        read_sheet("x.xlsx", bytes(data))


def test_empty_cells_far_out_do_no_harm() -> None:
    change = {SHEET_1: lambda xml: xml.replace(b"</row></sheetData>", b'<c r="XFD2" s="0"/></row></sheetData>')}
    rows = understand(read_sheet("x.xlsx", repacked(workbook(good_lines), change)), "offer", Context(TODAY))
    assert len(rows) == 2
