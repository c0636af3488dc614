# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ten starts at the same moment make one run, on real databases with real commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from marketplace.db import Database
from marketplace.matches.actions import start_run
from marketplace.matches.models import Run
from marketplace.matches.rules import RunUnderWay
from marketplace.web.constraints import explain_violation
from tests.conftest import migrated
from tests.postgres import postgres_url

STARTS = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def own_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    # One of its own: what is committed here cannot be rolled back.
    url = f"sqlite:///{tmp_path}/m.db" if request.param == "sqlite" else str(postgres_url.__wrapped__())
    database = migrated(url)
    yield database
    database.engine.dispose()


def test_ten_starts_at_the_same_moment_make_one_run(own_database: Database) -> None:
    barrier = Barrier(STARTS)

    def start(_number: int) -> str:
        barrier.wait()
        try:
            with own_database.transaction() as session:
                start_run(session, None, "")
        except RunUnderWay:
            return "refused"
        except IntegrityError as error:
            # The pages turn the violated constraint into the same refusal.
            return "refused" if isinstance(explain_violation(error), RunUnderWay) else str(error)
        return "started"

    with ThreadPoolExecutor(STARTS) as threads:
        outcomes = Counter(threads.map(start, range(STARTS)))
    assert outcomes == {"started": 1, "refused": STARTS - 1}
    with own_database.reading() as session:
        assert session.execute(select(func.count()).select_from(Run)).scalar_one() == 1
