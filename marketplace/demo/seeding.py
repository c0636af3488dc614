# SPDX-License-Identifier: AGPL-3.0-or-later
"""From an empty database to a marketplace worth looking at."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from marketplace.db import Database
from marketplace.demo import district, tour
from marketplace.demo.past import TODAYS_POLICY, Past, Say, Wishes, forward_mail


def fill(
    database: Database, wishes: Wishes, say: Say, meanwhile: Callable[[], object] = lambda: None
) -> list[tuple[str, str]]:
    """The past, today's district, one published run; who can sign in, by role. Needs an application's context.

    `meanwhile` is called before the last run, whose search for the optimum leaves another processor free for a while.
    """
    past = Past(database, wishes, say)
    with _seldom_collected():
        past.live()
    with database.transaction() as session:
        district.bring_in_drafts(session, past.cast)
        published = district.bring_in(session, past.cast, wishes.today)
        processes = district.bring_in_processors(session, past.cast)
    say(f"Today's district: {published} offers and needs, {processes} processes that firms do for others")
    past.clock.at += timedelta(minutes=30)
    meanwhile()
    past.run(TODAYS_POLICY)
    say(f"Today's run: {past.proposed} proposals, published")
    with database.transaction() as session:
        forward_mail(session)
        return tour.sign_ins(session, past.cast)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Rows by the ten thousand come and go here; looking for cycles among them as often as usual costs a tenth."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
