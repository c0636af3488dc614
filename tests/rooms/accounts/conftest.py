# SPDX-License-Identifier: AGPL-3.0-or-later
"""A firm, its manager, and what people find in their mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import throttle
from marketplace.accounts.models import Organisation, Person
from marketplace.db import now
from marketplace.outbox.models import Mail
from tests.world import make_firm, make_person, sign_in

Mailbox = Callable[[str, str], list[Mail]]


@pytest.fixture
def firm(session: Session) -> Organisation:
    """A verified firm."""
    return make_firm(session, "Lanificio della Lepre")


@pytest.fixture
def manager(session: Session, firm: Organisation) -> Person:
    """Its manager."""
    person = make_person(session, firm)
    session.commit()
    return person


@pytest.fixture
def managers_browser(client: FlaskClient, manager: Person) -> FlaskClient:
    """The manager, signed in."""
    return sign_in(client, manager)


@pytest.fixture
def still_throttle(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tries fall into one quarter of an hour: one that ended in the middle of a test would begin to count anew."""
    start = now(session)
    monkeypatch.setattr(throttle, "now", lambda _session: start)


@pytest.fixture
def mailbox(session: Session) -> Mailbox:
    """Mail to an address made from a template, oldest first."""

    def mails(address: str, template: str) -> list[Mail]:
        session.expire_all()
        found = select(Mail).where(Mail.to_address == address, Mail.template == f"accounts/{template}")
        return list(session.scalars(found.order_by(Mail.id)))

    return mails


def link_in(mail: Mail) -> str:
    """The path of the only link in a mail that carries a token."""
    (link,) = re.findall(r"https?://\S+/(?:invitations|sign-up|password/reset)/\S+", mail.body)
    return urlsplit(link).path


def copy_of(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser that replays the sign-in cookie of this one."""
    cookie = client.get_cookie("session")
    assert cookie is not None
    other = app.test_client()
    other.set_cookie("session", cookie.value)
    return other


def is_signed_in(client: FlaskClient) -> bool:
    """Whether the browser's sign-in still holds."""
    response = client.get("/me")
    assert response.status_code in (200, 302)
    return response.status_code == 200
