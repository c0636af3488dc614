# SPDX-License-Identifier: AGPL-3.0-or-later
"""Relays that work at the same moment never take the same mail, on real databases with real commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.db import Database, now
from marketplace.outbox.models import Mail
from marketplace.outbox.relay import relay
from tests.conftest import migrated
from tests.postgres import postgres_url

MAILS, RELAYS = 40, 4


@pytest.fixture(params=["sqlite", "postgresql"])
def own_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    # One of its own: what is committed here cannot be rolled back.
    url = f"sqlite:///{tmp_path}/m.db" if request.param == "sqlite" else str(postgres_url.__wrapped__())
    database = migrated(url)
    yield database
    database.engine.dispose()


class Postbox:
    """Takes everything, and remembers."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, message: EmailMessage) -> None:
        self.taken.append(str(message["Message-ID"]))

    def try_reaching(self) -> None:
        """It is there."""


def test_each_mail_is_sent_once_by_relays_at_the_same_moment(own_database: Database) -> None:
    with own_database.transaction() as session:
        at = now(session)
        same = {"language": "it", "template": "x/y", "subject": "s", "body": "b\n", "state": "waiting"}
        session.add_all(
            Mail(to_address=f"p{n}@example.com", queued_at=at, next_try_at=at, **same) for n in range(MAILS)
        )
    postbox = Postbox()
    with ThreadPoolExecutor(RELAYS) as threads:
        list(threads.map(lambda _: relay(own_database, postbox, "m@example.org"), range(RELAYS)))
    assert len(postbox.taken) == MAILS
    assert set(Counter(postbox.taken).values()) == {1}
    with own_database.reading() as session:
        assert set(session.scalars(select(Mail.state))) == {"sent"}
