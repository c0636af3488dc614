# SPDX-License-Identifier: AGPL-3.0-or-later
"""A link makes its reader a colleague, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts import actions
from marketplace.accounts.models import Invitation, MembershipRow, Organisation, Person
from marketplace.accounts.rules import AlreadyThere, LinkDead, NotARoleHere, NotToOneself
from marketplace.accounts.signed_in import actor_of
from marketplace.db import now
from marketplace.errors import NotAllowed
from marketplace.policy import Actor, Role
from tests.browser import form_values, post
from tests.rooms.accounts.conftest import Mailbox, is_signed_in, link_in
from tests.world import make_body, make_firm, make_person, sign_in

NEW = {"name": "Bice Bardi", "password": "sessanta chili di cimose", "language": "it"}
BICE = "bice@example.com"


def acting(session: Session, person: Person) -> Actor:
    """The person as the rules see them."""
    actor = actor_of(session, person)
    assert actor is not None
    return actor


def invite(client: FlaskClient, firm: Organisation, email: str = BICE, role: str = "member") -> int:
    """Through the page of the firm's people."""
    typed = {"email": email, "role": role, "language": "it"}
    return post(client, f"/organisations/{firm.id}/people", data=typed).status_code


def test_an_invited_colleague_joins_and_signs_in(
    app: Flask, managers_browser: FlaskClient, firm: Organisation, mailbox: Mailbox, session: Session
) -> None:
    assert invite(managers_browser, firm) == 302
    (mail,) = mailbox(BICE, "invitation")
    assert firm.name in mail.subject
    visitor = app.test_client()
    assert post(visitor, link_in(mail), data=NEW).location == "/sign-in"
    assert post(visitor, "/sign-in", data={"email": BICE, "password": NEW["password"]}).location == "/desk"
    row = session.scalars(select(MembershipRow).join(Person).where(Person.email == BICE)).one()
    assert (row.organisation_id, row.role) == (firm.id, "member")


def test_a_link_works_once(app: Flask, managers_browser: FlaskClient, firm: Organisation, mailbox: Mailbox) -> None:
    invite(managers_browser, firm)
    link = link_in(mailbox(BICE, "invitation")[0])
    visitor, late = app.test_client(), app.test_client()
    late.get(link)
    typed = {**{k: v[0] for k, v in form_values(late, link).items()}, **NEW, "name": "Somebody else"}
    assert post(visitor, link, data=NEW).status_code == 302
    assert late.post(link, data=typed).status_code == 404
    assert late.get(link).status_code == 404


def test_a_link_ends_after_two_weeks(session: Session, firm: Organisation, manager: Person) -> None:
    token = actions.invite(session, acting(session, manager), firm, BICE, Role.MEMBER)
    invitation = session.scalars(select(Invitation)).one()
    assert invitation.expires_at - now(session) > timedelta(days=13, hours=23)
    session.execute(update(Invitation).values(expires_at=now(session)))
    with pytest.raises(LinkDead):
        actions.accept_invitation(session, token, "Bice", NEW["password"], "it")


def test_a_newer_invitation_replaces_the_older(session: Session, firm: Organisation, manager: Person) -> None:
    anna = acting(session, manager)
    older = actions.invite(session, anna, firm, BICE, Role.MANAGER)
    newer = actions.invite(session, anna, firm, BICE, Role.MEMBER)
    with pytest.raises(LinkDead):
        actions.accept_invitation(session, older, "Bice", NEW["password"], "it")
    person = actions.accept_invitation(session, newer, "Bice", NEW["password"], "it")
    assert [m.role for m in person.memberships] == ["member"]


def test_an_invitation_taken_back_does_not_work(
    app: Flask, managers_browser: FlaskClient, firm: Organisation, mailbox: Mailbox, session: Session
) -> None:
    invite(managers_browser, firm)
    row = session.scalars(select(Invitation)).one()
    people = f"/organisations/{firm.id}/people"
    assert post(managers_browser, f"/sent-invitations/{row.id}/revoke", people).status_code == 302
    assert app.test_client().get(link_in(mailbox(BICE, "invitation")[0])).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "..%2F..%2Fetc%2Fpasswd", "'%20OR%201=1", "x" * 3000])
def test_a_made_up_link_opens_nothing(client: FlaskClient, token: str) -> None:
    assert client.get(f"/invitations/{token}").status_code == 404
    assert client.get(f"/password/reset/{token}").status_code == 404


def test_somebody_known_joins_without_choosing_a_password_again(
    app: Flask, session: Session, firm: Organisation, managers_browser: FlaskClient, mailbox: Mailbox
) -> None:
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    theirs = sign_in(app.test_client(), coordinator)
    invite(managers_browser, firm, coordinator.email)
    link = link_in(mailbox(coordinator.email, "invitation")[0])
    assert 'type="password"' not in app.test_client().get(link).get_data(as_text=True)
    assert post(app.test_client(), link).status_code == 302
    assert not is_signed_in(theirs), "their rights have changed"
    sign_in(app.test_client(), coordinator)
    session.expire_all()
    assert {m.role for m in coordinator.memberships} == {"coordinator", "member"}


def test_a_person_belongs_to_one_firm_only(
    app: Flask, session: Session, firm: Organisation, managers_browser: FlaskClient, mailbox: Mailbox
) -> None:
    employed = make_person(session, make_firm(session), "member")
    session.commit()
    assert invite(managers_browser, firm, employed.email) == 302, "only the person themselves learns of it"
    refused = post(app.test_client(), link_in(mailbox(employed.email, "invitation")[0]))
    assert refused.status_code == 409
    assert "una sola impresa" in refused.get_data(as_text=True)
    session.expire_all()
    assert len(employed.memberships) == 1


def test_the_database_too_knows_one_firm_per_person(
    app: Flask,
    managers_browser: FlaskClient,
    session: Session,
    firm: Organisation,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    employed = make_person(session, make_firm(session), "member")
    session.commit()
    invite(managers_browser, firm, employed.email)
    # As if another firm's invitation had been accepted between asking and writing.
    monkeypatch.setattr("marketplace.accounts.actions.people.check_combination", lambda _held, _added: None)
    refused = post(app.test_client(), link_in(mailbox(employed.email, "invitation")[0]))
    assert refused.status_code == 409
    assert "una sola impresa" in refused.get_data(as_text=True)


def test_an_analyst_does_not_work_for_a_firm(
    app: Flask, session: Session, firm: Organisation, managers_browser: FlaskClient, mailbox: Mailbox
) -> None:
    analyst = make_person(session, make_body(session, "university"), "analyst")
    session.commit()
    invite(managers_browser, firm, analyst.email)
    assert post(app.test_client(), link_in(mailbox(analyst.email, "invitation")[0])).status_code == 409


@pytest.mark.parametrize("role", ["coordinator", "admin", "analyst", "officer", "", "owner", "MEMBER"])
def test_a_manager_gives_no_role_that_firms_do_not_have(
    managers_browser: FlaskClient, firm: Organisation, role: str, session: Session
) -> None:
    assert invite(managers_browser, firm, role=role) == 422
    assert not session.scalars(select(Invitation)).all()


def test_rules_say_the_same_without_the_page(session: Session, firm: Organisation, manager: Person) -> None:
    anna = acting(session, manager)
    city = make_body(session)
    with pytest.raises(NotAllowed):
        actions.invite(session, anna, city, BICE, Role.COORDINATOR)
    with pytest.raises(NotAllowed):
        actions.invite(session, anna, firm, BICE, Role.ADMIN)
    with pytest.raises(NotAllowed):
        actions.invite(session, anna, make_firm(session), BICE, Role.MEMBER)
    with pytest.raises(NotToOneself):
        actions.invite(session, anna, firm, manager.email, Role.MANAGER)
    with pytest.raises(AlreadyThere):
        actions.invite(session, anna, firm, make_person(session, firm, "member").email, Role.MANAGER)


def test_an_administrator_staffs_the_bodies_but_never_themselves(session: Session, manager: Person) -> None:
    city, school = make_body(session), make_body(session, "university")
    admin = acting(session, person := make_person(session, city, "admin"))
    token = actions.invite(session, admin, city, BICE, Role.COORDINATOR)
    bice = actions.accept_invitation(session, token, "Bice", NEW["password"], "it")
    assert acting(session, bice).roles == {Role.COORDINATOR}
    with pytest.raises(NotToOneself):
        actions.invite(session, admin, school, person.email, Role.COORDINATOR)
    with pytest.raises(NotARoleHere):
        actions.invite(session, admin, city, "c@example.com", Role.OFFICER)
    with pytest.raises(NotAllowed):
        actions.invite(session, acting(session, bice), city, "c@example.com", Role.COORDINATOR)


def test_a_member_invites_nobody(app: Flask, session: Session, firm: Organisation) -> None:
    member = make_person(session, firm, "member")
    session.commit()
    browser = sign_in(app.test_client(), member)
    assert browser.get(f"/organisations/{firm.id}/people").status_code == 403


def test_a_weak_password_keeps_the_link_alive(
    app: Flask, managers_browser: FlaskClient, firm: Organisation, mailbox: Mailbox
) -> None:
    invite(managers_browser, firm)
    link = link_in(mailbox(BICE, "invitation")[0])
    visitor = app.test_client()
    for weak in ("short", BICE, firm.name):
        assert post(visitor, link, data={**NEW, "password": weak}).status_code == 422
    assert post(visitor, link, data=NEW).status_code == 302
