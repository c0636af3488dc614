# SPDX-License-Identifier: AGPL-3.0-or-later
"""Roles change and people leave; somebody always remains who can let others in."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import actions
from marketplace.accounts.models import MembershipRow, Organisation, Person
from marketplace.accounts.rules import LastOne, NotARoleHere, NotToOneself
from marketplace.accounts.signed_in import actor_of
from marketplace.audit.queries import list_events_of
from marketplace.errors import NotAllowed
from marketplace.policy import Actor, Role
from tests.browser import post
from tests.rooms.accounts.conftest import is_signed_in
from tests.world import make_body, make_firm, make_person, sign_in


def acting(session: Session, person: Person) -> Actor:
    actor = actor_of(session, person)
    assert actor is not None
    return actor


def test_the_only_manager_stays(managers_browser: FlaskClient, manager: Person, firm: Organisation) -> None:
    people = f"/organisations/{firm.id}/people"
    membership = manager.memberships[0].id
    assert post(managers_browser, f"/memberships/{membership}/remove", people).status_code == 409
    assert post(managers_browser, f"/memberships/{membership}/role", people, {"role": "member"}).status_code == 409
    assert is_signed_in(managers_browser)


def test_with_a_second_manager_the_first_may_leave(
    managers_browser: FlaskClient, manager: Person, firm: Organisation, session: Session
) -> None:
    make_person(session, firm, "manager")
    session.commit()
    people = f"/organisations/{firm.id}/people"
    assert post(managers_browser, f"/memberships/{manager.memberships[0].id}/remove", people).status_code == 302
    assert not is_signed_in(managers_browser)


def test_another_firm_s_people_do_not_exist_for_a_manager(
    managers_browser: FlaskClient, session: Session, firm: Organisation
) -> None:
    other = make_firm(session)
    stranger = make_person(session, other, "member")
    session.commit()
    assert managers_browser.get(f"/organisations/{other.id}/people").status_code == 404
    values = {"csrf_token": token_of(managers_browser), "idempotency_key": "00000000-0000-4000-8000-000000000001"}
    membership = stranger.memberships[0].id
    assert managers_browser.post(f"/memberships/{membership}/remove", data=values).status_code == 404
    assert managers_browser.post(f"/organisations/{other.id}/people", data=values).status_code == 404


def token_of(client: FlaskClient) -> str:
    page = client.get("/me").get_data(as_text=True)
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def test_a_manager_does_not_rise_above_the_firm(session: Session, firm: Organisation, manager: Person) -> None:
    anna = acting(session, manager)
    with pytest.raises(NotToOneself):
        actions.change_role(session, anna, manager.memberships[0], Role.COORDINATOR)
    member = make_person(session, firm, "member")
    with pytest.raises(NotAllowed):
        actions.change_role(session, anna, member.memberships[0], Role.COORDINATOR)


@pytest.mark.parametrize("role", ["coordinator", "admin", "", "MEMBER"])
def test_a_role_that_firms_do_not_have_is_refused_with_words(
    managers_browser: FlaskClient, session: Session, firm: Organisation, role: str
) -> None:
    membership = make_person(session, firm, "member").memberships[0]
    session.commit()
    people = f"/organisations/{firm.id}/people"
    answer = post(managers_browser, f"/memberships/{membership.id}/role", people, {"role": role})
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "Please choose from the list." in text or "Please fill in this field." in text
    session.refresh(membership)
    assert membership.role == "member"


def test_an_administrator_changes_roles_of_others_only(session: Session) -> None:
    city = make_body(session)
    admin, other = make_person(session, city, "admin"), make_person(session, city, "coordinator")
    paolo = acting(session, admin)
    with pytest.raises(NotToOneself):
        actions.change_role(session, paolo, admin.memberships[0], Role.COORDINATOR)
    with pytest.raises(NotARoleHere):
        actions.change_role(session, paolo, other.memberships[0], Role.OFFICER)
    actions.change_role(session, paolo, other.memberships[0], Role.ANALYST)
    assert acting(session, other).roles == {Role.ANALYST}


def test_the_last_administrator_stays(session: Session) -> None:
    city, school = make_body(session), make_body(session, "university")
    admin = make_person(session, city, "admin")
    paolo = acting(session, admin)
    with pytest.raises(LastOne):
        actions.remove_person(session, paolo, admin.memberships[0])
    make_person(session, school, "admin")
    actions.remove_person(session, paolo, admin.memberships[0])
    assert actor_of(session, admin) is None


def test_a_coordinator_manages_nobody(session: Session, firm: Organisation) -> None:
    city = make_body(session)
    giulia = acting(session, make_person(session, city, "coordinator"))
    other = make_person(session, city, "analyst")
    with pytest.raises(NotAllowed):
        actions.remove_person(session, giulia, other.memberships[0])


def test_the_administrator_s_page_shows_bodies_and_their_people(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    bodies = actions.ensure_bodies(session)
    city = bodies["Comune di Prato"]
    admin = make_person(session, city, "admin", name="Paolo Corsi")
    make_person(session, bodies["Confindustria Toscana Nord"], "officer", name="Franca Tempesti")
    session.commit()
    page = sign_in(client, admin).get("/people").get_data(as_text=True)
    for words in ("Comune di Prato", "promoter and coordinator", "Paolo Corsi", "Franca Tempesti", "administrator"):
        assert words in page
    assert client.get(f"/organisations/{city.id}").status_code == 200
    assert client.get(f"/organisations/{city.id}/people").status_code == 200


def test_the_bodies_are_made_once(session: Session) -> None:
    first = actions.ensure_bodies(session)
    again = actions.ensure_bodies(session)
    assert {name: body.id for name, body in first.items()} == {name: body.id for name, body in again.items()}
    assert len(session.scalars(select(Organisation).where(Organisation.kind != "firm")).all()) == 18


def test_what_was_done_with_people_is_written_down(session: Session, firm: Organisation, manager: Person) -> None:
    member = make_person(session, firm, "member", name="Bice Bardi")
    anna = acting(session, manager)
    actions.change_role(session, anna, member.memberships[0], Role.MANAGER)
    actions.remove_person(session, anna, member.memberships[0])
    assert [event.kind for event in list_events_of(session, firm)] == [
        "accounts:role-changed",
        "accounts:person-removed",
    ]
    assert all(event.who == manager.name for event in list_events_of(session, firm))
    assert session.scalars(select(MembershipRow).where(MembershipRow.person_id == member.id)).all() == []
