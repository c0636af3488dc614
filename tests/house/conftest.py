# SPDX-License-Identifier: AGPL-3.0-or-later
"""A district with everybody signed in, for the tests that visit every address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection

from marketplace import create_app
from marketplace.db import Database
from marketplace.settings import Settings
from tests.browser import Browser
from tests.conftest import BACKENDS, OneConnection, migrated
from tests.house.district import District, Thing, find_things, make_district
from tests.postgres import postgres_url


@dataclass
class Place:
    """A running application with a district in it."""

    app: Flask
    database: Database
    district: District
    things: list[Thing]
    connection: Connection | None = None
    """The one connection of a place where every visit is undone."""


def settle(database: Database, folder: Path) -> Place:
    """Put the district into a database and sign everybody in."""
    app = create_app(Settings.for_tests("sqlite://", folder), database)
    app.test_client_class = Browser
    with app.app_context(), database.writer() as session:
        district = make_district(session)
    district.sign_everybody_in(app)
    with database.reader() as session:
        return Place(app, database, district, find_things(session, district))


@pytest.fixture(scope="module", params=BACKENDS)
def undone_place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A district in one open transaction: a test can undo every visit."""
    folder = tmp_path_factory.mktemp("place")
    whole = migrated(f"sqlite:///{folder / 'm.db'}" if request.param == "sqlite" else postgres_url())
    with whole.engine.connect() as connection:
        transaction = connection.begin()
        place = settle(OneConnection(whole, connection), folder)
        place.connection = connection
        yield place
        transaction.rollback()
    whole.engine.dispose()


@pytest.fixture(scope="module")
def kept_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A district that is committed, so that readers are readers and what is written stays."""
    folder = tmp_path_factory.mktemp("place")
    database = migrated(f"sqlite:///{folder / 'm.db'}")
    yield settle(database, folder)
    database.engine.dispose()
