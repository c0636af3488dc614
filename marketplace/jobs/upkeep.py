# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signs of life, and forgetting what need not be kept."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.db import now
from marketplace.jobs.models import Heartbeat

SILENT_AFTER = timedelta(minutes=2)
"""A worker that wrote no sign of life for so long is gone."""

KEPT: dict[str, tuple[str, timedelta]] = {
    "replay": ("at", timedelta(hours=48)),
    "sign_in_attempt": ("window_at", timedelta(days=1)),
    "sign_in": ("expires_at", timedelta(days=7)),
    "password_reset": ("expires_at", timedelta(days=7)),
    "registration": ("expires_at", timedelta(days=7)),
    "invitation": ("expires_at", timedelta(days=7)),
    "mail": ("sent_at", timedelta(days=90)),
    "heartbeat": ("at", timedelta(days=7)),
}
"""Table → (its moment, how long its rows are kept after it; one without that moment stays).

Named as text: this room comes before those tables'.
"""


def beat(session: Session, worker: str) -> None:
    """Write that this worker lives."""
    row = session.execute(select(Heartbeat).where(Heartbeat.worker == worker)).scalar_one_or_none()
    if row is None:
        session.add(Heartbeat(worker=worker, at=now(session)))
    else:
        row.at = now(session)


def is_a_worker_alive(session: Session) -> bool:
    """Whether any worker gave a sign of life lately."""
    lately = select(Heartbeat.id).where(Heartbeat.at > now(session) - SILENT_AFTER)
    return session.execute(lately).first() is not None


def forget_old_rows(session: Session) -> None:
    """Remove kept answers, sign-in attempts, ended sign-ins, dead links, mail long sent and old signs of life."""
    metadata = Heartbeat.metadata
    for table, (column, kept) in KEPT.items():
        rows = metadata.tables[table]
        session.execute(delete(rows).where(rows.c[column] < now(session) - kept))
