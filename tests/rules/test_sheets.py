# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sheets as firms send them, without a database: what is read, what is asked, what is refused."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import marketplace
from marketplace.listings.sheets import Context, Row, Verdict, read_sheet, understand
from marketplace.listings.sheets.rows import as_json, from_json

TODAY = date(2026, 11, 22)
DISTRICT = Path(marketplace.__file__).parent / "demo" / "district"
EVERY_PERMIT = frozenset(
    ["04 02 22", "04 02 99", "04 02 09", "19 12 08", "20 01 10", "20 01 11", "15 01 01", "15 01 02"]
)


def rows_of(name: str, side: str, **more: Any) -> dict[int, Row]:
    data = (DISTRICT / name).read_bytes()
    return {row.number: row for row in understand(read_sheet(name, data), side, Context(TODAY, **more)) if row.number}


def told(row: Row, *names: str) -> tuple[Any, ...]:
    return tuple(row.values.get(name) for name in names)


def verdicts(rows: dict[int, Row]) -> Counter[str]:
    return Counter(row.verdict.value for row in rows.values())


def test_the_weaver_s_sheet() -> None:
    rows = rows_of("sheets/cascami-gennaio-tessitura.xlsx", "offer")
    assert verdicts(rows) == {"asked": 4, "incomplete": 2, "kept back": 1, "skipped": 8}
    assert {n for n, row in rows.items() if row.verdict is Verdict.SKIPPED} == {1, 2, 3, 4, 9, 13, 14, 15}
    columns = ("forms", "mass_g", "composition", "price_milli_eur_kg", "from_day")
    assert told(rows[5], *columns) == ("SELVEDGE", 1_250_000, "WO:85;PA:15", 250, date(2027, 2, 1))
    assert told(rows[6], *columns) == ("HEADERS", 310_000, "WO:80;PA:20", 400, date(2027, 2, 1))
    assert told(rows[7], *columns) == ("THREAD_WASTE", 450_000, "WO:100", 600, date(2027, 2, 15))
    assert told(rows[8], *columns) == ("THREAD_WASTE", 180_000, "WM:70;PA:30", 1200, date(2027, 2, 15))
    assert told(rows[10], *columns) == ("FRAY", 300_000, "", None, TODAY)
    assert told(rows[11], *columns[:2]) == ("FLUFF_DUST", 600_000)
    assert told(rows[11], "price_milli_eur_kg", "regime", "waste_codes") == (-220, "WASTE", "04 02 22")
    assert told(rows[12], "forms", "mass_g", "composition", "price_milli_eur_kg") == ("SECONDS", None, "", 3800)
    assert {problem.name for problem in rows[12].problems} == {"mass_g", "composition", "regime"}
    assert [problem.name for problem in rows[5].problems] == ["regime"]
    assert all(row.values.get("origin") == "pre" for n, row in rows.items() if row.verdict is not Verdict.SKIPPED)
    assert [remark.name for remark in rows[8].remarks] == ["colour", "mass_g"]


def test_the_question_about_the_regime_is_answered_once() -> None:
    rows = rows_of("sheets/cascami-gennaio-tessitura.xlsx", "offer", regime="BYPRODUCT")
    assert verdicts(rows)["ready"] == 4
    assert rows[11].values["regime"] == "WASTE"


def test_the_clothing_workshop_s_sheet() -> None:
    rows = rows_of("sheets/scarti-confezione-bilingue.xlsx", "offer")
    columns = ("forms", "mass_g", "composition", "price_milli_eur_kg", "from_day")
    assert told(rows[4], *columns) == ("CUT_WOVEN", 412_500, "PL:95;EA:5", 0, date(2027, 1, 8))
    assert told(rows[5], *columns) == ("CUT_WOVEN", 230_000, "CO:97;EA:3", 150, date(2027, 1, 22))
    assert told(rows[8], *columns) == ("CUT_KNIT", 185_000, "CO:100", None, date(2027, 2, 5))
    assert told(rows[9], "forms", "mass_g", "price_milli_eur_kg") == ("", 1_100_000, -200)
    assert told(rows[9], "regime", "waste_codes") == ("WASTE", "04 02 22")
    assert told(rows[10], *columns) == ("FAKE_FUR_SCRAP", 96_000, "PC:70;PL:30", None, date(2027, 2, 26))
    assert rows[10].values["divisible"] is False
    assert (rows[4].verdict, rows[8].verdict, rows[9].verdict) == ("asked", "incomplete", "incomplete")
    assert {problem.name for problem in rows[8].problems} == {"price_milli_eur_kg", "regime"}
    assert "CUT_WOVEN" in [problem.facts.get("form") for problem in rows[9].problems]
    assert {n for n, row in rows.items() if row.verdict is Verdict.SKIPPED} == {1, 2, 3, 6, 7, 11, 12, 13}


def test_a_hidden_column_is_not_read_and_that_is_said() -> None:
    data = (DISTRICT / "sheets/scarti-confezione-bilingue.xlsx").read_bytes()
    sheet = read_sheet("x.xlsx", data)
    text = repr(sheet) + repr(understand(sheet, "offer", Context(TODAY)))
    assert "内部成本" not in text
    assert "0.05" not in text
    assert ("边角料 scarti", "H") in [(facts.get("sheet"), facts.get("column")) for _words, facts in sheet.remarks]


def test_the_spinner_s_sheet() -> None:
    rows = rows_of("sheets/fabbisogni-filatura-primavera.xlsx", "need")
    columns = ("forms", "mass_g", "composition", "price_milli_eur_kg", "from_day", "until_day")
    first, last = date(2027, 3, 1), date(2027, 5, 31)
    bounds = "WO:70-100;PA:20-28;*:0-5"
    assert told(rows[5], *columns) == ("REGEN_WOOL", 2_000_500, bounds, 4500, first, last)
    assert told(rows[5], "certificates", "length_um", "colour", "delta_e_milli") == ("GRS", 18_000, "NAVY", None)
    assert told(rows[6], *columns[:4]) == ("NOIL;SLIVER_WASTE", 600_000, "WO:98-100;*:0-2", 6300)
    assert told(rows[6], "until_day", "micron_milli", "certificates") == (date(2027, 4, 30), 19_000, "OEKOTEX")
    assert told(rows[7], *columns[:4]) == ("RAGS_WOOL_KNIT", 1_000_000, "WO:88-100;*:0-12", 1400)
    assert told(rows[7], "regime", "from_day") == ("EOW", TODAY)
    assert told(rows[9], *columns[:4]) == ("CARD_WASTE", 1_200_000, "WO:60-100;PA:0-30;*:0-8", 800)
    assert told(rows[9], "lot_g", "from_day", "until_day") == (50_000, date(2027, 3, 1), date(2027, 3, 31))
    assert told(rows[10], *columns[:4]) == ("SELVEDGE", 500_000, "WO:70-100", -50)
    assert told(rows[10], "radius_m", "reference") == (15_000, "A5")
    assert any(remark.name == "price_milli_eur_kg" for remark in rows[10].remarks)
    assert verdicts(rows) == {"asked": 4, "ready": 1, "skipped": 8}


def test_an_old_price_list_is_named_and_left_alone() -> None:
    data = (DISTRICT / "sheets/fabbisogni-filatura-primavera.xlsx").read_bytes()
    rows = understand(read_sheet("x", data), "need", Context(TODAY))
    assert [row.remarks[0].facts for row in rows if row.number == 0] == [{"table": "Listino vecchio"}]


@pytest.mark.parametrize(("name", "side", "number"), [("offers.csv", "offer", 161), ("needs.csv", "need", 121)])
def test_the_district_s_own_files_are_read_whole(name: str, side: str, number: int) -> None:
    rows = rows_of(name, side, permits=EVERY_PERMIT)
    assert verdicts(rows) == {"ready": number, "skipped": 1}


@pytest.mark.parametrize(
    ("name", "line", "column"),
    [
        ("01-negative-mass.csv", 3, "mass_g"),
        ("02-composition-95.csv", 2, "composition"),
        ("03-unknown-form.csv", 3, "forms"),
        ("04-nan.csv", 3, "mass_g"),
        ("08-duplicate-id.csv", 4, "reference"),
        ("09-latitude-95.csv", 3, "lat"),
        ("14-post-consumer-byproduct.csv", 4, "regime"),
        ("15-hazardous-waste-code.csv", 4, "waste_codes"),
        ("17-byproduct-negative-price.csv", 3, "price_milli_eur_kg"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column_and_the_other_rows_are_good(name: str, line: int, column: str) -> None:
    rows = rows_of(f"bad/{name}", "offer")
    wrong = {(n, problem.name) for n, row in rows.items() for problem in row.problems}
    assert wrong == {(line, column)}
    assert rows[line].verdict in ("kept back", "incomplete")


@pytest.mark.parametrize(
    "name", ["05-decimal-comma.csv", "06-semicolon-italian-excel.csv", "07-byte-order-mark.csv", "13-header-only.csv"]
)
def test_what_excel_writes_is_read(name: str) -> None:
    rows = rows_of(f"bad/{name}", "offer")
    assert set(verdicts(rows)) <= {"ready", "skipped"}
    if "comma" in name:
        assert 1_250_500 in [row.values.get("mass_g") for row in rows.values()]


def test_an_unknown_column_is_named() -> None:
    data = b"id,forma,quantita,composizione,regime,origin,xyz\nA,SELVEDGE,100,WO:100,PRODUCT,pre,5\n"
    rows = understand(read_sheet("x.csv", data), "offer", Context(TODAY))
    assert rows[0].remarks[0].facts == {"column": "xyz"}
    assert rows[-1].verdict == "ready"


def test_a_row_survives_being_kept() -> None:
    for row in rows_of("sheets/cascami-gennaio-tessitura.xlsx", "offer").values():
        assert from_json(as_json(row)) == row
