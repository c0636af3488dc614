# SPDX-License-Identifier: AGPL-3.0-or-later
"""An uploaded sheet is read in a child process that may use little, and outside of any transaction."""

from __future__ import annotations

import io
import os
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from marketplace.listings import sheet_views
from marketplace.listings.sheets import UnreadableSheet, confined, read_confined, read_rows, read_sheet
from marketplace.listings.sheets.confined import Limits
from tests.rooms.listings.conftest import Mill
from tests.rooms.listings.test_uploading_a_sheet import SHEETS, WEAVER, send
from tests.rules.test_sheet_files import BEYOND, good_lines, repacked, workbook

TODAY = date(2026, 11, 22)
MANY = b"form,mass_kg,composition\n" + b"SELVEDGE,7,WO:100\n" * 4_900


def largest() -> bytes:
    """A workbook as large as one may be: 4,900 rows, 60 columns, every text another."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Materiale", "Quantità kg", "Composizione", *(f"Nota {n}" for n in range(57))])
        for row in range(1, 4_900):
            sheet.write_row(row, 0, ["Cimose", row, "lana 100", *(f"{row} {n}" for n in range(57))])
    return out.getvalue()


def test_a_sheet_reads_the_same_in_a_child_process() -> None:
    data = (SHEETS / WEAVER).read_bytes()
    assert read_confined(WEAVER, data, "offer", TODAY) == read_rows(read_sheet(WEAVER, data), "offer", TODAY)


def test_the_largest_sheet_fits_into_the_limits() -> None:
    assert len(read_confined("x.xlsx", largest(), "offer", TODAY)) > 4_899


@pytest.mark.parametrize("what", ["a long text in many cells", "six letters"])
def test_what_is_refused_is_refused_there_with_the_same_words(what: str) -> None:
    data = repacked(workbook(good_lines), BEYOND[what])
    refusals = []
    for read in (read_confined, lambda *a: read_rows(read_sheet(*a[:2]), *a[2:])):
        with pytest.raises(UnreadableSheet) as refusal:
            read("x.xlsx", data, "offer", TODAY)
        refusals.append((refusal.value.words, refusal.value.facts))
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize("limits", [Limits(memory=96 * 2**20), Limits(processor_seconds=0), Limits(clock_seconds=0.01)])
def test_a_file_that_needs_more_than_it_may_is_refused_with_words(limits: Limits) -> None:
    data = largest() if limits.memory < 2**29 else MANY
    with pytest.raises(UnreadableSheet) as refusal:
        read_confined("x.xlsx", data, "offer", TODAY, limits)
    assert refusal.value.words == confined.TOO_HARD


def test_the_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")
    asked: dict[str, Any] = {}
    real = confined.subprocess.run

    def noting(command: list[str], **more: Any) -> Any:
        asked.update(more)
        return real(command, **more)

    monkeypatch.setattr(confined.subprocess, "run", noting)
    read_confined("x.csv", MANY[:60], "offer", TODAY)
    assert "canary" not in asked["env"].values()
    assert set(asked["env"]) <= {"PATH", "PYTHONPATH", "LANG", "LC_ALL"} & set(os.environ)


def test_nobody_waits_for_a_slow_sheet(mill: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is read, the request holds no session, so on SQLite others can write."""
    from flask import g

    held: list[bool] = []

    def slow(*_told: object) -> list[object]:
        held.append("db_session" in g)
        raise UnreadableSheet(confined.TOO_HARD)

    monkeypatch.setattr(sheet_views, "read_confined", slow)
    answer = send(mill, MANY)
    assert answer.status_code == 422
    assert "too much time or memory" in answer.get_data(as_text=True)
    assert held == [False]
