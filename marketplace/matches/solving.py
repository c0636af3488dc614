# SPDX-License-Identifier: AGPL-3.0-or-later
"""One run of the engine, in a process of its own: read the market, solve, keep what was found.

No transaction is open while the engine works. Progress is written in short transactions of its own, and whatever this
process writes, it writes only while the run is still its own to work on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.db import Database, now, today
from marketplace.listings.queries import list_matchable
from marketplace.matches import queries
from marketplace.matches.actions import end_run, move_run
from marketplace.matches.asked import Asked, ask
from marketplace.matches.findings import rows_of
from marketplace.matches.history import model_of
from marketplace.matches.market import Market, market_of, with_forbids
from marketplace.matches.models import Run
from marketplace.matches.repairs import listings_of, market_beside
from marketplace.matches.rules import LOST_AFTER, RunMove, RunState, share_done
from marketplace.matches.steady import kept_rows
from marketplace.processors.queries import list_usable
from matching import (
    Acceptance,
    BadPolicyError,
    Cancelled,
    FailedCheckError,
    MarketTooLargeError,
    Policy,
    match,
)
from matching import Run as Solution

SECONDS_BETWEEN_REPORTS = 0.5
_PLACES = -9
"""The engine's values are micro-points times grams: billionths of a point times a kilogram."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a process was given to work on: it stops being its own when another one takes the run up."""

    run_id: int
    attempt: int
    seconds: int
    policy: Policy
    market: Market
    acceptance: Acceptance
    is_repair: bool


def solve(database: Database, run_id: int) -> str:
    """Work on a run that was taken up; the state it ends in."""
    try:
        with database.reading() as session:
            task = read_assignment(session, run_id)
        solution = match(
            task.market.offers,
            task.market.needs,
            processors=task.market.processors,
            policy=task.policy,
            seconds=task.seconds,
            progress=Reporter(database, task),
        )
    except Cancelled:
        return _stop(database, task)
    except (BadPolicyError, MarketTooLargeError, FailedCheckError) as error:
        log.warning("run-failed", run=run_id, error=type(error).__name__)
        return _fail(database, run_id, str(error))
    # A repair looks at few pairs: what is missing, and why, is for a whole run to say.
    return keep(database, task, solution, Asked() if task.is_repair else ask(run_id, task.market, solution))


def read_assignment(session: Session, run_id: int) -> Assignment:
    """What is published now, and what the run's policy says of it."""
    run = queries.get_run(session, run_id)
    taboo = queries.forbidden_pairs(session) | queries.talked_about_pairs(session)
    policy = Policy.from_toml(run.policy)
    if run.is_repair:
        shown = queries.list_open_of_other_runs(session, run)
        market = market_beside(shown, list_matchable(session), today(session))
        policy = replace(policy, stability=None, around=listings_of(queries.list_repaired_by(session, run)))
        taboo |= {one.pair for one in shown}
    else:
        market = market_of(list_matchable(session), list_usable(session), today(session))
        policy = policy.keeping(kept_rows(session, run)) if policy.stability is not None else policy
    policy = with_forbids(policy, market, taboo)
    return Assignment(run.id, run.attempts, run.seconds, policy, market, model_of(session), run.is_repair)


class Reporter:
    """Writes progress into the run's row, at most twice a second, and hears there of a wish to cancel."""

    def __init__(self, database: Database, task: Assignment, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._task, self._clock = database, task, clock
        self._next_at = 0.0
        self._parent = os.getppid()
        self._known: dict[str, Any] = {}

    def __call__(self, phase: str, share: float, value: int | None, bound: int | None) -> None:
        """What the engine tells: share of the phase done, value and bound in micro-points times grams."""
        changed = phase != self._known.get("phase")
        self._known.update(phase=phase, per_cent=share_done(phase, share))
        if value is not None and bound is not None:
            self._known.update(value_text=_decimal(value), bound_text=_decimal(bound))
        if not changed and self._clock() < self._next_at:
            return
        self._next_at = self._clock() + SECONDS_BETWEEN_REPORTS
        if os.getppid() != self._parent:
            # The worker died: whoever takes the run up next starts it anew.
            raise Cancelled
        self._report()

    def _report(self) -> None:
        try:
            with self._database.transaction() as session:
                run = _own(session, self._task)
                if run is None or run.cancel_asked:
                    raise Cancelled
                values = {**self._known, "heartbeat_at": now(session)}
                session.execute(update(Run).where(Run.id == run.id).values(**values))
        except OperationalError as error:
            # A busy database makes the page wait for its figures, not the run for the database.
            log.warning("progress-not-written", run=self._task.run_id, error=type(error.orig).__name__)


def _own(session: Session, task: Assignment) -> Run | None:
    run = queries.get_run(session, task.run_id, lock=True)
    return run if run.state == RunState.RUNNING and run.attempts == task.attempt else None


def _stop(database: Database, task: Assignment) -> str:
    """Cancelled if that was wanted; else the worker died, and the next one need not wait until it seems silent."""
    with database.transaction() as session:
        run = queries.get_run(session, task.run_id, lock=True)
        if run.unfinished and run.cancel_asked:
            end_run(session, run, RunMove.CANCEL)
        elif run.unfinished and run.attempts == task.attempt:
            run.heartbeat_at = now(session) - LOST_AFTER
        return run.state


def _fail(database: Database, run_id: int, fault: str) -> str:
    with database.transaction() as session:
        run = queries.get_run(session, run_id, lock=True)
        if run.unfinished:
            end_run(session, run, RunMove.FAIL, fault)
        return run.state


def keep(database: Database, task: Assignment, solution: Solution, asked: Asked) -> str:
    """Write what was found into the run, if it is still this process's own to work on; the state it is in then."""
    with database.transaction() as session:
        run = _own(session, task)
        if run is None:
            return queries.get_run(session, task.run_id).state
        found = rows_of(run, task.market, solution, asked.fair or {})
        session.add_all([*found.rows, *asked.why_not])
        run.shortage = dict(asked.shortage)
        run.acceptance = task.acceptance.as_json()
        run.summary = {**solution.summary, **found.figures, "fair_prices_failed": asked.fair is None}
        run.phase, run.per_cent = "done", 100
        run.heartbeat_at = now(session)
        run.value_text, run.bound_text = str(solution.summary["value"]), str(solution.summary["bound"])
        counts = {name: found.figures[name] for name in ("proposals", "arrangements")}
        move_run(session, None, run, RunMove.FINISH, **counts)
        return run.state


def _decimal(units: int) -> str:
    return format(Decimal(units).scaleb(_PLACES), "f")
