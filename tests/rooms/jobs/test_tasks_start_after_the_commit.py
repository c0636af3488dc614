# SPDX-License-Identifier: AGPL-3.0-or-later
"""The queue: tasks start once what they work on is kept, and a lost queue loses nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from huey import SqliteHuey
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace import create_app
from marketplace.accounts.models import Invitation
from marketplace.db import Database, now
from marketplace.jobs.models import Heartbeat
from marketplace.jobs.queue import JsonSerializer, enqueue, perform, put, queue_of, run_waiting
from marketplace.jobs.upkeep import KEPT, beat, forget_old_rows, is_a_worker_alive
from marketplace.outbox.actions import queue as queue_mail
from marketplace.outbox.models import Mail
from marketplace.outbox.rules import Reader
from marketplace.settings import Settings
from marketplace.tables import METADATA
from marketplace.timetable import TASKS
from marketplace.web.context import site
from marketplace.web.replays import Replay
from tests.world import make_firm


def test_a_task_waits_for_its_commit(app: Flask, database: Database) -> None:
    with app.app_context(), database.transaction() as session:
        enqueue(session, "send mail")
        assert queue_of(app).pending_count() == 0
    assert queue_of(app).pending_count() == 1


def test_what_is_rolled_back_starts_nothing(app: Flask, database: Database) -> None:
    with app.app_context(), database.writer() as session:
        enqueue(session, "send mail")
        session.rollback()
    assert queue_of(app).pending_count() == 0


def test_a_task_asked_for_twice_in_a_transaction_is_done_once(app: Flask, database: Database) -> None:
    with app.app_context(), database.transaction() as session:
        enqueue(session, "send mail")
        enqueue(session, "send mail")
        enqueue(session, "solve run", 7)
        enqueue(session, "solve run", 8)
    assert queue_of(app).pending_count() == 3


def test_a_task_that_nobody_knows_is_a_mistake_at_once(session: Session) -> None:
    with pytest.raises(KeyError):
        enqueue(session, "make coffee")


def test_tasks_travel_as_json_that_names_a_task_and_nothing_else(app: Flask) -> None:
    queue = queue_of(app)
    task = queue.marketplace_tasks["solve run"].s(12)
    data = queue.serialize_task(task)
    assert set(json.loads(data)) == {"id", "name", "args"}
    again = queue.deserialize_task(data)
    assert (type(again), again.args, again.id) == (type(task), (12,), task.id)
    with pytest.raises(TypeError):
        JsonSerializer().serialize(object())


def test_waiting_tasks_are_done_in_the_application(app: Flask, database: Database, tmp_path: Path) -> None:
    held = site(app)
    app.extensions["marketplace"] = replace(held, settings=replace(held.settings, mail_url=f"dir:{tmp_path / 'mail'}"))
    with app.app_context(), database.transaction() as session:
        queue_mail(session, Reader("lucia@example.com", "it", "Lucia"), "matches/new_proposals", number=1)
    assert run_waiting(app) == 1
    assert len(list((tmp_path / "mail").iterdir())) == 1


def test_a_queue_that_cannot_be_reached_breaks_no_request(app: Flask, database: Database, tmp_path: Path) -> None:
    settings = replace(Settings.for_tests(f"sqlite:///{tmp_path}/missing/m.db", tmp_path), testing=False)
    lonely = create_app(settings, database)
    with lonely.app_context(), database.transaction() as session:
        queue_mail(session, Reader("lucia@example.com", "it", "Lucia"), "matches/new_proposals", number=1)
    with database.reading() as session:
        assert session.scalars(select(Mail.state)).one() == "waiting"


def test_the_queue_of_an_sqlite_installation_is_a_file_beside_it(database: Database, tmp_path: Path) -> None:
    settings = replace(Settings.for_tests(f"sqlite:///{tmp_path}/m.db", tmp_path), testing=False)
    app = create_app(settings, database)
    assert isinstance(queue_of(app), SqliteHuey)
    with app.app_context():
        put("send mail")
    assert (tmp_path / "m.db.queue").exists()
    assert queue_of(app).pending_count() == 1


@pytest.mark.parametrize("name", TASKS)
def test_every_task_that_the_clock_starts_can_be_done_on_an_empty_market(
    app: Flask, database: Database, name: str
) -> None:
    if TASKS[name].minute is None:
        return
    with app.app_context():
        perform(name)


def test_old_rows_are_forgotten_and_young_ones_kept(session: Session) -> None:
    moment = now(session)
    more: dict[str, Any] = {"owner": "person 1", "route": "POST /x", "body_sha256": "", "location": "/"}
    session.add_all(
        [
            Replay(key="old", at=moment - timedelta(hours=49), **more),
            Replay(key="young", at=moment - timedelta(hours=47), **more),
        ]
    )
    session.flush()
    forget_old_rows(session)
    assert session.scalars(select(Replay.key)).all() == ["young"]


def test_dead_links_and_mail_long_sent_are_forgotten_and_waiting_mail_is_not(session: Session) -> None:
    moment = now(session)
    firm = make_firm(session)
    for days in (6, 8):
        expired = moment - timedelta(days=days)
        email, digest = f"{days}@example.com", str(days)
        session.add(
            Invitation(
                token_sha256=digest,
                email=email,
                organisation_id=firm.id,
                role="member",
                language="it",
                expires_at=expired,
                used_at=expired,
            )
        )
    letter = {"language": "it", "template": "accounts/welcome", "subject": "", "queued_at": moment}
    for address, days_ago in (("young", 89), ("old", 91), ("waiting", None)):
        sent_at = None if days_ago is None else moment - timedelta(days=days_ago)
        state = "sent" if sent_at else "waiting"
        session.add(Mail(to_address=address, state=state, body="", next_try_at=moment, sent_at=sent_at, **letter))
    session.flush()
    forget_old_rows(session)
    assert session.scalars(select(Invitation.email)).all() == ["6@example.com"]
    assert set(session.scalars(select(Mail.to_address))) == {"young", "waiting"}


@pytest.mark.parametrize(("table", "column"), [(table, column) for table, (column, _kept) in KEPT.items()])
def test_every_table_to_forget_from_exists(table: str, column: str) -> None:
    assert column in METADATA.tables[table].c


def test_a_worker_lives_as_long_as_it_says_so(session: Session) -> None:
    assert not is_a_worker_alive(session)
    beat(session, "here:1")
    beat(session, "here:1")
    session.flush()
    assert is_a_worker_alive(session)
    session.execute(update(Heartbeat).values(at=now(session) - timedelta(minutes=3)))
    assert not is_a_worker_alive(session)
