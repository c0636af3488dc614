# SPDX-License-Identifier: AGPL-3.0-or-later
"""A forgotten password: one link, one hour, one use; and nobody learns who is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import PasswordReset, Person
from marketplace.accounts.rules import TRIES_PER_EMAIL
from marketplace.db import now
from tests.browser import form_values, post
from tests.rooms.accounts.conftest import Mailbox, is_signed_in, link_in
from tests.world import PASSWORD

NEW = "tre balle di stracci blu"


def ask(client: FlaskClient, mailbox: Mailbox, email: str) -> str:
    """Ask for a link; the path of the newest one."""
    assert post(client, "/password/forgot", data={"email": email}).status_code == 302
    return link_in(mailbox(email.lower(), "password_reset")[-1])


def test_the_link_sets_a_new_password(client: FlaskClient, manager: Person, mailbox: Mailbox) -> None:
    link = ask(client, mailbox, manager.email.upper())
    assert post(client, link, data={"password": NEW}).location == "/sign-in"
    assert post(client, "/sign-in", data={"email": manager.email, "password": PASSWORD}).status_code == 422
    assert post(client, "/sign-in", data={"email": manager.email, "password": NEW}).status_code == 302


def test_it_works_once(app: Flask, client: FlaskClient, manager: Person, mailbox: Mailbox) -> None:
    link = ask(client, mailbox, manager.email)
    late = app.test_client()
    ready = {name: values[0] for name, values in form_values(late, link).items()}
    assert post(client, link, data={"password": NEW}).status_code == 302
    assert late.post(link, data={**ready, "password": "un’altra ancora dopo"}).status_code == 404
    assert late.get(link).status_code == 404


def test_it_ends_after_an_hour(client: FlaskClient, session: Session, manager: Person, mailbox: Mailbox) -> None:
    link = ask(client, mailbox, manager.email)
    row = session.scalars(select(PasswordReset)).one()
    assert timedelta(minutes=59) < row.expires_at - now(session) <= timedelta(hours=1)
    session.execute(update(PasswordReset).values(expires_at=now(session)))
    session.commit()
    assert client.get(link).status_code == 404


def test_it_ends_when_the_password_was_changed_meanwhile(
    app: Flask, managers_browser: FlaskClient, manager: Person, mailbox: Mailbox
) -> None:
    link = ask(app.test_client(), mailbox, manager.email)
    typed = {"old_password": PASSWORD, "new_password": NEW}
    assert post(managers_browser, "/me/password", "/me", data=typed).status_code == 302
    assert app.test_client().get(link).status_code == 404


def test_a_newer_link_replaces_the_older(client: FlaskClient, manager: Person, mailbox: Mailbox) -> None:
    older = ask(client, mailbox, manager.email)
    newer = ask(client, mailbox, manager.email)
    assert client.get(older).status_code == 404
    assert client.get(newer).status_code == 200


def test_a_weak_password_keeps_the_link_alive(client: FlaskClient, manager: Person, mailbox: Mailbox) -> None:
    link = ask(client, mailbox, manager.email)
    for weak in ("short", manager.email, "x" * 4097, "Lanificio della Lepre"):
        refused = post(client, link, data={"password": weak})
        assert refused.status_code == 422
        assert weak not in refused.get_data(as_text=True).replace(manager.email, "")
    assert post(client, link, data={"password": NEW}).status_code == 302


def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    client: FlaskClient, session: Session, manager: Person, mailbox: Mailbox
) -> None:
    answers = []
    for email in (manager.email, "nobody@example.com", "not an address", "x" * 254):
        response = post(client, "/password/forgot", data={"email": email})
        answers.append((response.status_code, response.location, response.get_data()))
    assert len(set(answers)) == 1
    assert len(session.scalars(select(PasswordReset)).all()) == 1


@pytest.mark.usefixtures("still_throttle")
def test_asking_too_often_sends_no_more_and_says_the_same(
    client: FlaskClient, manager: Person, mailbox: Mailbox
) -> None:
    for _ in range(TRIES_PER_EMAIL + 3):
        assert post(client, "/password/forgot", data={"email": manager.email}).location == "/password/forgot/sent"
    assert len(mailbox(manager.email, "password_reset")) == TRIES_PER_EMAIL


def test_a_false_host_poisons_no_link(client: FlaskClient, manager: Person, mailbox: Mailbox) -> None:
    ready = {name: values[0] for name, values in form_values(client, "/password/forgot").items()}
    typed = {**ready, "email": manager.email}
    assert client.post("/password/forgot", data=typed, headers={"Host": "evil.com"}).status_code == 400
    headers = {"X-Forwarded-Host": "evil.com", "X-Forwarded-For": "127.0.0.1"}
    assert client.post("/password/forgot", data=typed, headers=headers).status_code == 302
    (mail,) = mailbox(manager.email, "password_reset")
    assert "evil" not in mail.body


def test_one_s_own_password_is_changed_only_with_the_present_one(
    managers_browser: FlaskClient, manager: Person
) -> None:
    typed = {"old_password": "not the present one", "new_password": NEW}
    assert post(managers_browser, "/me/password", "/me", data=typed).status_code == 422
    for weak in ("short", manager.email, " " * 12):
        typed = {"old_password": PASSWORD, "new_password": weak}
        assert post(managers_browser, "/me/password", "/me", data=typed).status_code == 422
    assert is_signed_in(managers_browser)


@pytest.mark.parametrize("password", ["  spaces around it  ", "perche\u0301 si\u0300 certo", "🧶" * 12, "羊毛" * 8])
def test_any_characters_and_spaces_make_a_password(
    app: Flask, managers_browser: FlaskClient, manager: Person, password: str
) -> None:
    typed = {"old_password": PASSWORD, "new_password": password}
    assert post(managers_browser, "/me/password", "/me", data=typed).status_code == 302
    again = post(app.test_client(), "/sign-in", data={"email": manager.email, "password": password})
    assert again.status_code == 302
