# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bringing the database to the newest version: tables, the queue's tables, and what the application's role may do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, make_url, text

from marketplace import tables
from marketplace.db import Database
from marketplace.jobs import queue
from marketplace.settings import Settings

APPEND_ONLY = ("event", "movement", "entry", "round")
"""Tables whose rows are only ever added: on PostgreSQL the application's role may not change or remove them."""


def bring_up_to_date(settings: Settings) -> str:
    """Migrate as the owner of the tables and let the application's role in; a sentence about what was done."""
    owner_url = settings.migration_database_url or settings.database_url
    _make_folder(owner_url)
    database = Database(owner_url)
    try:
        with database.engine.begin() as connection:
            before = tables.version_of(connection)
            tables.upgrade(connection)
        queue.create_tables(owner_url)
        with database.engine.begin() as connection:
            _let_in(connection, settings)
    finally:
        database.engine.dispose()
    newest = tables.newest_version()
    return f"The database is at version {newest}." if before == newest else f"From {before or 'nothing'} to {newest}."


def _make_folder(url: str) -> None:
    path = make_url(url).database
    if url.startswith("sqlite") and path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)


def _let_in(connection: Connection, settings: Settings) -> None:
    """Give the application's own role, where it isn't the owner, what it needs and no more."""
    role = make_url(settings.database_url).username
    if not settings.migration_database_url or connection.dialect.name != "postgresql":
        return
    if role is None or role == make_url(settings.migration_database_url).username:
        return
    quoted = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {', '.join(APPEND_ONLY)} FROM {quoted}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}",
    ):
        connection.execute(text(statement))
