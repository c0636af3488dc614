# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offers and needs in one table: they differ in a few columns, not in how they live."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.db import Base, Grams, Key, MilliEuroPerKg
from marketplace.ledger.models import Account
from marketplace.policy import Reach, Scope

LISTED = frozenset({"published", "exhausted"})


class Listing(Base):
    """What a firm has (offer) or looks for (need).

    Codes and grammars (composition, forms, regimes, certificates) are those of the engine's file formats, kept as
    text exactly as the engine reads them. What isn't measured in kilograms has `unit` and `quantity` instead of grams
    and an account; it is listed and found, not matched.
    """

    __tablename__ = "listing"
    __table_args__ = (
        CheckConstraint("side IN ('offer', 'need')", name="side"),
        CheckConstraint("from_day IS NULL OR until_day IS NULL OR from_day <= until_day", name="window"),
        CheckConstraint("NOT (regime = 'BYPRODUCT' AND origin = 'post')", name="post_consumer_byproduct"),
        CheckConstraint(
            "NOT (side = 'offer' AND regime = 'BYPRODUCT' AND price_milli_eur_kg < 0)", name="paid_byproduct"
        ),
        Index("ix_listing_side_state", "side", "state"),
        Index("ix_listing_published_at_id", "published_at", "id"),
    )
    __reach__: ClassVar[Mapping[Scope, Reach]] = {
        Scope.OWN: Reach(("firm_id",)),
        Scope.MEMBERS: Reach(("firm_id",)),
        Scope.LISTED: Reach(states=LISTED),
    }
    SEEN_BY = "listings:see"

    id: Mapped[Key]
    side: Mapped[str] = mapped_column(String(5))
    firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), comment="null until published in kg")
    state: Mapped[str] = mapped_column(String(20), comment="draft, published, exhausted, withdrawn, expired, arranged")
    version: Mapped[int] = mapped_column(default=1)
    reference: Mapped[str] = mapped_column(String(60), default="", comment="the firm's own name for it, as O-17")
    category_code: Mapped[str] = mapped_column(String(10))
    theme_code: Mapped[str] = mapped_column(String(3), index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(String(20), default="kg")
    quantity: Mapped[str] = mapped_column(String(40), default="", comment="how much, where the unit isn't kg")
    mass_g: Mapped[Grams | None]
    forms: Mapped[str] = mapped_column(Text, default="", comment="offer: one code; need: codes with ;")
    composition: Mapped[str] = mapped_column(Text, default="", comment="WO:70;PA:30 or WO:60-100;*:0-5")
    material: Mapped[str] = mapped_column(String(12), default="", index=True, comment="key of materials.MATERIALS")
    colour: Mapped[str] = mapped_column(String(60), default="", comment="#rrggbb, lab:L a b or a shade code")
    delta_e_milli: Mapped[int | None] = mapped_column(comment="need: tolerance in thousandths of CIEDE2000")
    price_milli_eur_kg: Mapped[MilliEuroPerKg | None] = mapped_column(comment="ask, or highest price; null = open")
    price_shown: Mapped[bool] = mapped_column(default=False, comment="offer: the firm shows its ask to viewers")
    regime: Mapped[str] = mapped_column(String(80), default="", comment="offer: one; need: accepted ones with ;")
    waste_codes: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(String(4), default="", comment="offer: pre or post")
    certificates: Mapped[str] = mapped_column(Text, default="")
    use: Mapped[str] = mapped_column(String(10), default="", comment="need: reuse, recycle, recover")
    lot_g: Mapped[Grams] = mapped_column(default=0)
    divisible: Mapped[bool] = mapped_column(default=True)
    max_suppliers: Mapped[int | None]
    blend: Mapped[bool] = mapped_column(default=False)
    min_fill_g: Mapped[Grams] = mapped_column(default=0)
    length_um: Mapped[int | None] = mapped_column(comment="offer: mean length; need: least; micrometres")
    micron_milli: Mapped[int | None] = mapped_column(comment="offer: fineness; need: most; thousandths of a micron")
    from_day: Mapped[date | None]
    until_day: Mapped[date | None]
    place_code: Mapped[str] = mapped_column(String(30), default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    radius_m: Mapped[int | None]
    search_text: Mapped[str] = mapped_column(Text, default="", comment="what search looks at; Chinese as bigrams")
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("listing_import.id"))

    firm: Mapped[Organisation] = relationship()
    account: Mapped[Account | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class ListingImport(Base):
    """An uploaded sheet between its preview and its acceptance."""

    __tablename__ = "listing_import"
    __reach__: ClassVar[Mapping[Scope, Reach]] = {Scope.OWN: Reach(("firm_id",))}
    SEEN_BY = "listings:import"

    id: Mapped[Key]
    firm_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    side: Mapped[str] = mapped_column(String(5))
    filename: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), comment="preview, accepted, undone")
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="what each line says, and the listing it became")
    answers: Mapped[dict[str, str]] = mapped_column(JSON, comment="regime and origin, answered for the whole sheet")
    at: Mapped[datetime]
