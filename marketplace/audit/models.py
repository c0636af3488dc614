# SPDX-License-Identifier: AGPL-3.0-or-later
"""The append-only list of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Key
from marketplace.policy import Reach, Scope


class Event(Base):
    """One thing that happened; rows are only ever added (a trigger refuses anything else).

    Actor and firms are values, not foreign keys, so that the list outlives what it speaks of.
    """

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject_kind", "subject_id"),)
    __reach__: ClassVar[Mapping[Scope, Reach]] = {Scope.PARTY: Reach(("firm_a_id", "firm_b_id"))}
    SEEN_BY = "audit:see"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(60), index=True, comment="room:act, as negotiations:counter")
    actor_id: Mapped[int | None] = mapped_column(comment="person, or null when time or the system acted")
    actor_name: Mapped[str] = mapped_column(String(120), default="")
    subject_kind: Mapped[str] = mapped_column(String(30), comment="table name of what it happened to")
    subject_id: Mapped[int]
    firm_a_id: Mapped[int | None] = mapped_column(index=True)
    firm_b_id: Mapped[int | None] = mapped_column(index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="values of the sentence; no prices")
