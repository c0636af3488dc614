# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real worker process, with a real queue, on both databases: mail leaves, a run is solved by a child process."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace import create_app, schema
from marketplace.accounts.signed_in import actor_of
from marketplace.db import Database, now
from marketplace.installation import environment_of
from marketplace.jobs.queue import queue_of
from marketplace.jobs.upkeep import is_a_worker_alive
from marketplace.matches.actions import cancel_run, start_run
from marketplace.matches.models import Proposal, Run
from marketplace.matches.rules import LOST_AFTER
from marketplace.settings import Settings
from tests.postgres import postgres_url
from tests.world import make_body, make_firm, make_need, make_offer, make_person

SECONDS = 90
"""Two busy cores and an engine that is compiled when it is first used."""


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    # A database of its own: what a worker commits cannot be rolled back.
    url = f"sqlite:///{tmp_path}/m.db" if request.param == "sqlite" else postgres_url.__wrapped__()
    found = Settings(
        database_url=url, secret_key=secrets.token_hex(32), instance=tmp_path, mail_url=f"dir:{tmp_path}/mail"
    )
    schema.bring_up_to_date(found)
    return found


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    database = Database(settings.database_url)
    app = create_app(settings, database)
    with app.app_context():
        yield app
        queue_of(app).storage.close()
    database.engine.dispose()


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **environment_of(settings)}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "marketplace", "worker"], env=environment, stderr=log)
        yield process
        ended(process)


def ended(process: subprocess.Popen[bytes]) -> None:
    """Ask a worker to end, and see that it does; one that does not is not left behind for the tests that follow."""
    process.terminate()
    try:
        process.wait(timeout=SECONDS)
    finally:
        process.kill()
        process.wait()


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.2)


def a_run(app: Flask, listings: int = 1) -> int:
    database: Database = app.extensions["marketplace"].database
    with database.transaction() as session:
        for _ in range(listings):
            make_need(session, make_firm(session), mass_g=400_000)
            make_offer(session, make_firm(session))
        coordinator = make_person(session, make_body(session), "coordinator")
        return start_run(session, actor_of(session, coordinator), "", 20).id


def state_of(app: Flask, run_id: int) -> str:
    database: Database = app.extensions["marketplace"].database
    with database.reading() as session:
        return session.execute(select(Run.state).where(Run.id == run_id)).scalar_one()


def test_a_worker_solves_a_run_in_a_child_process(app: Flask, worker: subprocess.Popen[bytes]) -> None:
    run_id = a_run(app)
    until(lambda: state_of(app, run_id) not in ("queued", "running"), "the run ended")
    database: Database = app.extensions["marketplace"].database
    with database.reading() as session:
        run = session.get_one(Run, run_id)
        assert (run.state, run.fault, run.attempts) == ("done", "", 1)
        assert session.scalars(select(Proposal.mass_g)).all() == [400_000]
        assert is_a_worker_alive(session)


def test_a_worker_that_is_killed_leaves_a_run_that_the_next_one_ends(app: Flask, settings: Settings) -> None:
    """Wherever the first was killed: before its child began, while the child worked, or after that gave up."""
    run_id = a_run(app)
    environment = {**os.environ, **environment_of(settings)}
    command = [sys.executable, "-m", "marketplace", "worker"]
    first = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    until(lambda: state_of(app, run_id) != "queued", "somebody took the run up")
    first.kill()
    first.wait()
    database: Database = app.extensions["marketplace"].database
    with database.transaction() as session:
        run = session.get_one(Run, run_id)
        if run.unfinished:
            cancel_run(session, None, run)
            # The time is let pass after which a silent worker counts as gone; it is longer than this test waits.
            run.heartbeat_at = now(session) - LOST_AFTER
    second = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        until(lambda: state_of(app, run_id) in ("done", "cancelled"), "the run ended after all")
    finally:
        ended(second)
