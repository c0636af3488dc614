# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the database adds up is, to the gram, what its rows say; months are those of UTC on either database."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.analytics.queries import list_contributions
from marketplace.analytics.rules import Step, Table
from tests.world import make_body, make_firm, make_offer, make_person, sign_in

NEW_YEAR = [
    (datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), 1_000_001),
    (datetime(2027, 1, 1, tzinfo=UTC), 2_000_003),
    (datetime(2027, 1, 31, 23, 30, tzinfo=UTC), 4_000_007),
]
OFFERS = [
    {"composition": "WO:70;PA:30", "forms": "CUT_KNIT", "place_code": "PO-MAC", "theme_code": "TEX"},
    {"composition": "WO:51;PL:49", "forms": "NOIL", "place_code": "PO-TAV", "theme_code": "TEX"},
    {"composition": "PL:100", "forms": "YARN_WASTE", "place_code": "PO-MAC", "theme_code": "TEX"},
]


def rows(session: Session, table: Table) -> dict[str, int]:
    grams = Counter[str]()
    for part in list_contributions(session, Step.OFFERED, table):
        grams[part.row] += part.grams
    return dict(grams)


def test_months_end_with_their_last_second_in_utc(session: Session) -> None:
    firm = make_firm(session)
    for at, grams in NEW_YEAR:
        make_offer(session, firm, published_at=at, mass_g=grams)
    make_offer(session, firm, state="draft", published_at=None)
    assert rows(session, Table.MONTH) == {"2026-12": 1_000_001, "2027-01": 6_000_010}


def test_sums_past_32_bits_are_exact(session: Session) -> None:
    firm = make_firm(session)
    for number in range(5):
        make_offer(session, firm, mass_g=99_999_999_999 - number)
    assert list(rows(session, Table.THEME).values()) == [5 * 99_999_999_999 - 10]


@pytest.mark.parametrize("table", Table)
def test_a_firm_s_grams_come_together_and_are_those_of_its_offers(session: Session, table: Table) -> None:
    firms = [make_firm(session) for _ in range(3)]
    for number, firm in enumerate(firms * 2):
        make_offer(session, firm, mass_g=1_000 + number, **OFFERS[number % 3])
    parts = list(list_contributions(session, Step.OFFERED, table))
    assert {(part.giver_id, part.grams) for part in parts} == {
        (firm.id, 2 * 1_000 + 2 * k + 3) for k, firm in enumerate(firms)
    }
    assert len(parts) == 3


def test_materials_are_read_from_compositions(session: Session) -> None:
    firm = make_firm(session)
    for more in OFFERS:
        make_offer(session, firm, mass_g=1_000, **more)
    make_offer(session, firm, mass_g=1_000, composition="", forms="CUT_KNIT")
    assert rows(session, Table.MATERIAL) == {"wool": 2_000, "synthetic": 1_000, "not-stated": 1_000}


def test_the_file_has_what_the_page_adds_up(session: Session, app: Flask) -> None:
    for number in range(4):
        make_offer(session, make_firm(session), published_at=NEW_YEAR[0][0], mass_g=1_000_000 + number)
    analyst = make_person(session, make_body(session, "lab"), "analyst")
    session.commit()
    client = sign_in(app.test_client(), analyst)
    text = client.get("/volumes.csv?by=month").get_data(as_text=True).removeprefix("\ufeff")
    table = list(csv.reader(io.StringIO(text)))
    assert table[2][:2] == ["2026-12", "4000.006"]
    assert "4,000.006" in client.get("/volumes?by=month").get_data(as_text=True)
