# SPDX-License-Identifier: AGPL-3.0-or-later
"""A negotiation, its immutable rounds and its messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation, Person
from marketplace.db import Base, Grams, Key, MilliEuroPerKg
from marketplace.listings.models import Listing
from marketplace.matches.models import Proposal
from marketplace.negotiations.rules import Role, role_of
from marketplace.negotiations.terms import Terms
from marketplace.policy import Reach, Scope

DEAL_REACH: Mapping[Scope, Reach] = {
    Scope.PARTY: Reach(("offer_firm_id", "need_firm_id")),
    Scope.MEMBERS: Reach(("offer_firm_id", "need_firm_id")),
    Scope.UNINVOLVED: Reach(("offer_firm_id", "need_firm_id")),
}
"""How a deal between two firms is tied to people; the later rooms use the same."""


class Negotiation(Base):
    """Two firms talking about one proposal.

    `round` counts the rounds; a counter-offer also touches this row, so that of an acceptance and a counter-offer
    made at the same moment exactly one wins (`version`).
    """

    __tablename__ = "negotiation"
    __table_args__ = (
        UniqueConstraint("proposal_id"),
        CheckConstraint("offer_firm_id <> need_firm_id", name="two_firms"),
    )
    __reach__: ClassVar[Mapping[Scope, Reach]] = DEAL_REACH
    SEEN_BY = "negotiations:see"

    id: Mapped[Key]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    offer_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    need_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(
        String(20), comment="open, agreed, returned (by the coordinator), approved, withdrawn, expired, refused"
    )
    version: Mapped[int] = mapped_column(default=1)
    round: Mapped[int] = mapped_column(default=0, comment="number of the terms on the table; 0 = none yet")
    terms_firm_id: Mapped[int | None] = mapped_column(
        ForeignKey("organisation.id"), comment="whose terms are on the table"
    )
    agreed_round: Mapped[int | None] = mapped_column(comment="number of the round that was accepted")
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[str] = mapped_column(String(1000), default="", comment="why it was closed or sent back")

    proposal: Mapped[Proposal] = relationship()
    offer: Mapped[Listing] = relationship(foreign_keys=[offer_id])
    need: Mapped[Listing] = relationship(foreign_keys=[need_id])
    offer_firm: Mapped[Organisation] = relationship(foreign_keys=[offer_firm_id])
    need_firm: Mapped[Organisation] = relationship(foreign_keys=[need_firm_id])
    rounds: Mapped[list[Round]] = relationship(back_populates="negotiation", order_by="Round.number")
    messages: Mapped[list[Message]] = relationship(back_populates="negotiation", order_by="Message.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def firm_ids(self) -> tuple[int, int]:
        """The two parties: giver, taker."""
        return self.offer_firm_id, self.need_firm_id

    def role_of(self, firm_id: int | None) -> Role:
        """The part somebody of this firm plays here."""
        return role_of(firm_id, self.firm_ids, self.terms_firm_id)

    def other_firm_id(self, firm_id: int) -> int:
        """The firm on the other side of this one."""
        return self.need_firm_id if firm_id == self.offer_firm_id else self.offer_firm_id


class Round(Base):
    """Terms as one side put them on the table; never changed afterwards."""

    __tablename__ = "round"
    __table_args__ = (
        UniqueConstraint("negotiation_id", "number"),
        CheckConstraint("mass_g > 0", name="mass"),
        CheckConstraint("pickup_from IS NULL OR pickup_until IS NULL OR pickup_from <= pickup_until", name="pickup"),
    )

    id: Mapped[Key]
    negotiation_id: Mapped[int] = mapped_column(ForeignKey("negotiation.id"), index=True)
    number: Mapped[int]
    firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), comment="whose terms these are")
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    mass_g: Mapped[Grams]
    price_milli_eur_kg: Mapped[MilliEuroPerKg] = mapped_column(comment="paid to the giver; negative: paid by it")
    quality: Mapped[str] = mapped_column(String(1000), default="")
    sample: Mapped[bool] = mapped_column(default=False, comment="a sample is sent before the goods")
    pickup_from: Mapped[date | None]
    pickup_until: Mapped[date | None]
    transport: Mapped[str] = mapped_column(String(10), comment="giver, taker or carrier")
    note: Mapped[str] = mapped_column(String(1000), default="")
    terms_sha256: Mapped[str] = mapped_column(String(64), comment="of the terms above: what an answer answers")

    negotiation: Mapped[Negotiation] = relationship(back_populates="rounds")
    firm: Mapped[Organisation] = relationship()
    person: Mapped[Person] = relationship()

    @property
    def terms(self) -> Terms:
        """The terms as one value."""
        return Terms(**{field.name: getattr(self, field.name) for field in fields(Terms)})


class Message(Base):
    """A sentence from one side to the other."""

    __tablename__ = "message"

    id: Mapped[Key]
    negotiation_id: Mapped[int] = mapped_column(ForeignKey("negotiation.id"), index=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(Text)

    negotiation: Mapped[Negotiation] = relationship(back_populates="messages")
    person: Mapped[Person] = relationship()
