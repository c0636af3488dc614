# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many tries at the same moment, each in a transaction of its own that is really committed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, event, func, select

from marketplace.accounts import throttle
from marketplace.accounts.models import SignInAttempt
from marketplace.accounts.rules import TRIES_PER_EMAIL
from marketplace.db import Database, now
from tests.races.runners import be_patient

AT_ONCE = 40


@pytest.fixture
def committed(whole_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database in which tries are really committed; they are taken out again."""
    with whole_database.reading() as session:
        start = now(session)
    monkeypatch.setattr(throttle, "now", lambda _session: start)
    database = Database(whole_database.engine.url.render_as_string(hide_password=False))
    event.listen(database.engine, "connect", be_patient)
    yield database
    database.engine.dispose()
    with whole_database.transaction() as session:
        session.execute(delete(SignInAttempt))


def test_of_many_tries_at_the_same_moment_no_more_than_the_limit_pass(committed: Database) -> None:
    def one_try(_number: int) -> bool:
        with committed.transaction() as session:
            return throttle.admit(session, "sign-in", "a@example.com", "192.0.2.7")

    with ThreadPoolExecutor(8) as pool:
        passed = sum(pool.map(one_try, range(AT_ONCE)))
    assert passed == TRIES_PER_EMAIL
    with committed.reading() as session:
        assert session.scalar(select(func.max(SignInAttempt.tries))) == TRIES_PER_EMAIL
