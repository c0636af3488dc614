# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail that waits for the commit of what it speaks of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Key


class Mail(Base):
    """One message to one address, written in the reader's language when it was queued."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_state_next_try_at", "state", "next_try_at"),)

    id: Mapped[Key]
    to_address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(10))
    template: Mapped[str] = mapped_column(String(80), comment="room/name")
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text, comment="empty once the mail has left or was given up: links are secrets")
    state: Mapped[str] = mapped_column(String(20), comment="waiting, sent, failed")
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(String(500), default="", comment="kind of error, no address")

    def message_id(self, host: str) -> str:
        """The Message-ID: the same at every try, so that a copy sent twice is one message to its reader."""
        return f"<mail-{self.id}-{self.queued_at:%Y%m%d%H%M%S%f}@{host}>"
