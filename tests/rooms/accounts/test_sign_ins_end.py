# SPDX-License-Identifier: AGPL-3.0-or-later
"""A sign-in ends when it must, and a copied cookie opens nothing afterwards."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts import actions
from marketplace.accounts.models import MembershipRow, Organisation, Person, SignIn
from marketplace.accounts.signed_in import actor_of
from marketplace.db import now
from tests.browser import post
from tests.rooms.accounts.conftest import Mailbox, copy_of, is_signed_in, link_in
from tests.world import PASSWORD, make_body, make_person, sign_in

NEW = "una nuova frase segreta"


def test_at_sign_out(app: Flask, managers_browser: FlaskClient) -> None:
    stolen = copy_of(app, managers_browser)
    assert is_signed_in(stolen)
    assert post(managers_browser, "/sign-out", "/me").status_code == 302
    assert not is_signed_in(managers_browser)
    assert not is_signed_in(stolen)


def test_in_every_other_browser_when_the_password_changes(
    app: Flask, managers_browser: FlaskClient, manager: Person
) -> None:
    phone, stolen = sign_in(app.test_client(), manager), copy_of(app, managers_browser)
    typed = {"old_password": PASSWORD, "new_password": NEW}
    assert post(managers_browser, "/me/password", "/me", data=typed).status_code == 302
    assert is_signed_in(managers_browser)
    assert not is_signed_in(phone)
    assert is_signed_in(stolen), "the same sign-in, in whichever browser"


def test_everywhere_when_the_password_is_reset(
    app: Flask, managers_browser: FlaskClient, manager: Person, mailbox: Mailbox
) -> None:
    visitor = app.test_client()
    assert post(visitor, "/password/forgot", data={"email": manager.email}).status_code == 302
    link = link_in(mailbox(manager.email, "password_reset")[0])
    assert post(visitor, link, data={"password": NEW}).status_code == 302
    assert not is_signed_in(managers_browser)


def test_when_the_person_is_removed(
    app: Flask, managers_browser: FlaskClient, session: Session, firm: Organisation
) -> None:
    colleague = make_person(session, firm, "member")
    session.commit()
    theirs = sign_in(app.test_client(), colleague)
    people = f"/organisations/{firm.id}/people"
    assert post(managers_browser, f"/memberships/{colleague.memberships[0].id}/remove", people).status_code == 302
    assert not is_signed_in(theirs)
    assert post(theirs, "/sign-in", data={"email": colleague.email, "password": PASSWORD}).status_code == 422


def test_when_the_firm_is_suspended(
    app: Flask, managers_browser: FlaskClient, session: Session, firm: Organisation
) -> None:
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    desk = sign_in(app.test_client(), coordinator)
    page = f"/organisations/{firm.id}"
    assert post(desk, f"{page}/suspend", page, data={"reason": "Autorizzazione scaduta"}).status_code == 302
    assert not is_signed_in(managers_browser)


def test_when_the_role_changes(app: Flask, managers_browser: FlaskClient, session: Session, firm: Organisation) -> None:
    colleague = make_person(session, firm, "manager")
    session.commit()
    theirs = sign_in(app.test_client(), colleague)
    membership = colleague.memberships[0].id
    people = f"/organisations/{firm.id}/people"
    assert post(managers_browser, f"/memberships/{membership}/role", people, {"role": "member"}).status_code == 302
    assert not is_signed_in(theirs)
    session.expire_all()
    assert session.get_one(MembershipRow, membership).role == "member"


def test_after_twelve_hours_whatever_was_done_meanwhile(
    managers_browser: FlaskClient, session: Session, manager: Person
) -> None:
    row = session.scalars(select(SignIn).where(SignIn.person_id == manager.id)).one()
    assert row.expires_at - row.created_at == timedelta(hours=12)
    assert is_signed_in(managers_browser)
    session.execute(update(SignIn).values(expires_at=now(session) - timedelta(seconds=1)))
    session.commit()
    assert not is_signed_in(managers_browser)


def test_when_its_owner_ends_it_from_another_browser(
    app: Flask, managers_browser: FlaskClient, session: Session, manager: Person
) -> None:
    phone = sign_in(app.test_client(), manager)
    lost = session.scalars(select(SignIn).where(SignIn.person_id == manager.id).order_by(SignIn.id.desc())).first()
    assert lost is not None
    assert post(managers_browser, f"/sign-ins/{lost.id}/end", "/me").status_code == 302
    assert not is_signed_in(phone)
    assert is_signed_in(managers_browser)


def test_nobody_ends_the_sign_in_of_somebody_else(
    app: Flask, managers_browser: FlaskClient, session: Session, firm: Organisation
) -> None:
    colleague = make_person(session, firm, "member")
    session.commit()
    theirs = sign_in(app.test_client(), colleague)
    row = session.scalars(select(SignIn).where(SignIn.person_id == colleague.id)).one()
    typed = {"csrf_token": "", "idempotency_key": ""}
    assert managers_browser.post(f"/sign-ins/{row.id}/end", data=typed).status_code == 400
    page = managers_browser.get("/me").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    typed = {"csrf_token": token, "idempotency_key": "00000000-0000-4000-8000-000000000001"}
    assert managers_browser.post(f"/sign-ins/{row.id}/end", data=typed).status_code == 404
    assert is_signed_in(theirs)


def test_an_answer_under_way_does_not_bring_a_sign_in_back(
    app: Flask, managers_browser: FlaskClient, session: Session, manager: Person
) -> None:
    actor = actor_of(session, manager)
    assert actor is not None
    cookie = managers_browser.get_cookie("session")
    assert cookie is not None
    actions.sign_out(session, actor, cookie.value)
    session.commit()
    response = managers_browser.get("/me")
    assert response.status_code == 302
    assert not [h for h in response.headers.getlist("Set-Cookie") if h.startswith("session=")]
