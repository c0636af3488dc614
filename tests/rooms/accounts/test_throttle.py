# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tries are counted before they are looked at, whatever becomes of them, and only those of one address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import throttle
from marketplace.accounts.models import Organisation, Person, SignInAttempt
from marketplace.accounts.rules import THROTTLE_WINDOW, TRIES_PER_ADDRESS, TRIES_PER_EMAIL
from marketplace.accounts.views import door
from marketplace.db import now
from tests.browser import post
from tests.world import PASSWORD, make_person

pytestmark = pytest.mark.usefixtures("still_throttle")


def fail(client: FlaskClient, email: str) -> int:
    return post(client, "/sign-in", data={"email": email, "password": "not the password"}).status_code


def test_after_ten_wrong_tries_not_even_the_right_password_is_looked_at(
    app: Flask, client: FlaskClient, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def note(password: str, _hash: str | None) -> bool:
        looked_at.append(password)
        return password == PASSWORD

    monkeypatch.setattr(door, "is_password", note)
    assert [fail(client, manager.email) for _ in range(TRIES_PER_EMAIL)] == [422] * TRIES_PER_EMAIL
    refused = post(app.test_client(), "/sign-in", data={"email": manager.email.upper(), "password": PASSWORD})
    assert refused.status_code == 429
    assert manager.email.upper() in refused.get_data(as_text=True)
    assert len(looked_at) == TRIES_PER_EMAIL


def test_unknown_addresses_are_counted_alike(client: FlaskClient, manager: Person) -> None:
    unknown = [fail(client, "nobody@example.com") for _ in range(TRIES_PER_EMAIL + 1)]
    known = [fail(client, manager.email) for _ in range(TRIES_PER_EMAIL + 1)]
    assert unknown == known == [422] * TRIES_PER_EMAIL + [429]


def test_nobody_else_is_locked_out(client: FlaskClient, session: Session, firm: Organisation, manager: Person) -> None:
    colleague = make_person(session, firm, "member")
    session.commit()
    for _ in range(TRIES_PER_EMAIL + 2):
        fail(client, manager.email)
    assert post(client, "/sign-in", data={"email": colleague.email, "password": PASSWORD}).status_code == 302


def test_right_passwords_are_taken_off_again(app: Flask, manager: Person, session: Session) -> None:
    for _ in range(TRIES_PER_EMAIL + 3):
        typed = {"email": manager.email, "password": PASSWORD}
        assert post(app.test_client(), "/sign-in", data=typed).status_code == 302
    assert set(session.scalars(select(SignInAttempt.tries))) == {0}


def test_one_network_address_tries_only_so_many_accounts(session: Session) -> None:
    many = [throttle.admit(session, "sign-in", f"p{n}@example.com", "192.0.2.7") for n in range(TRIES_PER_ADDRESS + 5)]
    assert many == [True] * TRIES_PER_ADDRESS + [False] * 5
    assert throttle.admit(session, "sign-in", "p0@example.com", "192.0.2.8")
    assert throttle.admit(session, "reset", "p0@example.com", "192.0.2.7")


@pytest.mark.parametrize("address", ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"])
def test_one_customer_s_ipv6_addresses_count_as_one(session: Session, address: str) -> None:
    throttle.admit(session, "sign-in", "a@example.com", address)
    subjects = set(session.scalars(select(SignInAttempt.subject)))
    assert "sign-in from 2001:0db8:0001:0002" in subjects


def test_the_next_quarter_of_an_hour_begins_anew(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    start = now(session)
    moment = [start]
    monkeypatch.setattr("marketplace.accounts.throttle.now", lambda _session: moment[0])
    for _ in range(TRIES_PER_EMAIL):
        assert throttle.admit(session, "sign-in", "a@example.com", "192.0.2.7")
    assert not throttle.admit(session, "sign-in", "a@example.com", "192.0.2.7")
    moment[0] = start + THROTTLE_WINDOW + timedelta(seconds=1)
    assert throttle.admit(session, "sign-in", "a@example.com", "192.0.2.7")


def test_the_present_password_is_guessed_at_no_oftener_than_at_the_door(
    app: Flask, managers_browser: FlaskClient, manager: Person
) -> None:
    def change(old: str) -> int:
        typed = {"old_password": old, "new_password": "tre balle di stracci blu"}
        return post(managers_browser, "/me/password", "/me", data=typed).status_code

    assert change(PASSWORD) == 302, "one that is right is taken off again"
    assert [change(f"guess {n}") for n in range(TRIES_PER_EMAIL)] == [422] * TRIES_PER_EMAIL
    assert change("tre balle di stracci blu") == 429
    at_the_door = {"email": manager.email, "password": "tre balle di stracci blu"}
    assert post(app.test_client(), "/sign-in", data=at_the_door).status_code == 302
