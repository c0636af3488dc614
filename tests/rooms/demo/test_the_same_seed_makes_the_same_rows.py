# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two demos made alike differ only in their secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from marketplace.db import Database
from marketplace.demo.seeding import fill
from marketplace.tables import METADATA
from tests.rooms.demo.conftest import installation, wishes

SECRET = {"password_hash", "token_sha256"}
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""In the links of invitations."""


def rows(database: Database) -> Iterator[tuple[Any, ...]]:
    """Every row of every table, secrets left out."""
    with database.reading() as session:
        for table in METADATA.sorted_tables:
            columns = [column for column in table.columns if column.name not in SECRET]
            for row in session.execute(select(*columns).order_by(*table.primary_key.columns)):
                yield table.name, *(TOKEN.sub("…", value) if isinstance(value, str) else value for value in row)


def test_the_same_seed_and_day_make_the_same_rows_apart_from_secrets(tmp_path: Path) -> None:
    with installation(tmp_path / "one") as one:
        first_people = fill(one, wishes(), lambda words: None)
        first = list(rows(one))
    with installation(tmp_path / "two") as two:
        assert fill(two, wishes(), lambda words: None) == first_people
        for row, twin in zip(first, rows(two), strict=True):
            assert row == twin
    assert {name for name, *_ in first} >= {"organisation", "listing", "proposal", "negotiation", "mail", "event"}
