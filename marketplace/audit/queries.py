# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from marketplace.audit.models import Event
from marketplace.audit.rules import MOST_EXPORTED, PER_PAGE, QUIET, SIGN_INS
from marketplace.audit.words import sentence
from marketplace.policy import Actor, only


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as the timeline shows it."""

    event: Event

    @property
    def at(self) -> datetime:
        """When, in UTC."""
        return self.event.at

    @property
    def kind(self) -> str:
        """`room:act`."""
        return self.event.kind

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the sentence was made of."""
        return self.event.facts

    @property
    def who(self) -> str | None:
        """The person's name at that time; None when time or the system acted."""
        return self.event.actor_name or None

    @property
    def words(self) -> str:
        """What happened, in the reader's language."""
        return sentence(self.event)


def list_events_of(session: Session, *subject_rows: Any, but: str | None = None) -> list[Happening]:
    """All that happened to these rows, oldest first; `but` is a kind that is left out.

    Whoever may see the rows may see their events: the caller has opened them already.
    """
    subjects = [and_(Event.subject_kind == row.__tablename__, Event.subject_id == row.id) for row in subject_rows]
    found = select(Event).where(or_(false(), *subjects)).order_by(Event.id)
    return [Happening(event) for event in session.scalars(found if but is None else found.where(Event.kind != but))]


def list_events(session: Session, actor: Actor, topic: str | None = None, page: int = 1) -> list[Happening]:
    """One page of what this person may read, newest first; `topic` is one of rules.TOPICS."""
    found = _readable(actor, topic).order_by(Event.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return [Happening(event) for event in session.scalars(found)]


def count_events(session: Session, actor: Actor, topic: str | None = None) -> int:
    """How many events this person may read."""
    return session.scalar(select(func.count()).select_from(_readable(actor, topic).subquery())) or 0


def export_events(session: Session, actor: Actor, topic: str | None = None) -> list[Happening]:
    """The newest events this person may read, newest first; at most rules.MOST_EXPORTED."""
    found = _readable(actor, topic).order_by(Event.id.desc()).limit(MOST_EXPORTED)
    return [Happening(event) for event in session.scalars(found)]


def _readable(actor: Actor, topic: str | None) -> Select[Event]:
    found = select(Event).where(only(actor, "audit:see", Event))
    if topic == SIGN_INS:
        return found.where(Event.kind.in_(QUIET))
    found = found.where(Event.kind.not_in(QUIET))
    return found.where(Event.kind.startswith(f"{topic}:", autoescape=True)) if topic else found
