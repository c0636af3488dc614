# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is remembered beside what was found: why listings kept kilograms, and pairs that must not be proposed again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Grams, Key
from marketplace.matches.models.found import Run


class WhyNot(Base):
    """Why a listing kept kilograms in a run; prices left no trace in it.

    `excluded` [{rule, listings, alone}]; `changes` [{rule, listing (key of the one to change), column, before, after,
    partners, mass_g}]; `rivals` [{listing, reason, short_micro}]. Empty for a listing that was placed whole, and where
    time was up before its reasons were asked.
    """

    __tablename__ = "why_not"
    __table_args__ = (UniqueConstraint("run_id", "listing_id"),)

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    mass_g: Mapped[Grams] = mapped_column(comment="free when the run began")
    placed_g: Mapped[Grams] = mapped_column(comment="in proposals and arrangements")
    is_asked: Mapped[bool] = mapped_column(default=True, comment="false: time was up before its reasons were asked")
    compatible: Mapped[int] = mapped_column(default=0, comment="listings of the other side that pass every rule")
    excluded: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    rivals: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)

    run: Mapped[Run] = relationship()


class ForbiddenPair(Base):
    """An offer and a need that are not proposed to each other any more, and since when."""

    __tablename__ = "forbidden_pair"
    __table_args__ = (UniqueConstraint("offer_id", "need_id"),)

    id: Mapped[Key]
    offer_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    repair_id: Mapped[int | None] = mapped_column(
        ForeignKey("run.id"), index=True, comment="the run that places anew what the refusal set free"
    )
