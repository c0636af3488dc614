# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in: the cookie, where one goes, and what a refusal gives away."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Person, SignIn
from tests.browser import post
from tests.rooms.accounts.conftest import is_signed_in
from tests.world import PASSWORD, make_body, make_firm, make_person, sign_in

SECRETS = re.compile(r'(name="(?:csrf_token|idempotency_key)" value=")[^"]*')


def try_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    """Status and page, without what is random and without the address that was typed."""
    response = post(client, "/sign-in", data={"email": email, "password": password, **more})
    return response.status_code, SECRETS.sub(r"\1", response.get_data(as_text=True)).replace(email, "EMAIL")


def test_the_right_password_opens_the_desk(client: FlaskClient, manager: Person) -> None:
    response = post(client, "/sign-in", data={"email": manager.email.upper(), "password": PASSWORD})
    assert response.status_code == 302
    assert response.location == "/desk"
    assert is_signed_in(client)


def test_the_cookie_is_a_random_token_that_scripts_and_other_sites_do_not_get(
    client: FlaskClient, manager: Person, session: Session
) -> None:
    response = post(client, "/sign-in", data={"email": manager.email, "password": PASSWORD})
    (header,) = [h for h in response.headers.getlist("Set-Cookie") if h.startswith("session=")]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    token = header.split("=", 1)[1].split(";")[0]
    assert re.fullmatch(r"[\w-]{43}", token)
    row = session.scalars(select(SignIn).where(SignIn.person_id == manager.id)).one()
    assert token not in (row.token_sha256, row.browser)


def test_a_cookie_from_before_is_replaced(client: FlaskClient, manager: Person) -> None:
    client.set_cookie("session", "chosen-by-somebody-else")
    sign_in(client, manager)
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert cookie.value != "chosen-by-somebody-else"


def test_signing_in_again_ends_the_sign_in_of_the_same_browser(
    client: FlaskClient, manager: Person, session: Session
) -> None:
    sign_in(client, manager)
    client.post("/sign-out", data={})
    cookie = client.get_cookie("session")
    assert cookie is not None
    client.delete_cookie("session")
    page = client.get("/sign-in")
    assert page.status_code == 200
    client.set_cookie("session", cookie.value)
    assert client.get("/sign-in").status_code == 302
    assert len(session.scalars(select(SignIn).where(SignIn.person_id == manager.id)).all()) == 1


def test_a_wrong_password_an_unknown_address_and_every_closed_account_look_alike(
    app: Flask, client: FlaskClient, session: Session, manager: Person
) -> None:
    suspended = make_person(session, make_firm(session, state="suspended"), email="suspended@example.com")
    removed = make_person(session, make_firm(session), email="removed@example.com")
    removed.memberships.clear()
    without = make_person(session, make_firm(session), email="without@example.com", password_hash=None)
    session.commit()
    answers = [try_in(client, manager.email, "not the password")]
    answers += [try_in(client, address) for address in ("nobody@example.com", "not an address", "x" * 254)]
    answers += [try_in(client, person.email) for person in (suspended, removed, without)]
    assert {status for status, _page in answers} == {422}
    assert len({page for _status, page in answers}) == 1


@pytest.mark.parametrize(
    "target",
    [
        "/\\evil.com",
        "\\/evil.com",
        "////evil.com",
        "/%09/evil.com",
        "//evil.com",
        "https:evil.com",
        "https://evil.com",
        "javascript:alert(1)",
        "/%5Cevil.com",
        "/\tevil",
        "evil.com",
        "%2F%2Fevil.com",
    ],
)
def test_nobody_is_sent_to_another_site(client: FlaskClient, manager: Person, target: str) -> None:
    response = post(client, "/sign-in", data={"email": manager.email, "password": PASSWORD, "next": target})
    assert response.location == "/desk"
    assert client.get("/sign-in", query_string={"next": target}).location == "/desk"


def test_whoever_was_sent_to_sign_in_comes_back_to_the_page_they_wanted(client: FlaskClient, manager: Person) -> None:
    wanted = client.get("/me?x=1")
    assert wanted.status_code == 302
    response = post(client, wanted.location, data={"email": manager.email, "password": PASSWORD})
    assert response.location == "/me?x=1"


def test_who_is_signed_in_is_found_with_two_questions_to_the_database(
    managers_browser: FlaskClient, session: Session
) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert managers_browser.get("/firm").status_code == 302
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "cookie", ["", "x", "é" * 50, "a" * 4000, "../../etc/passwd", "' OR 1=1 --", "\ud83d"[:0] + "0"]
)
def test_a_made_up_cookie_signs_nobody_in(client: FlaskClient, manager: Person, cookie: str) -> None:
    client.set_cookie("session", cookie)
    assert not is_signed_in(client)


def test_an_officer_sees_just_the_verified_firms_that_gave_a_mandate(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    union = make_body(session, "association")
    other = make_body(session, "association")
    seen = make_firm(session, "Con mandato", association_id=union.id, mandate_given=True)
    hidden = [
        make_firm(session, "Senza mandato", association_id=union.id),
        make_firm(session, "Di altri", association_id=other.id, mandate_given=True),
        make_firm(session, "In attesa", association_id=union.id, mandate_given=True, state="pending"),
    ]
    officer = make_person(session, union, "officer")
    session.commit()
    sign_in(client, officer)
    page = client.get("/firms").get_data(as_text=True)
    assert "Con mandato" in page
    assert client.get(f"/organisations/{seen.id}").status_code == 200
    for firm in hidden:
        assert firm.name not in page
        assert client.get(f"/organisations/{firm.id}").status_code == 404


def test_a_mandate_withdrawn_is_withdrawn_at_once(client: FlaskClient, session: Session) -> None:
    union = make_body(session, "association")
    firm = make_firm(session, association_id=union.id, mandate_given=True)
    officer = make_person(session, union, "officer")
    session.commit()
    sign_in(client, officer)
    assert client.get(f"/organisations/{firm.id}").status_code == 200
    session.get_one(Organisation, firm.id).mandate_given = False
    session.commit()
    assert client.get(f"/organisations/{firm.id}").status_code == 404
