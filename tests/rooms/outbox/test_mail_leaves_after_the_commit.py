# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail over real SMTP: once after a commit, never after a roll-back, again when the server was out of order."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.db import Database, now
from marketplace.outbox import mailer
from marketplace.outbox.actions import queue
from marketplace.outbox.mailer import Mailer, mailer_for
from marketplace.outbox.models import Mail
from marketplace.outbox.relay import relay
from marketplace.outbox.rules import MAX_ATTEMPTS, Reader

READER = Reader("lucia@example.com", "en", "Lucia")
FROM = "marketplace@example.org"


class Inbox:
    """A mail server that keeps what it gets, and refuses as often as it is told to."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.refusals: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusals:
            return self.refusals.pop()
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Mailer]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    found = mailer_for(f"smtp://127.0.0.1:{port}")
    assert found is not None
    yield found
    controller.stop()


def write(app: Flask, database: Database, **facts: Any) -> None:
    with app.app_context(), database.transaction() as session:
        queue(session, facts.pop("to", READER), "matches/new_proposals", number=2, **facts)


def make_due(session: Session) -> None:
    session.execute(update(Mail).values(next_try_at=now(session) - timedelta(seconds=1)))
    session.commit()


def the_mail(session: Session) -> Mail:
    session.expire_all()
    return session.scalars(select(Mail)).one()


def test_a_mail_is_delivered_once(app: Flask, database: Database, server: Mailer, inbox: Inbox) -> None:
    write(app, database)
    assert relay(database, server, FROM).sent == 1
    assert relay(database, server, FROM).sent == 0
    [message] = inbox.messages
    assert message["Subject"] == "2 new proposals for your firm"
    assert message["To"] == "lucia@example.com"
    assert message["From"] == FROM
    assert "http://127.0.0.1:8000/proposals" in message.get_content()


def test_what_is_rolled_back_sends_nothing(app: Flask, database: Database, server: Mailer, inbox: Inbox) -> None:
    with app.app_context(), database.transaction() as session:
        queue(session, READER, "matches/new_proposals", number=2)
        session.rollback()
    assert relay(database, server, FROM).sent == 0
    assert inbox.messages == []


def test_a_mail_speaks_its_reader_s_language(app: Flask, database: Database, server: Mailer, inbox: Inbox) -> None:
    write(app, database, to=Reader("wang@example.com", "zh-Hans", "王伟"))
    relay(database, server, FROM)
    assert "王伟" in inbox.messages[0].get_content()


@pytest.mark.parametrize("refusal", ["451 later", "552 too large"])
def test_a_refused_mail_is_tried_again_under_the_same_message_id(
    app: Flask, database: Database, session: Session, server: Mailer, inbox: Inbox, refusal: str
) -> None:
    write(app, database)
    inbox.refusals = [refusal]
    assert relay(database, server, FROM).refused == 1
    first = the_mail(session)
    assert (first.state, first.attempts) == ("waiting", 1)
    assert refusal[:3] in first.last_error
    assert "lucia" not in first.last_error
    assert relay(database, server, FROM).sent == 0, "it waits for its pause to end"
    make_due(session)
    assert relay(database, server, FROM).sent == 1
    assert inbox.messages[0]["Message-ID"] == first.message_id("example.org")
    assert the_mail(session).state == "sent"


def test_what_was_written_is_kept_only_until_it_has_left(
    app: Flask, database: Database, session: Session, server: Mailer, inbox: Inbox
) -> None:
    with app.app_context(), database.transaction() as writing:
        queue(writing, READER, "accounts/password_reset", token="a-secret-token")
    inbox.refusals = ["451 later"]
    relay(database, server, FROM)
    assert "a-secret-token" in the_mail(session).body, "it is to be tried again"
    make_due(session)
    relay(database, server, FROM)
    assert "a-secret-token" in inbox.messages[0].get_content()
    assert the_mail(session).body == ""


def test_one_refused_mail_does_not_hold_up_the_others(
    app: Flask, database: Database, server: Mailer, inbox: Inbox
) -> None:
    for _ in range(3):
        write(app, database)
    inbox.refusals = ["550 no"]
    done = relay(database, server, FROM)
    assert (done.sent, done.refused) == (2, 1)


def test_a_server_that_hangs_is_left_after_a_while_and_tried_again(
    app: Flask, database: Database, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailer, "SECONDS", 0.2)
    for _ in range(2):
        write(app, database)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = mailer_for(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        assert found is not None
        done = relay(database, found, FROM)
    assert (done.sent, done.refused) == (0, 1), "the second is not tried on a server that is out of order"
    states = session.execute(select(Mail.state, Mail.attempts).order_by(Mail.id)).all()
    assert states == [("waiting", 1), ("waiting", 0)]


def test_a_server_that_is_not_there_leaves_the_mail_waiting(app: Flask, database: Database, session: Session) -> None:
    write(app, database)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = mailer_for(f"smtp://127.0.0.1:{port}")
    assert found is not None
    assert relay(database, found, FROM).refused == 1
    assert the_mail(session).state == "waiting"


def test_a_mail_that_failed_often_enough_is_given_up(
    app: Flask, database: Database, session: Session, server: Mailer, inbox: Inbox
) -> None:
    write(app, database)
    for _ in range(MAX_ATTEMPTS):
        inbox.refusals = ["550 no such reader"]
        make_due(session)
        relay(database, server, FROM)
    given_up = the_mail(session)
    assert (given_up.state, given_up.body) == ("failed", "")
    make_due(session)
    assert relay(database, server, FROM).sent == 0


def test_what_is_typed_never_becomes_a_header(
    app: Flask, database: Database, session: Session, server: Mailer, inbox: Inbox
) -> None:
    write(app, database)
    session.execute(update(Mail).values(subject="Ritagli\r\nBcc: x@y.example"))
    session.commit()
    assert relay(database, server, FROM).refused == 1
    assert inbox.messages == []


def test_an_address_that_is_none_is_a_fault_of_that_mail_only(
    app: Flask, database: Database, session: Session, server: Mailer, inbox: Inbox
) -> None:
    write(app, database, to=Reader("not an address", "en", "Nobody"))
    write(app, database)
    done = relay(database, server, FROM)
    assert (done.sent, done.refused) == (1, 1)
    assert len(inbox.messages) == 1


def test_the_demo_gets_its_mail_as_files(app: Flask, database: Database, tmp_path: Path) -> None:
    write(app, database)
    folder = mailer_for(f"dir:{tmp_path / 'mail'}")
    assert folder is not None
    assert relay(database, folder, FROM).sent == 1
    [file] = (tmp_path / "mail").iterdir()
    assert message_from_bytes(file.read_bytes(), policy=default)["To"] == "lucia@example.com"
