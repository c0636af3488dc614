# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signs of life of the workers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Key


class Heartbeat(Base):
    """When a worker was last seen alive."""

    __tablename__ = "heartbeat"
    __table_args__ = (UniqueConstraint("worker"),)

    id: Mapped[Key]
    worker: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
