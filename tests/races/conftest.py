# SPDX-License-Identifier: AGPL-3.0-or-later
"""Databases of their own for races: what is committed here is really committed."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from marketplace.db import Database
from tests.conftest import BACKENDS, migrated
from tests.postgres import postgres_url
from tests.races.runners import Squad


@pytest.fixture(scope="package", params=BACKENDS)
def arena(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A migrated database that several processes open at once."""
    if request.param == "sqlite":
        database = migrated(f"sqlite:///{tmp_path_factory.mktemp('race') / 'marketplace.db'}")
        yield database
        database.engine.dispose()
    else:
        yield from _postgres_arena()


@pytest.fixture(scope="package")
def squad() -> Iterator[Squad]:
    """Processes that race."""
    squad = Squad()
    yield squad
    squad.dismiss()


def _postgres_arena() -> Iterator[Database]:
    url, name = make_url(postgres_url()), f"race_{uuid4().hex[:12]}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
            # A deadlock is noticed sooner, so that the controls take seconds.
            connection.execute(text(f"ALTER DATABASE \"{name}\" SET deadlock_timeout = '100ms'"))
    database = migrated(url.set(database=name).render_as_string(hide_password=False))
    yield database
    database.engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()
