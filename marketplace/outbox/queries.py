# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of the outbox: how much waits, and what went wrong; never what is written in a mail or to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.outbox.models import Mail

MOST_TROUBLES = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """Mails from one template in one state."""

    template: str
    state: str
    number: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mail that did not leave at the first try."""

    id: int
    template: str
    state: str
    attempts: int
    next_try_at: datetime
    last_error: str


def count_by_state(session: Session) -> dict[str, int]:
    """State → how many mails."""
    return dict(session.execute(select(Mail.state, func.count()).group_by(Mail.state)).all())


def list_kinds(session: Session) -> list[Kind]:
    """How many mails of each template are in each state."""
    columns = (Mail.template, Mail.state, func.count(), func.max(Mail.queued_at))
    grouped = select(*columns).group_by(Mail.template, Mail.state).order_by(Mail.template, Mail.state)
    return [Kind(*row) for row in session.execute(grouped)]


def find_oldest_waiting(session: Session) -> datetime | None:
    """Since when the longest-waiting mail waits."""
    return session.execute(select(func.min(Mail.queued_at)).where(Mail.state == "waiting")).scalar_one()


def list_troubles(session: Session) -> Sequence[Trouble]:
    """Mails that failed at least once and have not left, newest first."""
    columns = (Mail.id, Mail.template, Mail.state, Mail.attempts, Mail.next_try_at, Mail.last_error)
    rows = select(*columns).where(Mail.state != "sent", Mail.last_error != "").order_by(Mail.id.desc())
    return [Trouble(*row) for row in session.execute(rows.limit(MOST_TROUBLES))]
