# SPDX-License-Identifier: AGPL-3.0-or-later
"""Accounts of grams, and the append-only entries from which every counter can be recomputed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Grams, Key
from marketplace.policy import Reach, Scope


class Account(Base):
    """The grams of one listing, offers and needs alike.

    `mass_g` is all that was ever put in (corrections included); what is neither reserved, committed, delivered nor
    closed is free. The CHECK makes promising a gram twice impossible whatever the code does.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "mass_g >= 0 AND reserved_g >= 0 AND committed_g >= 0 AND delivered_g >= 0 AND closed_g >= 0",
            name="not_negative",
        ),
        CheckConstraint("reserved_g + committed_g + delivered_g + closed_g <= mass_g", name="promised_once"),
    )
    __reach__: ClassVar[Mapping[Scope, Reach]] = {Scope.OWN: Reach(("firm_id",))}
    SEEN_BY = "ledger:see"

    id: Mapped[Key]
    firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    side: Mapped[str] = mapped_column(String(5), comment="offer or need")
    mass_g: Mapped[Grams]
    reserved_g: Mapped[Grams] = mapped_column(default=0, comment="terms agreed, approval awaited")
    committed_g: Mapped[Grams] = mapped_column(default=0, comment="approved, delivery awaited")
    delivered_g: Mapped[Grams] = mapped_column(default=0, comment="weighed in and confirmed")
    closed_g: Mapped[Grams] = mapped_column(default=0, comment="withdrawn or expired")

    @property
    def free_g(self) -> int:
        """Grams that may still be promised."""
        return self.mass_g - self.reserved_g - self.committed_g - self.delivered_g - self.closed_g


class Movement(Base):
    """One change of one account: its entries sum to zero."""

    __tablename__ = "movement"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), comment="open, resize, reserve, release, commit, deliver, …")
    at: Mapped[datetime]
    subject_kind: Mapped[str] = mapped_column(String(30), comment="what caused it: negotiation, exchange, listing")
    subject_id: Mapped[int]

    entries: Mapped[list[Entry]] = relationship(back_populates="movement")


class Entry(Base):
    """Grams into (+) or out of (−) one bucket; rows are only ever added."""

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint("grams <> 0", name="not_zero"),
        Index("ix_entry_account_id_bucket", "account_id", "bucket"),
    )

    id: Mapped[Key]
    movement_id: Mapped[int] = mapped_column(ForeignKey("movement.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    bucket: Mapped[str] = mapped_column(String(10), comment="outside, free, reserved, committed, delivered, closed")
    grams: Mapped[Grams]

    movement: Mapped[Movement] = relationship(back_populates="entries")
