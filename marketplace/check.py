# SPDX-License-Identifier: AGPL-3.0-or-later
"""`marketplace check`: what is wrong with this installation, one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from marketplace import schema, tables
from marketplace.db import Database, now
from marketplace.jobs.queue import FAULTS as QUEUE_FAULTS
from marketplace.jobs.queue import queue_of
from marketplace.jobs.upkeep import is_a_worker_alive
from marketplace.outbox.mailer import FAULTS as MAIL_FAULTS
from marketplace.outbox.mailer import mailer_for
from marketplace.outbox.queries import count_by_state, find_oldest_waiting
from marketplace.selfcheck import faults_of_application, faults_of_connection
from marketplace.settings import LANGUAGES, Settings, SettingsError

PACKAGE = Path(__file__).parent


class Level(StrEnum):
    """How bad it is."""

    GOOD = "ok"
    WARNING = "warning"
    FAULT = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    level: Level
    subject: str
    words: str

    def __str__(self) -> str:
        return f"{self.level.value:8} {self.subject}: {self.words}"


def check(app: Flask, database: Database) -> list[Finding]:
    """Everything that is looked at, good or not, in the order an operator would mend it."""
    settings: Settings = app.extensions["marketplace"].settings
    parts: tuple[Callable[[], Iterable[Finding]], ...] = (
        lambda: _settings(app, settings),
        lambda: _catalogues(PACKAGE),
        lambda: _database(database),
        lambda: _queue(app),
        lambda: _mail_server(settings),
    )
    return [finding for part in parts for finding in part()]


def _settings(app: Flask, settings: Settings) -> Iterator[Finding]:
    faults = list(faults_of_application(app))
    yield from (Finding(Level.FAULT, "settings", fault) for fault in faults)
    if len(set(settings.secret_key)) < 10:
        yield Finding(Level.FAULT, "settings", "SECRET_KEY repeats the same few characters; make a random one")
    elif not faults:
        yield Finding(Level.GOOD, "settings", "the secret key, cookies, hosts and sizes are as they must be")
    if not settings.https and urlsplit(settings.base_url).hostname not in ("127.0.0.1", "localhost"):
        yield Finding(Level.FAULT, "settings", "BASE_URL is not https: passwords would travel in the clear")


def _catalogues(package: Path) -> Iterator[Finding]:
    wanted = [tag.replace("-", "_") for tag in LANGUAGES if tag != "en"]
    folders = [f / language / "LC_MESSAGES" for f in package.glob("*/translations") for language in wanted]
    stale = [f for f in folders if (f / "messages.po").exists() and not _is_compiled(f)]
    if stale:
        names = ", ".join(sorted({f.relative_to(package).parts[0] for f in stale}))
        yield Finding(Level.FAULT, "languages", f"catalogues are not compiled: {names} (make setup does it)")
    else:
        yield Finding(Level.GOOD, "languages", "all catalogues are compiled")


def _is_compiled(folder: Path) -> bool:
    compiled = folder / "messages.mo"
    return compiled.exists() and compiled.stat().st_mtime >= (folder / "messages.po").stat().st_mtime


def _database(database: Database) -> Iterator[Finding]:
    try:
        with database.engine.connect() as connection:
            yield from _version(connection)
            yield from _reference_settings(connection)
            yield from _grant_wall(connection)
        with database.reading() as session:
            yield from _worker(session)
            yield from _outbox(session)
    except DBAPIError as error:
        yield Finding(Level.FAULT, "database", f"it cannot be used: {str(error.orig).strip() or type(error).__name__}")
    except SQLAlchemyError as error:
        yield Finding(Level.FAULT, "database", f"it cannot be used: {error}")


def _version(connection: Connection) -> Iterator[Finding]:
    found, newest = tables.version_of(connection), tables.newest_version()
    if found == newest:
        yield Finding(Level.GOOD, "database", f"it answers and is at version {found}")
    else:
        yield Finding(
            Level.FAULT, "database", f"it is at version {found or 'none'}, not {newest}: marketplace db upgrade"
        )


def _reference_settings(connection: Connection) -> Iterator[Finding]:
    faults = list(faults_of_connection(connection))
    yield from (Finding(Level.FAULT, "database", fault) for fault in faults)
    if not faults:
        yield Finding(Level.GOOD, "database", "isolation, durability and time limits are as they must be")


def _grant_wall(connection: Connection) -> Iterator[Finding]:
    """Whether the database itself, by its grants, keeps the application from changing history and ledger."""
    if connection.dialect.name == "sqlite":
        yield Finding(Level.GOOD, "grant wall", "SQLite has no roles; triggers keep history and ledger append-only")
        return
    question = text("SELECT has_table_privilege(:table, 'UPDATE') OR has_table_privilege(:table, 'DELETE')")
    existing = [t for t in schema.APPEND_ONLY if connection.dialect.has_table(connection, t)]
    open_tables = [t for t in existing if connection.execute(question, {"table": t}).scalar_one()]
    if open_tables:
        words = f"missing: the application's role may change {', '.join(open_tables)}; set MIGRATION_DATABASE_URL to "
        yield Finding(Level.WARNING, "grant wall", words + "the tables' owner and run marketplace db upgrade")
    else:
        yield Finding(Level.GOOD, "grant wall", "the application's role cannot change history and ledger")


def _worker(session: Session) -> Iterator[Finding]:
    if is_a_worker_alive(session):
        yield Finding(Level.GOOD, "worker", "it gave a sign of life in the last two minutes")
    else:
        yield Finding(Level.FAULT, "worker", "none gave a sign of life in the last two minutes: marketplace worker")


def _outbox(session: Session) -> Iterator[Finding]:
    counts, oldest = count_by_state(session), find_oldest_waiting(session)
    if failed := counts.get("failed", 0):
        yield Finding(
            Level.WARNING, "mail", f"{failed} were given up after many tries; the page Outgoing mail says why"
        )
    if oldest is not None and (waiting := now(session) - oldest).total_seconds() > 3600:
        yield Finding(Level.WARNING, "mail", f"the oldest has waited for {waiting.total_seconds() / 3600:.0f} hours")


def _queue(app: Flask) -> Iterator[Finding]:
    try:
        with closing(queue_of(app).storage) as storage:
            waiting = storage.queue_size()
    except QUEUE_FAULTS as error:
        yield Finding(Level.FAULT, "queue", f"it cannot be used: {str(error).strip() or type(error).__name__}")
    else:
        yield Finding(Level.GOOD, "queue", f"it answers; {waiting} tasks wait")


def _mail_server(settings: Settings) -> Iterator[Finding]:
    try:
        mailer = mailer_for(settings.mail_url)
        if mailer is None:
            yield Finding(Level.FAULT, "mail", "MAIL_URL is not set: mail waits and nobody gets any")
            return
        mailer.try_reaching()
    except SettingsError as error:
        yield Finding(Level.FAULT, "mail", str(error))
    except MAIL_FAULTS as error:
        yield Finding(Level.FAULT, "mail", f"the server cannot be reached: {type(error).__name__}")
    else:
        yield Finding(Level.GOOD, "mail", "the server takes mail")
