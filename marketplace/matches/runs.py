# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run from the worker's side: take it up, let a child process solve it, watch, and take up what was lost.

The engine works in a process of its own, so that pages and mail stay quick, and so that a run that does not hear a
wish to cancel can be killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.db import Database, now
from marketplace.errors import N_
from marketplace.installation import current_database, current_settings, environment_of
from marketplace.matches import queries
from marketplace.matches.actions import end_run, move_run
from marketplace.matches.rules import LOST_AFTER, MAX_ATTEMPTS, RunMove, RunState
from marketplace.timetable import soon

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_BETWEEN_HEARTBEATS = 5
SECONDS_TO_HEAR = 10
"""A child that was asked to stop and has not after so long is killed."""
SECONDS_AROUND = 900
"""A run may take so much longer than its allocation; after that it is killed."""

LOST = N_("The worker was lost while the run worked, several times.")
STOPPED = N_("The engine stopped unexpectedly. The operator finds the reason in the worker's log.")
TOO_LONG = N_("The run took much longer than it may.")
log = structlog.get_logger(__name__)


def supervise(run_id: int) -> None:
    """Take a run up, if nobody else works on it, and see its child process through to an end."""
    database = current_database()
    attempt = take_up(database, run_id)
    if attempt is None:
        return
    command = [sys.executable, "-m", "marketplace", "solve-run", str(run_id)]
    environment = {**os.environ, **environment_of(current_settings())}
    # The command is ours and its only argument is a whole number.
    child = subprocess.Popen(  # noqa: S603  # nosec B603
        command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        fault = _watch(database, run_id, child)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    _note_end(database, run_id, attempt, fault)


def take_up(database: Database, run_id: int) -> int | None:
    """Make the run this worker's own: the number of the attempt; None if it has ended or somebody works on it."""
    with database.transaction() as session:
        run = queries.get_run(session, run_id, lock=True)
        heard = run.heartbeat_at
        if not run.unfinished or (run.state == RunState.RUNNING and heard and heard > now(session) - LOST_AFTER):
            return None
        if run.attempts >= MAX_ATTEMPTS:
            end_run(session, run, RunMove.FAIL, LOST)
            return None
        run.attempts += 1
        run.started_at = run.heartbeat_at = now(session)
        run.phase, run.per_cent = "rules", 0
        move_run(session, None, run, RunMove.TAKE_UP)
        return run.attempts


def take_up_lost(session: Session) -> None:
    """Have every run worked on that waits, or whose worker is silent."""
    for run in queries.list_lost_runs(session, now(session) - LOST_AFTER):
        soon(session, "solve run", run.id)


def _watch(database: Database, run_id: int, child: subprocess.Popen[bytes]) -> str:
    """Wait for the child, with signs of life; the fault it ended with if it could not say so itself."""
    seconds = _seconds_of(database, run_id)
    began, next_beat = time.monotonic(), 0.0
    asked_at: float | None = None
    while (status := child.poll()) is None:
        moment = time.monotonic()
        if moment >= next_beat:
            next_beat = moment + SECONDS_BETWEEN_HEARTBEATS
            if _beat(database, run_id):
                asked_at = asked_at or moment
        if asked_at is not None and moment > asked_at + SECONDS_TO_HEAR:
            return STOPPED
        if moment > began + seconds + SECONDS_AROUND:
            return TOO_LONG
        time.sleep(SECONDS_BETWEEN_LOOKS)
    log.info("run-ended", run=run_id, status=status)
    return STOPPED


def _seconds_of(database: Database, run_id: int) -> int:
    with database.reading() as session:
        return queries.get_run(session, run_id).seconds


def _beat(database: Database, run_id: int) -> bool:
    """Write a sign of life; whether the run was asked to stop.

    A database that is busy for a moment costs one sign of life, not the child and its work.
    """
    try:
        with database.transaction() as session:
            run = queries.get_run(session, run_id, lock=True)
            run.heartbeat_at = now(session)
            return run.cancel_asked
    except OperationalError as error:
        log.warning("heartbeat-not-written", run=run_id, error=type(error.orig).__name__)
        return False


def _note_end(database: Database, run_id: int, attempt: int, fault: str) -> None:
    """A child that ended without a word: cancelled if that was wanted, else failed."""
    with database.transaction() as session:
        run = queries.get_run(session, run_id, lock=True)
        if run.unfinished and run.attempts == attempt:
            end_run(session, run, RunMove.CANCEL if run.cancel_asked else RunMove.FAIL, fault)
