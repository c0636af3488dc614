# SPDX-License-Identifier: AGPL-3.0-or-later
"""An approved deal with its own copy of the terms, its deliveries and their corrections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Grams, Key, MilliEuroPerKg
from marketplace.negotiations.models import DEAL_REACH
from marketplace.policy import Reach, Scope


class Exchange(Base):
    """Goods on their way from one firm to another. Everything analysts count stands here as it was at approval."""

    __tablename__ = "exchange"
    __table_args__ = (UniqueConstraint("case_id"), CheckConstraint("delivered_g <= mass_g", name="delivered"))
    __reach__: ClassVar[Mapping[Scope, Reach]] = DEAL_REACH
    SEEN_BY = "exchanges:see"

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("approval_case.id"))
    negotiation_id: Mapped[int] = mapped_column(ForeignKey("negotiation.id"), index=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    offer_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    need_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    offer_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    need_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), comment="awaiting, delivering, delivered, closed (nothing came)")
    version: Mapped[int] = mapped_column(default=1)
    mass_g: Mapped[Grams] = mapped_column(comment="agreed")
    delivered_g: Mapped[Grams] = mapped_column(default=0, comment="confirmed by the receiver, corrections included")
    price_milli_eur_kg: Mapped[MilliEuroPerKg]
    regime: Mapped[str] = mapped_column(String(12))
    waste_code: Mapped[str] = mapped_column(String(8), default="")
    form_code: Mapped[str] = mapped_column(String(30), default="")
    material: Mapped[str] = mapped_column(String(20), comment="family of the main fibre, or the category's theme")
    category_code: Mapped[str] = mapped_column(String(10))
    theme_code: Mapped[str] = mapped_column(String(3))
    offer_place_code: Mapped[str] = mapped_column(String(30))
    need_place_code: Mapped[str] = mapped_column(String(30))
    pickup_from: Mapped[date | None]
    pickup_until: Mapped[date | None]
    transport: Mapped[str] = mapped_column(String(10))
    approved_at: Mapped[datetime] = mapped_column(index=True)
    completed_at: Mapped[datetime | None]
    closed_reason: Mapped[str] = mapped_column(String(500), default="", comment="why the rest will not come")

    offer_firm: Mapped[Organisation] = relationship(foreign_keys=[offer_firm_id])
    need_firm: Mapped[Organisation] = relationship(foreign_keys=[need_firm_id])
    deliveries: Mapped[list[Delivery]] = relationship(back_populates="exchange", order_by="Delivery.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def rest_g(self) -> int:
        """Grams agreed on and not delivered; committed on both accounts while the exchange is under way."""
        return self.mass_g - self.delivered_g

    @property
    def account_ids(self) -> tuple[int, int]:
        """The accounts of the offer and of the need."""
        return self.offer_account_id, self.need_account_id

    @property
    def firm_ids(self) -> tuple[int, int]:
        """Giver and taker."""
        return self.offer_firm_id, self.need_firm_id


class Delivery(Base):
    """One load: sent by the giver, weighed on arrival, confirmed or contested by the receiver."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("sent_g > 0", name="sent"),
        CheckConstraint("arrived_g IS NULL OR arrived_g >= 0", name="arrived"),
        CheckConstraint("accepted_g IS NULL OR accepted_g >= 0", name="accepted"),
    )
    __reach__: ClassVar[Mapping[Scope, Reach]] = DEAL_REACH
    SEEN_BY = "exchanges:see"

    id: Mapped[Key]
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"), index=True)
    offer_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    need_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(20), comment="sent, weighed, confirmed, contested")
    version: Mapped[int] = mapped_column(default=1)
    document_kind: Mapped[str] = mapped_column(String(4), comment="DDT, FIR or ABP, by regime")
    document_number: Mapped[str] = mapped_column(String(60))
    sent_g: Mapped[Grams]
    sent_on: Mapped[date]
    arrived_g: Mapped[Grams | None] = mapped_column(comment="net mass on the receiver's scales")
    arrived_on: Mapped[date | None]
    accepted_g: Mapped[Grams | None] = mapped_column(comment="what counts: arrived less what was turned away")
    refusal_reason: Mapped[str] = mapped_column(String(500), default="", comment="why less was accepted than arrived")
    contest_reason: Mapped[str] = mapped_column(String(500), default="")
    confirmed_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="coordinator, if contested")
    settled_reason: Mapped[str] = mapped_column(String(500), default="")

    exchange: Mapped[Exchange] = relationship(back_populates="deliveries")
    corrections: Mapped[list[Correction]] = relationship(back_populates="delivery", order_by="Correction.id")

    __mapper_args__ = {"version_id_col": version}


class Correction(Base):
    """A proposed change of a confirmed mass; the coordinator settles it with a reversing entry."""

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("accepted_g >= 0", name="accepted"),
        Index(
            "uq_correction_one_open",
            "delivery_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )
    __reach__: ClassVar[Mapping[Scope, Reach]] = DEAL_REACH
    SEEN_BY = "exchanges:see"

    id: Mapped[Key]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    offer_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    need_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(20), comment="proposed, settled, refused")
    version: Mapped[int] = mapped_column(default=1)
    accepted_g: Mapped[Grams] = mapped_column(comment="the mass that should have been confirmed")
    was_g: Mapped[Grams]
    reason: Mapped[str] = mapped_column(String(500))
    firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), comment="who asks for it")
    proposed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_reason: Mapped[str] = mapped_column(String(500), default="")

    delivery: Mapped[Delivery] = relationship(back_populates="corrections")

    __mapper_args__ = {"version_id_col": version}
