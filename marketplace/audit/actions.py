# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing down what happened, in the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from marketplace.audit.models import Event
from marketplace.audit.rules import checked_kind, plain_facts
from marketplace.db import now
from marketplace.policy import Actor


def record(
    session: Session, actor: Actor | None, kind: str, subject_row: Any, *, firms: Sequence[int] = (), **facts: object
) -> Event:
    """Add one event, `kind` being `room:act`, about a row that has its key (or gets it here).

    `firms` are the keys of the firms it concerns, at most two: their managers may read the event. `facts` fill the
    placeholders of the sentence in the room's `rules.EVENTS`: texts, whole numbers, days; never prices.
    """
    if subject_row.id is None:
        session.flush()
    first, second = [*dict.fromkeys(firms), None, None][:2] if len(set(firms)) <= 2 else _too_many(firms)
    event = Event(
        at=now(session),
        kind=checked_kind(kind),
        actor_id=actor.person_id if actor else None,
        actor_name=actor.name if actor else "",
        subject_kind=subject_row.__tablename__,
        subject_id=subject_row.id,
        firm_a_id=first,
        firm_b_id=second,
        facts=plain_facts(facts),
    )
    session.add(event)
    session.flush()
    return event


def _too_many(firms: Sequence[int]) -> tuple[int, int]:
    raise ValueError(f"an event concerns at most two firms, not {len(set(firms))}")
