# SPDX-License-Identifier: AGPL-3.0-or-later
"""The queue: Huey beside an SQLite database, inside a PostgreSQL one, in memory in tests.

Huey forgets a task the moment a worker takes it, so the queue is only a way to start soon: what has to be done stands
in the rows of the rooms, and periodic tasks take up what was lost.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import psycopg
import structlog
from flask import Flask, current_app, has_app_context
from huey import Huey, MemoryHuey, PostgresHuey, SqliteHuey, crontab
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from marketplace.installation import current_database
from marketplace.settings import Settings
from marketplace.timetable import TASKS, Task, resolve, soon

NAME = "marketplace"
_EXTENSION = "marketplace-queue"
FAULTS = (sqlite3.Error, psycopg.Error, OSError)
"""What a queue that cannot be reached raises."""
log = structlog.get_logger(__name__)


def enqueue(session: Session, task: str, *arguments: object) -> None:
    """Have a task of the timetable done once this transaction is kept."""
    soon(session, task, *arguments)


def put(task: str, *arguments: object) -> None:
    """Hand a task to the workers now. A queue that cannot be reached delays it until its row is found again."""
    if not has_app_context():
        log.info("task-left-to-its-row", task=task)
        return
    try:
        # The application itself: the proxy means nothing in the thread that does the task.
        queue = queue_of(current_app._get_current_object())  # type: ignore[attr-defined]
        queue.enqueue(queue.marketplace_tasks[task].s(*arguments))
    except FAULTS as error:
        log.warning("task-not-enqueued", task=task, error=type(error).__name__)


def queue_of(app: Flask) -> Any:
    """The application's queue, with every task of the timetable registered on it; opened once."""
    if _EXTENSION not in app.extensions:
        queue = _open(app.extensions["marketplace"].settings)
        queue.marketplace_tasks = {name: _register(queue, app, name, task) for name, task in TASKS.items()}
        app.extensions[_EXTENSION] = queue
    return app.extensions[_EXTENSION]


def create_tables(url: str) -> None:
    """Make the queue's own tables in a PostgreSQL database; a queue in a file makes its own when opened."""
    if not url.startswith("sqlite"):
        PostgresHuey(NAME, dsn=_libpq(url), create_tables=True).storage.close()


def run_waiting(app: Flask) -> int:
    """Do here and now what waits in the queue (tests, commands); how many tasks that was."""
    queue, done = queue_of(app), 0
    while (task := queue.dequeue()) is not None:
        queue.execute(task)
        done += 1
    return done


def perform(name: str, *arguments: object) -> None:
    """Do one task of the timetable in this application's context."""
    task = TASKS[name]
    function = resolve(task.function)
    if not task.transactions:
        function(*arguments)
        return
    with current_database().transaction() as session:
        function(session, *arguments)


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Tasks as JSON: whoever can write into the queue can name a task of ours, not run code of theirs."""

    def _serialize(self, data: Any) -> bytes:
        if not isinstance(data, Message):
            raise TypeError(f"only tasks are queued, not {type(data).__name__}")
        return json.dumps({"id": data.id, "name": data.name, "args": data.args}).encode()

    def _deserialize(self, data: Any) -> Message:
        fields = json.loads(bytes(data))
        return Message(id=fields["id"], name=fields["name"], args=tuple(fields["args"]), kwargs={}, retries=0)


def _open(settings: Settings) -> Huey:
    options: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return PostgresHuey(NAME, dsn=_libpq(settings.database_url), create_tables=False, **options)
    if settings.testing or not url.database or url.database == ":memory:":
        return MemoryHuey(NAME, **options)
    return SqliteHuey(NAME, filename=f"{url.database}.queue", **options)


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _register(queue: Huey, app: Flask, name: str, task: Task) -> Any:
    def work(*arguments: object) -> None:
        with app.app_context():
            perform(name, *arguments)

    asked_for = queue.task(name=name)(work)
    if task.minute is not None:
        when = crontab(minute=task.minute, hour=task.hour, strict=True)
        queue.periodic_task(when, name=f"{name}, by the clock")(work)
    return asked_for
