# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tables of organisations, people and how they sign in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.details import FirmDetails
from marketplace.accounts.rules import AlreadyThere, OneFirmOnly, PermitThere, VatNumberTaken
from marketplace.db import Base, Key
from marketplace.policy import Reach, Role, Scope
from marketplace.web.constraints import refusal_for


class Organisation(Base):
    """A firm, an association or another body of the city's strategy."""

    __tablename__ = "organisation"
    __table_args__ = (
        # Whoever claims a number first must not keep its owner out: it is a firm's own while that is verified.
        Index(
            "uq_organisation_vat_number",
            "vat_number",
            unique=True,
            sqlite_where=text("state = 'verified'"),
            postgresql_where=text("state = 'verified'"),
        ),
        CheckConstraint("lat BETWEEN -90 AND 90", name="lat"),
    )
    __reach__: ClassVar[Mapping[Scope, Reach]] = dict.fromkeys(
        (Scope.OWN, Scope.MEMBERS, Scope.UNINVOLVED), Reach(("id",))
    )
    SEEN_BY = "accounts:see-firm"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(30), comment="firm, association, municipality, university, chamber, …")
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), comment="pending, verified, suspended")
    strategy_role: Mapped[str] = mapped_column(String(200), default="", comment="part in the city's strategy")
    vat_number: Mapped[str | None] = mapped_column(String(11), comment="partita IVA, 11 digits; firms only")
    trade: Mapped[str] = mapped_column(String(60), default="", comment="mill, spinner, rag sorter, …")
    ateco: Mapped[str] = mapped_column(String(12), default="")
    size_class: Mapped[str] = mapped_column(String(10), default="", comment="micro, small, medium, large or empty")
    language: Mapped[str] = mapped_column(String(10), default="it")
    theme_code: Mapped[str] = mapped_column(String(3), default="TEX")
    place_code: Mapped[str] = mapped_column(String(30), default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    albo_categories: Mapped[str] = mapped_column(String(60), default="", comment="Albo gestori ambientali: 1;4;8")
    association_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    mandate_given: Mapped[bool] = mapped_column(default=False, comment="the association may see the firm's rows")
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]

    association: Mapped[Organisation | None] = relationship(remote_side="Organisation.id")
    permits: Mapped[list[Permit]] = relationship(back_populates="firm", order_by="Permit.waste_code")

    @property
    def is_firm(self) -> bool:
        """Firms trade; the other bodies watch, coordinate and count."""
        return self.kind == "firm"

    @property
    def albo(self) -> list[str]:
        """Categories of the Albo gestori ambientali, in the order of the register."""
        return [category for category in self.albo_categories.split(";") if category]


class Permit(Base):
    """A waste code that a firm may receive, until a day."""

    __tablename__ = "permit"
    __table_args__ = (UniqueConstraint("firm_id", "waste_code"),)
    __reach__: ClassVar[Mapping[Scope, Reach]] = {
        Scope.OWN: Reach(("firm_id",)),
        Scope.MEMBERS: Reach(("firm_id",)),
    }
    SEEN_BY = "accounts:see-firm"

    id: Mapped[Key]
    firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    waste_code: Mapped[str] = mapped_column(String(8), comment="European waste code as 04 02 22")
    number: Mapped[str] = mapped_column(String(60), default="")
    valid_until: Mapped[date | None]

    firm: Mapped[Organisation] = relationship(back_populates="permits")


class Person(Base):
    """Somebody who can sign in."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("email"),)
    __reach__: ClassVar[Mapping[Scope, Reach]] = {Scope.SELF: Reach(("id",))}
    SEEN_BY = "accounts:use-own"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), comment="lower case")
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(10), default="it")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]

    memberships: Mapped[list[MembershipRow]] = relationship(
        back_populates="person", order_by="MembershipRow.id", cascade="all, delete-orphan"
    )


class MembershipRow(Base):
    """A person's role in an organisation; at most one firm per person."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("person_id", "organisation_id"),
        Index(
            "uq_membership_one_firm",
            "person_id",
            unique=True,
            sqlite_where=text("role IN ('member', 'manager')"),
            postgresql_where=text("role IN ('member', 'manager')"),
        ),
    )
    __reach__: ClassVar[Mapping[Scope, Reach]] = {Scope.OWN: Reach(("organisation_id",))}
    SEEN_BY = "accounts:manage-people"

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str] = mapped_column(String(20), comment="a value of policy.Role")
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()

    @property
    def held(self) -> Role:
        """The role as the policy knows it."""
        return Role(self.role)


class SignIn(Base):
    """A signed-in browser; the cookie holds only the token whose hash stands here."""

    __tablename__ = "sign_in"
    __table_args__ = (UniqueConstraint("token_sha256"),)
    __reach__: ClassVar[Mapping[Scope, Reach]] = {Scope.SELF: Reach(("person_id",))}
    SEEN_BY = "accounts:use-own"

    id: Mapped[Key]
    token_sha256: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    browser: Mapped[str] = mapped_column(String(60), default="", comment="as the browser calls itself, shortened")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class SignInAttempt(Base):
    """How often something was tried in a window of time, counted before it is looked at."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (UniqueConstraint("subject", "window_at"),)

    id: Mapped[Key]
    subject: Mapped[str] = mapped_column(String(300), comment="what is tried, with which email or from which address")
    window_at: Mapped[datetime] = mapped_column(index=True, comment="when the window began")
    tries: Mapped[int]


class Registration(Base):
    """A firm that somebody wants to register. Neither firm nor person exists until the link in the mail is followed."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("token_sha256"),)

    id: Mapped[Key]
    token_sha256: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254), index=True)
    firm: Mapped[dict[str, Any]] = mapped_column(JSON, comment="the firm as it was described")
    person_name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    @property
    def details(self) -> FirmDetails:
        """The firm as it was described."""
        return FirmDetails(**self.firm | {"albo_categories": tuple(self.firm["albo_categories"])})


class Invitation(Base):
    """A link that makes its reader a member of an organisation, once."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("token_sha256"),)
    __reach__: ClassVar[Mapping[Scope, Reach]] = {Scope.OWN: Reach(("organisation_id",))}
    SEEN_BY = "accounts:manage-people"

    id: Mapped[Key]
    token_sha256: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(10))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()

    @property
    def asked(self) -> Role:
        """The role as the policy knows it."""
        return Role(self.role)


class PasswordReset(Base):
    """A link that sets a new password, once, within an hour."""

    __tablename__ = "password_reset"
    __table_args__ = (UniqueConstraint("token_sha256"),)

    id: Mapped[Key]
    token_sha256: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


refusal_for("uq_organisation_vat_number", VatNumberTaken)
refusal_for("uq_permit_firm_id_waste_code", PermitThere)
refusal_for("uq_membership_person_id_organisation_id", AlreadyThere)
# A partial index: PostgreSQL reports its name, SQLite its column.
refusal_for("uq_membership_one_firm", OneFirmOnly)
refusal_for("uq_membership_person_id", OneFirmOnly)
