# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case: terms that two firms agreed on, before the coordinator."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation, Person
from marketplace.db import Base, Key
from marketplace.negotiations.models import DEAL_REACH, Negotiation, Round
from marketplace.policy import Reach, Scope


class Case(Base):
    """One agreed round to be decided on; a new agreement after a return is a new case."""

    __tablename__ = "approval_case"
    __table_args__ = (
        UniqueConstraint("round_id"),
        CheckConstraint("second_approver_id IS NULL OR second_approver_id <> first_approver_id", name="four_eyes"),
    )
    __reach__: ClassVar[Mapping[Scope, Reach]] = DEAL_REACH
    SEEN_BY = "approvals:see"

    id: Mapped[Key]
    negotiation_id: Mapped[int] = mapped_column(ForeignKey("negotiation.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    terms_sha256: Mapped[str] = mapped_column(String(64), comment="of the terms decided on")
    offer_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    need_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(
        String(20), comment="waiting, seconding (first of two approved), approved, returned, refused, void"
    )
    version: Mapped[int] = mapped_column(default=1)
    two_needed: Mapped[bool] = mapped_column(default=False, comment="two coordinators must approve")
    opened_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    first_approver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    second_approver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="who returned or refused")
    reason: Mapped[str] = mapped_column(String(1000), default="")

    negotiation: Mapped[Negotiation] = relationship()
    round: Mapped[Round] = relationship()
    offer_firm: Mapped[Organisation] = relationship(foreign_keys=[offer_firm_id])
    need_firm: Mapped[Organisation] = relationship(foreign_keys=[need_firm_id])
    first_approver: Mapped[Person | None] = relationship(foreign_keys=[first_approver_id])

    __mapper_args__ = {"version_id_col": version}

    def is_party(self, organisation_ids: Collection[int]) -> bool:
        """Whether one of these organisations is a side of the deal."""
        return self.offer_firm_id in organisation_ids or self.need_firm_id in organisation_ids
