# SPDX-License-Identifier: AGPL-3.0-or-later
"""Databases for tests: the schema is made once by the migrations, each test rolls back."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection
from sqlalchemy.orm import Session, sessionmaker

from marketplace import create_app, tables
from marketplace.db import Database
from marketplace.settings import Settings
from tests.browser import Browser
from tests.postgres import postgres_url

BACKENDS = ("sqlite", "postgresql")
REQUIRED = {"REQUIRE_BROWSER": "browser", "REQUIRE_POSTGRESQL": "postgresql"}
"""Set to 1, the run fails unless tests of that kind ran: a build that quietly tested less is a failed build."""

SECONDS_OF_AN_OLD_DAY = 20
"""So long before midnight tests begin only after it."""

settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")  # how long an example takes says more about the machine than about the code


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--screenshots FOLDER` keeps the pictures that the journeys take."""
    parser.addoption("--screenshots", metavar="FOLDER", help="where the journeys leave their pictures")


def seconds_left_of_day(moment: datetime) -> float:
    """How long the day still lasts."""
    return 86_400 - (moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()


def pytest_runtest_setup() -> None:
    """No test begins while a day ends: what it reckoned with today's date would no longer be what the pages show."""
    left = seconds_left_of_day(datetime.now(UTC))
    if left < SECONDS_OF_AN_OLD_DAY:
        time.sleep(left + 0.1)


def kinds_run(reporter: pytest.TerminalReporter) -> dict[str, int]:
    """How many tests passed by kind: on PostgreSQL, in a browser."""
    passed = [r for r in reporter.getreports("passed") if r.when == "call"]
    return {
        "browser": sum("browser" in r.keywords for r in passed),
        "postgresql": sum("postgresql" in r.nodeid for r in passed),
    }


def missing_kinds(reporter: pytest.TerminalReporter) -> list[str]:
    """Variables that ask for tests of which none ran."""
    run = kinds_run(reporter)
    return [name for name, kind in REQUIRED.items() if os.environ.get(name) == "1" and not run[kind]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the tests counted, and of which kinds they were."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        if report.when == "call":
            counts.update(dict(report.user_properties))
    for what, number in counts.items():
        terminalreporter.write_line(f"{what}: {number}")
    run = kinds_run(terminalreporter)
    terminalreporter.write_line(f"passed on PostgreSQL: {run['postgresql']}, in Chromium: {run['browser']}")
    for name in missing_kinds(terminalreporter):
        terminalreporter.write_line(f"{name}=1, but no {REQUIRED[name]} test ran", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that left out what was required."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    workers = hasattr(session.config, "workerinput")
    if reporter is not None and not workers and missing_kinds(reporter) and not session.config.option.collectonly:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class OneConnection(Database):
    """A database whose every session lives inside one open transaction that the test rolls back."""

    def __init__(self, whole: Database, connection: Connection) -> None:
        self.engine = whole.engine
        make = sessionmaker(bind=connection, join_transaction_mode="create_savepoint")
        self.reader = self.writer = make


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    """Migrated databases by backend, made when first asked for."""
    made: dict[str, Database] = {}
    yield made
    for database in made.values():
        database.engine.dispose()


@pytest.fixture(params=BACKENDS)
def whole_database(
    request: pytest.FixtureRequest, databases: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Database:
    """A migrated database on each backend; what a test commits here it must undo itself."""
    backend: str = request.param
    if backend not in databases:
        folder = tmp_path_factory.mktemp("database")
        url = f"sqlite:///{folder / 'marketplace.db'}" if backend == "sqlite" else postgres_url()
        databases[backend] = migrated(url)
    return databases[backend]


def migrated(url: str) -> Database:
    """A database with the newest schema."""
    database = Database(url)
    with database.engine.begin() as connection:
        tables.upgrade(connection)
    return database


@pytest.fixture
def database(whole_database: Database) -> Iterator[Database]:
    """A database for one test: everything it commits is rolled back at the end."""
    with whole_database.engine.connect() as connection:
        transaction = connection.begin()
        yield OneConnection(whole_database, connection)
        transaction.rollback()


@pytest.fixture
def session(app: Flask, database: Database) -> Iterator[Session]:
    """A session that writes into this test's transaction, as a worker would: inside the application."""
    with app.app_context(), database.writer() as session:
        yield session


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    """The application on this test's database; its clients look at every page they receive."""
    app = create_app(Settings.for_tests("sqlite://", tmp_path), database)
    app.test_client_class = Browser
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor's browser."""
    return app.test_client()
