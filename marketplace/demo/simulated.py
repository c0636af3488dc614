# SPDX-License-Identifier: AGPL-3.0-or-later
"""Time that a program moves: an agenda of things that people will do, and a database that tells its time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Person
from marketplace.db import Database
from marketplace.listings.models import Listing
from marketplace.matches.models import Proposal

Act = Callable[..., object]
"""Called with a session and the facts that were put down beside it."""
_OFTEN_ASKED = (Organisation, Person, Listing, Proposal)


@dataclass(slots=True)
class Clock:
    """What time it is; called by whoever asks the database."""

    at: datetime

    def __call__(self) -> datetime:
        """Now."""
        return self.at


class _Nowhere(list[Any]):
    """Takes what is put off until after the commit, and forgets it."""

    def append(self, _act: object) -> None:
        """A past has no worker: what would have been enqueued is done by the agenda."""


def tell_time(database: Database, clock: Clock) -> None:
    """From now on every session of this database tells the clock's time and starts no work in the background."""
    for sessions in (database.reader, database.writer):
        sessions.configure(info={"clock": clock, "after_commit": _Nowhere()})
    for moment in ("loaded_as_persistent", "pending_to_persistent"):
        event.listen(database.writer, moment, _remember)


def _remember(session: Session, row: object) -> None:
    """Hold on to whom and what acts ask for again and again: a session alone forgets what nobody holds."""
    if isinstance(row, _OFTEN_ASKED):
        session.info.setdefault("remembered", set()).add(row)


@dataclass(order=True, slots=True)
class _Entry:
    at: datetime
    number: int
    act: Act = field(compare=False)
    facts: tuple[object, ...] = field(compare=False)


class Agenda:
    """What will be done when; what is done may put down more."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock
        self._entries: list[_Entry] = []
        self._numbers = 0

    def put(self, at: datetime, act: Act, *facts: object) -> None:
        """Have something done at a moment (at once, should it have passed)."""
        self._numbers += 1
        heapq.heappush(self._entries, _Entry(max(at, self.clock.at), self._numbers, act, facts))

    def live_until(self, end: datetime) -> None:
        """Do everything that is due before a moment, in one transaction; then it is that moment."""
        with self.database.transaction() as session:
            while self._entries and self._entries[0].at < end:
                entry = heapq.heappop(self._entries)
                self.clock.at = entry.at
                entry.act(session, *entry.facts)
        self.clock.at = end
