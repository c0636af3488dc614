# SPDX-License-Identifier: AGPL-3.0-or-later
"""The database itself refuses to change or remove what the ledger and the history say."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.rooms.ledger.conftest import OpenAccount

TABLES = ("event", "movement", "entry", "round")


@pytest.fixture
def with_rows(session: Session, open_account: OpenAccount) -> Session:
    """One row in each table that can have one here; SQLite's triggers act on rows."""
    open_account(1000)
    session.execute(
        text(
            "INSERT INTO event (at, kind, actor_name, subject_kind, subject_id, facts)"
            " VALUES ('2026-01-01 00:00:00', 'a:b', '', 'x', 1, '{}')"
        )
    )
    return session


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
@pytest.mark.parametrize("table", TABLES)
def test_no_row_of_history_can_be_changed_or_removed(with_rows: Session, table: str, verb: str) -> None:
    dialect = with_rows.get_bind().dialect.name
    statements = {
        "UPDATE": f'UPDATE "{table}" SET id = id + 1000',
        "DELETE": f'DELETE FROM "{table}"',
        "TRUNCATE": f'TRUNCATE "{table}" CASCADE',
    }
    if dialect == "sqlite" and (table == "round" or verb == "TRUNCATE"):
        # No round can stand here without a negotiation, and SQLite has no TRUNCATE: the trigger itself is looked at.
        trigger = f"{table}_refuses_{'delete' if verb == 'TRUNCATE' else verb.lower()}"
        names = with_rows.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
        assert trigger in names
        return
    with pytest.raises(DBAPIError, match="append-only"), with_rows.begin_nested():
        with_rows.execute(text(statements[verb]))
