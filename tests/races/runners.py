# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several real processes that start at the same moment and count how their attempts end."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from marketplace.db import Database
from marketplace.errors import Refusal
from marketplace.ledger import actions
from marketplace.ledger.models import Account

PROCESSES = 4
PATIENCE_S = 60
THINKING_S = 0.008
"""How long the controls look before each thing they write, so that a busy machine interleaves them too."""

Attempt = Callable[[Database, random.Random, dict[str, Any]], str | None]


class Subject:
    """What caused a movement, as the ledger asks for it."""

    __tablename__ = "race"
    id = 1


class Squad:
    """PROCESSES processes that wait for a race; made once, since starting them takes longer than the races."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        # Kept here: a barrier that nobody holds is gone before a slow process has opened it.
        self._start, self._endings = context.Barrier(PROCESSES), context.Queue()
        self._jobs = [context.Queue() for _ in range(PROCESSES)]
        self._runners = [
            context.Process(target=_run, args=(seed, jobs, self._start, self._endings), daemon=True)
            for seed, jobs in enumerate(self._jobs)
        ]
        for runner in self._runners:
            runner.start()

    def race(self, attempt: Attempt, url: str, times: int, **facts: Any) -> Counter[str]:
        """`attempt` so many times in each process, all starting together; how often each ending came."""
        for jobs in self._jobs:
            jobs.put((attempt, url, times, facts))
        total: Counter[str] = Counter()
        for _ in self._runners:
            total.update(self._endings.get(timeout=PATIENCE_S))
        return total

    def dismiss(self) -> None:
        """End the processes."""
        for jobs in self._jobs:
            jobs.put(None)
        for runner in self._runners:
            runner.join(PATIENCE_S)
            assert runner.exitcode == 0


def _run(seed: int, jobs: Any, start: Any, endings: Any) -> None:
    dice = random.Random(seed)
    while (job := jobs.get()) is not None:
        attempt, url, times, facts = job
        database = Database(url)
        event.listen(database.engine, "connect", be_patient)
        start.wait(PATIENCE_S)
        endings.put(Counter(_ending(attempt, database, dice, facts) for _ in range(times)))
        database.engine.dispose()


def be_patient(connection: Any, _record: object) -> None:
    """SQLite's writers take turns without a queue: on a busy machine one may wait longer than a visitor would."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute(f"PRAGMA busy_timeout={PATIENCE_S * 1000}")


def _ending(attempt: Attempt, database: Database, dice: random.Random, facts: dict[str, Any]) -> str:
    try:
        return attempt(database, dice, facts) or "won"
    except Refusal as refusal:
        return type(refusal).__name__
    except DBAPIError as error:
        return type(error.orig).__name__ + _detail(error)


def _detail(error: DBAPIError) -> str:
    return ": database is locked" if "database is locked" in str(error.orig) else ""


def reserve_once(database: Database, dice: random.Random, facts: dict[str, Any]) -> None:
    """One promise, as the marketplace makes it."""
    with database.transaction() as session:
        actions.reserve(session, facts["accounts"], facts["grams"], Subject())


def read_then_write(database: Database, dice: random.Random, facts: dict[str, Any]) -> str | None:
    """One promise as it must not be made: look what is free, then write what was computed from it."""
    with database.reading() as session:
        reserved = session.execute(text("SELECT reserved_g FROM scratch")).scalar_one()
    if reserved + facts["grams"] > facts["mass_g"]:
        return "refused"
    time.sleep(THINKING_S)
    with database.transaction() as session:
        session.execute(text("UPDATE scratch SET reserved_g = :g"), {"g": reserved + facts["grams"]})
    return None


def reserve_crossing(database: Database, dice: random.Random, facts: dict[str, Any]) -> None:
    """A promise over a random offer and a random need, named in a random order; sometimes it is released again."""
    pair = [dice.choice(facts["offers"]), dice.choice(facts["needs"])]
    dice.shuffle(pair)
    with database.transaction() as session:
        actions.reserve(session, pair, facts["grams"], Subject())
        if dice.random() < 0.3:
            actions.release(session, pair, facts["grams"], Subject())


def update_unsorted(database: Database, dice: random.Random, facts: dict[str, Any]) -> None:
    """The same two rows in whatever order they come, as it must not be done."""
    pair = [dice.choice(facts["offers"]), dice.choice(facts["needs"])]
    dice.shuffle(pair)
    with database.transaction() as session:
        for key in pair:
            time.sleep(THINKING_S)
            session.execute(
                text("UPDATE account SET reserved_g = reserved_g + 1, mass_g = mass_g + 1 WHERE id = :id"), {"id": key}
            )


_TAKE = "UPDATE account SET reserved_g = reserved_g + 1, mass_g = mass_g + 1 WHERE id = ?"


def begin_deferred(database: Database, dice: random.Random, facts: dict[str, Any]) -> None:
    """A writer that takes its lock only when it writes, as the SQLite driver would by itself."""
    connection = database.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA busy_timeout=0")
        connection.cursor().execute("BEGIN")
        connection.cursor().execute("SELECT sum(reserved_g) FROM account").fetchall()
        time.sleep(THINKING_S)
        connection.cursor().execute(_TAKE, (facts["offers"][0],))
        connection.cursor().execute("COMMIT")
    except database.engine.dialect.loaded_dbapi.Error as error:
        connection.cursor().execute("ROLLBACK")
        raise DBAPIError("", {}, error) from error
    finally:
        connection.close()


def withdraw_or_accept(database: Database, dice: random.Random, facts: dict[str, Any]) -> str | None:
    """One accepts while the other withdraws or changes the quantity."""
    with database.transaction() as session:
        account = session.get_one(Account, facts["account"])
        act = dice.choice(["reserve", "close", "resize"])
        if act == "reserve":
            actions.reserve(session, [account.id], facts["grams"], Subject())
        elif act == "close":
            actions.close(session, account, Subject())
        else:
            actions.resize(session, account, account.mass_g + dice.choice([-1, 1]) * facts["grams"], Subject())
    return act
