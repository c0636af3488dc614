# SPDX-License-Identifier: AGPL-3.0-or-later
"""A firm describes itself; the coordinator lists, verifies and suspends firms."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.accounts import actions, queries
from marketplace.accounts.models import Organisation, Permit, Person
from marketplace.accounts.rules import NotYourOwnFirm, WrongMove
from marketplace.accounts.signed_in import actor_of
from marketplace.audit.queries import list_events_of
from tests.browser import form_values, post
from tests.rooms.accounts.conftest import Mailbox, is_signed_in
from tests.world import join, make_body, make_firm, make_person, sign_in


def save(client: FlaskClient, firm: Organisation, **typed: Any) -> TestResponse:
    """The profile's form as it stands, with changes."""
    return post(client, f"/organisations/{firm.id}/edit", data=typed)


@pytest.fixture
def coordinators_browser(app: Flask, session: Session) -> FlaskClient:
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    return sign_in(app.test_client(), coordinator)


def test_a_manager_completes_the_profile(managers_browser: FlaskClient, firm: Organisation, session: Session) -> None:
    typed = {
        "ateco": "13.10.00",
        "lat": "43,9",
        "lon": "11.05",
        "albo_categories": ["2-bis", "4"],
        "language": "zh-Hans",
    }
    assert save(managers_browser, firm, **typed).location == f"/organisations/{firm.id}"
    session.expire_all()
    assert (firm.ateco, firm.lat, firm.lon, firm.albo, firm.language) == (
        "13.10.00",
        43.9,
        11.05,
        ["2-bis", "4"],
        "zh-Hans",
    )
    assert managers_browser.get(f"/organisations/{firm.id}").status_code == 200
    assert [e.kind for e in list_events_of(session, firm)] == ["accounts:firm-edited"]


def test_without_degrees_the_firm_lies_in_the_middle_of_its_place(
    managers_browser: FlaskClient, firm: Organisation, session: Session
) -> None:
    assert save(managers_browser, firm, place_code="OSTE", lat="", lon="").status_code == 302
    session.expire_all()
    place = queries.get_firm(session, firm.id)
    assert place.lat is not None
    assert round(place.lat, 2) == 43.91


def test_standing_vat_number_and_mandate_are_not_in_the_profile(
    managers_browser: FlaskClient, firm: Organisation, session: Session
) -> None:
    before = firm.vat_number
    typed = {"vat_number": "00307120972", "state": "pending", "kind": "municipality", "mandate_given": "1", "id": "1"}
    assert save(managers_browser, firm, **typed).status_code == 302
    session.expire_all()
    assert (firm.vat_number, firm.state, firm.kind, firm.mandate_given) == (before, "verified", "firm", False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lat", "sNaN"),
        ("lat", "Infinity"),
        ("lat", "1e400"),
        ("lat", "91"),
        ("lat", "-91"),
        ("lat", "1_0"),
        ("lat", "١٢"),
        ("lat", "１２"),
        ("lat", "0x10"),
        ("lat", "9" * 200),
        ("lat", ""),
        ("lon", "181"),
        ("lon", "11.05\x00"),
        ("name", ""),
        ("name", "\u202e"),
        ("name", "😀" * 201),
        ("trade", "x"),
        ("albo_categories", "99"),
        ("ateco", "'; DROP TABLE"),
        ("size_class", "gigantic"),
        ("language", "../it"),
    ],
)
def test_a_profile_with_a_fault_is_refused_and_stays_typed(
    managers_browser: FlaskClient, firm: Organisation, field: str, value: str, session: Session
) -> None:
    typed = {"name": "Nome nuovo", "lat": "43.9", "lon": "11.0", field: value}
    response = save(managers_browser, firm, **typed)
    assert response.status_code == 422
    assert "error-summary" in response.get_data(as_text=True)
    session.expire_all()
    assert firm.name == "Lanificio della Lepre"


def test_eighty_smiles_are_a_name(managers_browser: FlaskClient, firm: Organisation, session: Session) -> None:
    assert save(managers_browser, firm, name="😀" * 80).status_code == 302
    session.expire_all()
    assert firm.name == "😀" * 80


def test_permits_are_kept_in_one_spelling_and_once(
    managers_browser: FlaskClient, firm: Organisation, session: Session
) -> None:
    edit, url = f"/organisations/{firm.id}/edit", f"/organisations/{firm.id}/permits"
    typed = {"waste_code": "040222", "number": "PO-12/2025", "valid_until": "31/12/2027"}
    assert post(managers_browser, url, edit, typed).location == edit
    (permit,) = session.scalars(select(Permit))
    assert (permit.waste_code, permit.number, permit.valid_until) == ("04 02 22", "PO-12/2025", date(2027, 12, 31))
    assert post(managers_browser, url, edit, {"waste_code": "04.02.22"}).status_code == 409
    for wrong in ("99 99 99", "", "04 02", "sNaN", "0402220", "\x00"):
        assert post(managers_browser, url, edit, {"waste_code": wrong}).status_code == 422
    for wrong in ("0001-01-01", "9999-12-31", "2024-02-30", "tomorrow"):
        assert post(managers_browser, url, edit, {"waste_code": "19 12 08", "valid_until": wrong}).status_code == 422
    assert post(managers_browser, f"/permits/{permit.id}/remove", edit).location == edit
    assert session.scalars(select(Permit)).all() == []
    assert [e.kind for e in list_events_of(session, firm)] == ["accounts:permit-added", "accounts:permit-removed"]


def test_a_mandate_is_given_withdrawn_and_ends_with_the_association(
    managers_browser: FlaskClient, firm: Organisation, session: Session
) -> None:
    union, other = make_body(session, "association", "Unione"), make_body(session, "association", "Altra")
    session.commit()
    edit, url = f"/organisations/{firm.id}/edit", f"/organisations/{firm.id}/association"
    post(managers_browser, url, edit, {"association": str(union.id), "mandate": "y"})
    session.expire_all()
    assert (firm.association_id, firm.mandate_given) == (union.id, True)
    post(managers_browser, url, edit, {"association": str(other.id), "mandate": "y"})
    post(managers_browser, url, edit, {"association": "", "mandate": "y"})
    session.expire_all()
    assert (firm.association_id, firm.mandate_given) == (None, False)
    kinds = [e.kind.removeprefix("accounts:") for e in list_events_of(session, firm)]
    chosen, given = "association-chosen", "mandate-given"
    assert kinds == [chosen, given, chosen, given, "association-left", "mandate-withdrawn"]


def test_a_firm_joins_associations_only(managers_browser: FlaskClient, firm: Organisation, session: Session) -> None:
    city = make_body(session)
    session.commit()
    edit, url = f"/organisations/{firm.id}/edit", f"/organisations/{firm.id}/association"
    for wrong in (city.id, firm.id, 999_999_999, "x"):
        assert post(managers_browser, url, edit, {"association": str(wrong)}).status_code == 422


def test_a_member_reads_the_profile_and_changes_nothing(app: Flask, firm: Organisation, session: Session) -> None:
    member = make_person(session, firm, "member")
    session.commit()
    browser = sign_in(app.test_client(), member)
    assert browser.get("/firm").location == f"/organisations/{firm.id}"
    assert browser.get(f"/organisations/{firm.id}").status_code == 200
    assert browser.get(f"/organisations/{firm.id}/edit").status_code == 403


def test_the_list_of_firms_is_narrowed_by_standing_and_words(
    coordinators_browser: FlaskClient, session: Session
) -> None:
    make_firm(session, "Alfa 100%", state="pending")
    make_firm(session, "Beta_Lana")
    make_firm(session, "Gamma", state="suspended")
    session.commit()

    def names(query: str) -> set[str]:
        page = coordinators_browser.get(f"/firms{query}").get_data(as_text=True)
        return {name for name in ("Alfa", "Beta_Lana", "Gamma") if name in page}

    assert names("") == {"Alfa", "Beta_Lana", "Gamma"}
    assert names("?state=pending") == {"Alfa"}
    assert names("?state=suspended") == {"Gamma"}
    assert names("?q=%25") == {"Alfa"}
    assert names("?q=_") == {"Beta_Lana"}
    assert names("?q=lana") == {"Beta_Lana"}
    assert names("?state=__class__&sort=price;drop&order=desc") == {"Alfa", "Beta_Lana", "Gamma"}


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=99999999999999999999", "page=x", "page=%00", "page=2&page=3", "page=999999"),
        *("q=%00", "q=%EF%BF%BF", "q=" + "x" * 5000, "q=%25%25%25_%5C", "per_page=1000000", "state=%00"),
    ],
)
def test_no_address_of_the_list_breaks_it(coordinators_browser: FlaskClient, query: str) -> None:
    assert coordinators_browser.get(f"/firms?{query}").status_code == 200


def test_a_suspended_firm_gets_a_reason_and_can_come_back(
    coordinators_browser: FlaskClient,
    managers_browser: FlaskClient,
    firm: Organisation,
    manager: Person,
    session: Session,
    mailbox: Mailbox,
) -> None:
    page = f"/organisations/{firm.id}"
    assert post(coordinators_browser, f"{page}/suspend", page).status_code == 422
    typed = {"reason": "Autorizzazione scaduta"}
    assert post(coordinators_browser, f"{page}/suspend", page, typed).status_code == 302
    (mail,) = mailbox(manager.email, "firm_suspended")
    assert "Autorizzazione scaduta" in mail.body
    assert not is_signed_in(managers_browser)
    assert post(coordinators_browser, f"{page}/verify", page).status_code == 302
    session.expire_all()
    assert firm.state == "verified"
    sign_in(managers_browser, manager)


def test_a_decision_taken_twice_is_refused(coordinators_browser: FlaskClient, session: Session, app: Flask) -> None:
    firm = make_firm(session, state="pending")
    session.commit()
    page = f"/organisations/{firm.id}"
    late = {name: values[0] for name, values in form_values(coordinators_browser, f"{page}/verify", page).items()}
    assert post(coordinators_browser, f"{page}/verify", page).status_code == 302
    assert coordinators_browser.post(f"{page}/verify", data=late).status_code == 409


def test_nobody_decides_about_the_firm_they_work_for(app: Flask, session: Session) -> None:
    firm = make_firm(session, state="pending")
    coordinator = make_person(session, make_body(session), "coordinator")
    join(session, coordinator, firm, "member")
    session.commit()
    browser = sign_in(app.test_client(), coordinator)
    ready = {name: values[0] for name, values in form_values(browser, "/me").items()}
    for act in ("verify", "suspend"):
        typed = {**ready, "reason": "x", "idempotency_key": str(uuid4())}
        assert browser.post(f"/organisations/{firm.id}/{act}", data=typed).status_code == 403
    actor = actor_of(session, coordinator)
    with pytest.raises(NotYourOwnFirm):
        actions.verify_firm(session, actor, firm)


def test_bodies_that_are_no_firms_are_not_suspended(session: Session) -> None:
    city, school = make_body(session), make_body(session, "university")
    actor = actor_of(session, make_person(session, city, "coordinator"))
    with pytest.raises(WrongMove):
        actions.suspend_firm(session, actor, school, "x")


def test_an_administrator_suspends_but_does_not_verify(app: Flask, session: Session, firm: Organisation) -> None:
    admin = make_person(session, make_body(session), "admin")
    session.commit()
    browser = sign_in(app.test_client(), admin)
    page = f"/organisations/{firm.id}"
    assert post(browser, f"{page}/suspend", page, {"reason": "x"}).status_code == 302
    assert f"{page}/verify" not in browser.get(page).get_data(as_text=True)


def test_an_unknown_key_is_no_firm(session: Session) -> None:
    with pytest.raises(LookupError):
        queries.get_firm(session, 999_999_999)


def test_managers_and_coordinators_are_found(session: Session, firm: Organisation, manager: Person) -> None:
    make_person(session, firm, "member")
    coordinator = make_person(session, make_body(session), "coordinator")
    assert queries.list_managers(session, firm.id) == [manager]
    (reader,) = queries.list_readers(session, firm.id)
    assert (reader.address, reader.language, reader.name) == (manager.email, "en", manager.name)
    assert coordinator in queries.list_coordinators(session)
    make_body(session, "association", "Confartigianato Prato")
    found = queries.find_association(session, "Confartigianato Imprese Prato")
    assert found is not None
    assert found.name == "Confartigianato Prato"
