# SPDX-License-Identifier: AGPL-3.0-or-later
"""Processes that firms offer: one row is one process of one firm, as the engine's PROCESSORS.csv describes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Grams, Key, MilliEuroPerKg
from marketplace.policy import Reach, Scope


class Processor(Base):
    """A process that a firm does for others: what goes in, what comes out, how much of it, at what cost.

    It stands where the firm does. Capacity and least batch are those of one matching run.
    """

    __tablename__ = "processor"
    __table_args__ = (
        CheckConstraint("yield_ppm BETWEEN 1 AND 1000000", name="yield"),
        CheckConstraint("min_batch_g BETWEEN 0 AND capacity_g AND capacity_g > 0", name="batch_within_capacity"),
    )

    __reach__: ClassVar[Mapping[Scope, Reach]] = {Scope.OWN: Reach(("firm_id",))}
    SEEN_BY = "processors:see"

    id: Mapped[Key]
    firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    process: Mapped[str] = mapped_column(String(20), comment="code of processes.csv")
    input_forms: Mapped[str] = mapped_column(Text, comment="codes of forms with ;")
    output_form: Mapped[str] = mapped_column(String(40))
    yield_ppm: Mapped[int] = mapped_column(comment="mass out per mass in, in millionths, with every loss in it")
    capacity_g: Mapped[Grams] = mapped_column(comment="input")
    min_batch_g: Mapped[Grams] = mapped_column(default=0, comment="input")
    cost_milli_eur_kg: Mapped[MilliEuroPerKg] = mapped_column(comment="per kilogram of input")
    regimes: Mapped[str] = mapped_column(String(80), comment="accepted ones with ;")
    waste_codes: Mapped[str] = mapped_column(Text, default="", comment="counted only while the permit lasts")
    removes: Mapped[str] = mapped_column(Text, default="", comment="fibres that are gone from the output")
    end_of_waste: Mapped[bool] = mapped_column(default=False, comment="waste that goes in ceases to be waste")
    certificates: Mapped[str] = mapped_column(Text, default="")

    stated_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    firm: Mapped[Organisation] = relationship()
