# SPDX-License-Identifier: AGPL-3.0-or-later
"""The list of what happened: who reads which lines, by topic, by page, and as a file."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.audit.actions import record
from marketplace.audit.rules import PER_PAGE, harmless
from marketplace.negotiations.actions import open_from_proposal
from tests.world import make_body, make_firm, make_need, make_offer, make_person, make_proposal, sign_in

FIRMS = ("Alfa", "Beta", "Gamma")


@pytest.fixture
def firms(session: Session) -> dict[str, Organisation]:
    """Alfa and Beta have a line in common, Gamma one of its own."""
    made = {name: make_firm(session, name) for name in FIRMS}
    for name, concerned in (("Alfa", ("Alfa", "Beta")), ("Gamma", ("Gamma",))):
        keys = [made[c].id for c in concerned]
        record(session, None, "accounts:firm-verified", made[name], firms=keys, firm=name)
    session.commit()
    return made


def reader(app: Flask, session: Session, organisation: Organisation, role: str) -> FlaskClient:
    """Somebody with a role, signed in."""
    person = make_person(session, organisation, role)
    session.commit()
    return sign_in(app.test_client(), person)


def lines(client: FlaskClient, query: str = "") -> set[str]:
    """Firms named in the list and, alike, in the file."""
    page = client.get(f"/what-happened{query}")
    file = client.get(f"/what-happened.csv{query}")
    assert (page.status_code, file.status_code) == (200, 200)
    shown = {name for name in FIRMS if f"verified {name}." in page.get_data(as_text=True)}
    assert shown == {name for name in FIRMS if f"verified {name}." in file.get_data(as_text=True)}
    return shown


def test_a_manager_reads_the_lines_of_the_firm_s_own_affairs(
    app: Flask, session: Session, firms: dict[str, Organisation]
) -> None:
    assert lines(reader(app, session, firms["Alfa"], "manager")) == {"Alfa"}
    assert lines(reader(app, session, firms["Beta"], "manager")) == {"Alfa"}
    assert lines(reader(app, session, firms["Gamma"], "manager")) == {"Gamma"}


@pytest.mark.parametrize("role", ["coordinator", "admin"])
def test_coordinators_and_administrators_read_all(
    app: Flask, session: Session, firms: dict[str, Organisation], role: str
) -> None:
    assert lines(reader(app, session, make_body(session), role)) == {"Alfa", "Gamma"}


def test_members_analysts_and_officers_read_nothing(
    app: Flask, session: Session, firms: dict[str, Organisation]
) -> None:
    others = [
        reader(app, session, firms["Alfa"], "member"),
        reader(app, session, make_body(session, "university"), "analyst"),
        reader(app, session, make_body(session, "association"), "officer"),
    ]
    for client in others:
        assert client.get("/what-happened").status_code == 403
        assert client.get("/what-happened.csv").status_code == 403


def test_the_list_is_narrowed_to_a_topic(app: Flask, session: Session, firms: dict[str, Organisation]) -> None:
    client = reader(app, session, make_body(session), "coordinator")
    assert lines(client, "?about=accounts") == {"Alfa", "Gamma"}
    assert lines(client, "?about=negotiations") == set()
    assert lines(client, "?about=nonsense%25") == {"Alfa", "Gamma"}
    everything = client.get("/what-happened").get_data(as_text=True)
    sign_ins = client.get("/what-happened?about=sign-ins").get_data(as_text=True)
    assert "signed in." not in everything
    assert "signed in." in sign_ins


def test_the_list_has_pages(app: Flask, session: Session, firms: dict[str, Organisation]) -> None:
    for number in range(PER_PAGE):
        record(session, None, "accounts:firm-verified", firms["Gamma"], firm=f"N{number}")
    client = reader(app, session, make_body(session), "coordinator")
    first, second = (client.get(f"/what-happened?page={n}").get_data(as_text=True) for n in (1, 2))
    assert f"verified N{PER_PAGE - 1}." in first
    assert "verified Alfa." not in first
    assert "verified Alfa." in second


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=" + "9" * 20, "page=%00", "about=%00", "about=a&about=b", "page=999999"]
)
def test_no_address_of_the_list_breaks_it(
    app: Flask, session: Session, firms: dict[str, Organisation], query: str
) -> None:
    client = reader(app, session, firms["Alfa"], "manager")
    assert client.get(f"/what-happened?{query}").status_code == 200
    assert client.get(f"/what-happened.csv?{query}").status_code == 200


def test_no_cell_of_the_file_is_a_formula(app: Flask, session: Session) -> None:
    firm = make_firm(session, "x")
    person = make_person(session, firm, "manager", name="=cmd|'/C calc'!A0")
    record(session, None, "accounts:firm-registered", firm, firms=[firm.id], person="@SUM(A1)", firm="x")
    session.commit()
    client = sign_in(app.test_client(), person)
    text = client.get("/what-happened.csv").get_data(as_text=True).removeprefix("\ufeff")
    (_head, *rows) = csv.reader(io.StringIO(text))
    assert [row[2] for row in rows] == ["'@SUM(A1) registered x."]
    assert [row[3] for row in rows] == ["accounts:firm-registered"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/C calc'!A0", "＝1+1", "\0=1"])
def test_what_would_be_a_formula_is_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_words_stay_words() -> None:
    assert harmless("Anna verified Alfa.") == "Anna verified Alfa."


def test_a_line_leads_to_what_it_is_about_if_the_reader_may_open_it(app: Flask, session: Session) -> None:
    firm, other = make_firm(session, "Alfa"), make_firm(session, "Beta")
    listing = make_offer(session, firm, forms="NOILS", state="draft")
    record(session, None, "listings:edit", listing, firms=[firm.id])
    negotiation = open_from_proposal(
        session, None, make_proposal(session, make_offer(session, other), make_need(session, firm), state="negotiating")
    )
    link, deal = f'href="/listings/{listing.id}"', f'href="/negotiations/{negotiation.id}"'
    own = reader(app, session, firm, "manager").get("/what-happened").get_data(as_text=True)
    partner = reader(app, session, other, "manager").get("/what-happened").get_data(as_text=True)
    coordinator = reader(app, session, make_body(session), "coordinator").get("/what-happened").get_data(as_text=True)
    assert link in own
    assert link not in partner
    assert link in coordinator
    assert deal in own
    assert deal in partner
    assert deal not in coordinator
