# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs of the engine, and what they found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Grams, Key, MilliEuroPerKg
from marketplace.listings.models import Listing
from marketplace.matches.rules import RunUnderWay
from marketplace.policy import Reach, Scope
from marketplace.processors.models import Processor
from marketplace.web.constraints import refusal_for

UNFINISHED = ("queued", "running")
ON_SHOW = frozenset({"open", "negotiating", "declined", "retired", "concluded"})
"""States of proposals that their two firms may see: those of a published run."""


class Run(Base):
    """One run of the engine over what is published now. The row is the truth; the job only works on it."""

    __tablename__ = "run"
    __table_args__ = (UniqueConstraint("unfinished"),)
    __reach__: ClassVar[Mapping[Scope, Reach]] = {}
    SEEN_BY = "matches:see-runs"

    id: Mapped[Key]
    state: Mapped[str] = mapped_column(String(20), comment="queued, running, done, failed, cancelled, published")
    unfinished: Mapped[bool | None] = mapped_column(comment="true while queued or running, else null: one at a time")
    is_repair: Mapped[bool] = mapped_column(default=False, comment="places what refusals set free, and nothing else")
    policy: Mapped[str] = mapped_column(Text, comment="POLICY.toml in full")
    seconds: Mapped[int] = mapped_column(default=30, comment="wall clock for the allocation")
    attempts: Mapped[int] = mapped_column(default=0, comment="how often a worker took it up")
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    phase: Mapped[str] = mapped_column(String(30), default="queued")
    per_cent: Mapped[int] = mapped_column(default=0)
    value_text: Mapped[str] = mapped_column(String(40), default="", comment="exact decimal, in summary's unit")
    bound_text: Mapped[str] = mapped_column(String(40), default="")
    summary: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="the engine's summary.json")
    acceptance: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict, comment="what past answers taught when the run read them: weights, basis, quality"
    )
    shortage: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="what needs lacked, as shortages.py")
    fault: Mapped[str] = mapped_column(String(500), default="")

    proposals: Mapped[list[Proposal]] = relationship(back_populates="run")
    arrangements: Mapped[list[Arrangement]] = relationship(back_populates="run")
    left_out: Mapped[list[LeftOut]] = relationship(back_populates="run")


class Proposal(Base):
    """An exchange that a run (or, by hand, a coordinator) thinks worth talking about."""

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("run_id", "offer_id", "need_id"),)
    __reach__: ClassVar[Mapping[Scope, Reach]] = {
        Scope.PARTY: Reach(("offer_firm_id", "need_firm_id"), states=ON_SHOW),
    }
    SEEN_BY = "matches:see"

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    arrangement_id: Mapped[int | None] = mapped_column(
        ForeignKey("arrangement.id"), index=True, comment="what takes more than two firms, of which this is a part"
    )
    leg_id: Mapped[int | None] = mapped_column(
        ForeignKey("leg.id"), comment="the way from an offer that it is a stage of"
    )
    offer_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    offer_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    need_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(
        String(20), comment="computed, dropped, open, negotiating, declined, retired, concluded"
    )
    version: Mapped[int] = mapped_column(default=1)
    mass_g: Mapped[Grams]
    score_micro: Mapped[int] = mapped_column(comment="millionths of the score 0–1")
    distance_m: Mapped[int]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="named terms that add up to the score")
    features: Mapped[dict[str, int]] = mapped_column(
        JSON, default=dict, comment="what a model of acceptance may know of the pair, millionths by name; no firm"
    )
    fair: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="range of prices, as fair.py keeps it")
    offer_answer: Mapped[str | None] = mapped_column(String(3), comment="yes or no")
    need_answer: Mapped[str | None] = mapped_column(String(3))
    declined_reason: Mapped[str] = mapped_column(String(40), default="")
    declined_words: Mapped[str] = mapped_column(String(500), default="")

    run: Mapped[Run] = relationship(back_populates="proposals")
    arrangement: Mapped[Arrangement | None] = relationship(back_populates="components")
    leg: Mapped[Leg | None] = relationship(back_populates="stages")
    offer: Mapped[Listing] = relationship(foreign_keys=[offer_id])
    need: Mapped[Listing] = relationship(foreign_keys=[need_id])

    __mapper_args__ = {"version_id_col": version}

    def waits_for(self, firm_id: int) -> bool:
        """Whether this firm is a party and may still answer."""
        answers = ((self.offer_firm_id, self.offer_answer), (self.need_firm_id, self.need_answer))
        return self.state == "open" and (firm_id, None) in answers

    @property
    def pair(self) -> tuple[int, int]:
        """Keys of the offer and the need that it serves: those at the ends of the way, if it is a stage of one."""
        return (self.offer_id, self.need_id) if self.leg is None else (self.leg.offer_id, self.leg.arrangement.need_id)


class Arrangement(Base):
    """An exchange among more than two firms: a recipe of several offers, or a way through processors.

    All of it or nothing makes sense. Its components are proposals to two firms each, which stand and fall together: an
    offer's share of a mix, a stage of a way (`stages.py`). Those that pass a processor are made when the run is
    published. `facts` of a recipe: composition [[fibre, per cent]], swatch and wanted_swatch (#rrggbb or empty),
    delta_e (number or null), binding (the limits the mix stands at, in the engine's words).
    """

    __tablename__ = "arrangement"
    __reach__: ClassVar[Mapping[Scope, Reach]] = {}
    SEEN_BY = "matches:see-arrangements"

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    need_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10), comment="recipe or chain")
    delivered_g: Mapped[Grams]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    run: Mapped[Run] = relationship(back_populates="arrangements")
    need: Mapped[Listing] = relationship()
    legs: Mapped[list[Leg]] = relationship(back_populates="arrangement", order_by="Leg.id")
    components: Mapped[list[Proposal]] = relationship(back_populates="arrangement", order_by="Proposal.id")

    @property
    def is_direct(self) -> bool:
        """Whether every offer goes straight to the need."""
        return not any(leg.steps for leg in self.legs)

    @property
    def processor_names(self) -> list[str]:
        """The firms that process something of it, each once."""
        return list(dict.fromkeys(step.processor.firm.name for leg in self.legs for step in leg.steps))


class Leg(Base):
    """What one offer brings into an arrangement: grams taken of it, and grams that arrive after its processors."""

    __tablename__ = "leg"

    id: Mapped[Key]
    arrangement_id: Mapped[int] = mapped_column(ForeignKey("arrangement.id"), index=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    offer_firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    taken_g: Mapped[Grams]
    delivered_g: Mapped[Grams]
    swatch: Mapped[str] = mapped_column(String(7), default="", comment="#rrggbb, empty where no colour is stated")
    score_micro: Mapped[int] = mapped_column(comment="millionths of the score 0–1")
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="named terms that add up to the score")

    arrangement: Mapped[Arrangement] = relationship(back_populates="legs")
    offer: Mapped[Listing] = relationship()
    steps: Mapped[list[Step]] = relationship(back_populates="leg", order_by="Step.place")
    stages: Mapped[list[Proposal]] = relationship(back_populates="leg", order_by="Proposal.id")

    @property
    def firm_ids(self) -> list[int]:
        """Through whose hands the goods go: giver, processors, taker."""
        return [self.offer_firm_id, *(step.processor.firm_id for step in self.steps), self.arrangement.need_firm_id]


class Step(Base):
    """A processor on the way of a leg, as it stated itself when the run was computed."""

    __tablename__ = "step"
    __table_args__ = (UniqueConstraint("leg_id", "place"),)

    id: Mapped[Key]
    leg_id: Mapped[int] = mapped_column(ForeignKey("leg.id"), index=True)
    place: Mapped[int] = mapped_column(comment="1 for the first on the way")
    processor_id: Mapped[int] = mapped_column(ForeignKey("processor.id"), index=True)
    taken_g: Mapped[Grams] = mapped_column(comment="what goes in")
    yield_ppm: Mapped[int] = mapped_column(comment="mass out per mass in, in millionths")
    cost_milli_eur_kg: Mapped[MilliEuroPerKg] = mapped_column(comment="per kilogram that goes in")

    leg: Mapped[Leg] = relationship(back_populates="steps")
    processor: Mapped[Processor] = relationship()

    @property
    def made_g(self) -> int:
        """What leaves the processor: what the next one takes in, or what arrives."""
        following = next((step for step in self.leg.steps if step.place == self.place + 1), None)
        return self.leg.delivered_g if following is None else following.taken_g

    @property
    def cost_eur(self) -> Decimal:
        """What the processor asks for all of it."""
        return Decimal(self.taken_g * self.cost_milli_eur_kg).scaleb(-6)


class LeftOut(Base):
    """A listing that a run could not take in, and why."""

    __tablename__ = "left_out"

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    reason: Mapped[str] = mapped_column(String(120), comment="key of the reason, as incomplete: composition")

    run: Mapped[Run] = relationship(back_populates="left_out")
    listing: Mapped[Listing] = relationship()


refusal_for("uq_run_unfinished", RunUnderWay)
