# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of offers and needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload

from marketplace.accounts.models import Organisation
from marketplace.db import today
from marketplace.ledger.models import Account
from marketplace.ledger.queries import FREE_G
from marketplace.listings.facts import Problem, problems
from marketplace.listings.models import Listing
from marketplace.listings.rules import ON_SHOW, State
from marketplace.listings.twins import looks_like_twin
from marketplace.listings.values import values_of
from marketplace.policy import Actor, can, only


def list_matchable(session: Session) -> Sequence[Listing]:
    """What the engine may propose: published, in kilograms, of a form it knows, with free grams; by id.

    Accounts and firms come along. Suspended firms and listings whose last day has passed are left out.
    """
    return session.scalars(
        select(Listing)
        .join(Listing.account)
        .join(Listing.firm)
        .options(contains_eager(Listing.account), contains_eager(Listing.firm))
        .where(Listing.state == State.PUBLISHED, Listing.forms != "", FREE_G > 0)
        .where(Organisation.state == "verified")
        .where(or_(Listing.until_day.is_(None), Listing.until_day >= today(session)))
        .order_by(Listing.id)
    ).all()


def list_by(
    session: Session, actor: Actor | None, column: InstrumentedAttribute[Any], keys: Collection[int]
) -> dict[int, Listing]:
    """The listings this person may see among those whose `column` is one of the keys, by that column."""
    found = select(Listing).where(column.in_(keys), only(actor, "listings:see", Listing))
    return {getattr(one, column.key): one for one in session.scalars(found)}


def may_show_price(actor: Actor | None, listing: Listing) -> bool:
    """Whether this person may read the price: the firm's own people; others only an ask that the firm shows."""
    if can(actor, "listings:see-private", listing):
        return True
    return listing.side == "offer" and listing.price_shown and can(actor, "listings:see", listing)


def may_see_firm(actor: Actor | None, listing: Listing) -> bool:
    """Whether this person may read whose listing it is; other firms learn it in a negotiation."""
    return can(actor, "accounts:see-firm", listing.firm)


def list_expired(session: Session) -> Sequence[Listing]:
    """What is on show although its last day has passed, in the order of the ledger's accounts."""
    return session.scalars(
        select(Listing)
        .where(Listing.state.in_([State.PUBLISHED, State.EXHAUSTED]), Listing.until_day < today(session))
        .order_by(Listing.account_id, Listing.id)
    ).all()


def list_own(session: Session, firm_id: int, states: Collection[str]) -> Sequence[Listing]:
    """A firm's listings in these states, newest first, with their accounts."""
    return session.scalars(
        select(Listing)
        .where(Listing.firm_id == firm_id, Listing.state.in_(sorted(states)))
        .options(joinedload(Listing.account), joinedload(Listing.firm))
        .order_by(Listing.id.desc())
    ).all()


def list_twins(session: Session, listing: Listing) -> list[Listing]:
    """Listings of the same firm on show that may be the same goods."""
    on_show = select(Listing).where(
        Listing.firm_id == listing.firm_id,
        Listing.side == listing.side,
        Listing.forms == listing.forms,
        Listing.state.in_(sorted(ON_SHOW)),
        Listing.id != listing.id,
    )
    return [other for other in session.scalars(on_show.order_by(Listing.id)) if looks_like_twin(listing, other)]


def permits_of(firm: Organisation, day: date) -> frozenset[str]:
    """The waste codes that a firm may receive on a day."""
    return frozenset(p.waste_code for p in firm.permits if p.valid_until is None or p.valid_until >= day)


def list_problems(session: Session, listing: Listing) -> list[Problem]:
    """All that keeps the listing from being published today."""
    day = today(session)
    permits = permits_of(listing.firm, day) if listing.side == "need" else ()
    return problems(listing.side, values_of(listing), today=day, permits=permits)


def account_of(session: Session, listing: Listing) -> Account | None:
    """The listing's account as it is now; None for what isn't measured in kilograms or was never published."""
    return session.get(Account, listing.account_id) if listing.account_id is not None else None
