# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes of offers and needs: drafts, publication, withdrawal, expiry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace import workflow
from marketplace.accounts.models import Organisation
from marketplace.audit import actions as audit
from marketplace.db import now
from marketplace.ledger import actions as ledger
from marketplace.listings import queries, values
from marketplace.listings.models import Listing
from marketplace.listings.rules import FirmNotVerified, Move, NotReady, Role, State, UnitFixed, decide
from marketplace.policy import Actor, can


def role_of(actor: Actor | None, listing: Listing) -> Role:
    """Who this person is to the listing; None is time, or the grams that moved."""
    if actor is None:
        return Role.SYSTEM
    if can(actor, "listings:publish", listing):
        return Role.MANAGER
    return Role.MEMBER if can(actor, "listings:write", listing) else Role.OUTSIDER


def create_draft(
    session: Session, actor: Actor | None, stated: Mapping[str, Any], *, side: str = "offer", firm_id: int | None = None
) -> Listing:
    """A draft with the stated values (`values.COLUMNS`; `side` may stand among them); place and shelf are filled in.

    The firm is the person's own, or `firm_id` where the operator imports for a firm.
    """
    given = dict(stated)
    side = given.pop("side", side)
    firm = session.get_one(Organisation, firm_id or (actor.firm_id if actor else None))
    listing = Listing(side=side, firm=firm, state=State.DRAFT, created_at=now(session))
    listing.created_by_id = actor.person_id if actor else None
    _fill(listing, given)
    session.add(listing)
    audit.record(session, actor, "listings:create", listing, firms=[firm.id])
    return listing


def edit(session: Session, actor: Actor | None, listing: Listing, stated: Mapping[str, Any]) -> Listing:
    """Change a draft, or (a manager) what is published: then the account is resized and the law's rules hold still."""
    if listing.state == State.DRAFT:
        decide(Move.EDIT, listing.state, role_of(actor, listing))
        _fill(listing, {**values.values_of(listing), **stated})
        audit.record(session, actor, "listings:edit", listing, firms=[listing.firm_id])
        return listing
    decide(Move.AMEND, listing.state, role_of(actor, listing))
    _amend(session, listing, stated)
    audit.record(session, actor, "listings:amend", listing, firms=[listing.firm_id])
    note_exhaustion(session, listing)
    return listing


def publish(session: Session, actor: Actor | None, listing: Listing) -> Listing:
    """Put a draft on show and open its account in the ledger; refuses what is incomplete or unlawful."""
    decide(Move.PUBLISH, listing.state, role_of(actor, listing))
    if listing.firm.state != "verified":
        raise FirmNotVerified
    _check(session, listing)
    if listing.mass_g is not None:
        session.flush()
        account = ledger.open_account(session, listing.firm_id, listing.side, listing.mass_g, listing)
        listing.account = account
    listing.published_at = now(session)
    _move(session, actor, listing, Move.PUBLISH)
    return listing


def copy(session: Session, actor: Actor, listing: Listing) -> Listing:
    """«Same as last time»: a new draft with the values of an own listing, without its days."""
    stated = {**values.values_of(listing), "from_day": None, "until_day": None}
    return create_draft(session, actor, stated, side=listing.side, firm_id=listing.firm_id)


def withdraw(session: Session, actor: Actor | None, listing: Listing, reason: str = "") -> None:
    """Take a listing off show, or discard a draft; what is free is closed, what is promised stays promised."""
    move = Move.DISCARD if listing.state == State.DRAFT else Move.WITHDRAW
    _move(session, actor, listing, move, reason=reason)
    if move is Move.WITHDRAW:
        _close(session, actor, listing)


def expire_due(session: Session) -> int:
    """Close whatever is on show past its last day; how many listings that were."""
    due = queries.list_expired(session)
    for listing in due:
        _move(session, None, listing, Move.EXPIRE)
        _close(session, None, listing)
    return len(due)


def arrange(session: Session, firm: Organisation, side: str, stated: Mapping[str, Any]) -> Listing:
    """What a processing firm takes in (a need) or makes of it (an offer) on one way, with its account.

    It is never published: the firm didn't list it, and it ends with the stage that it was made for (`lapse`).
    """
    listing = Listing(side=side, firm=firm, state=State.ARRANGED, created_at=now(session))
    _fill(listing, stated)
    session.add(listing)
    session.flush()
    listing.account = ledger.open_account(session, firm.id, side, stated["mass_g"], listing)
    audit.record(session, None, "listings:arrange", listing, firms=[firm.id])
    return listing


def lapse(session: Session, listing: Listing) -> None:
    """The stage that a listing was arranged for has come to a deal or to nothing: what is free is closed."""
    _move(session, None, listing, Move.LAPSE)
    account = queries.account_of(session, listing)
    if account is not None:
        ledger.close(session, account, listing)


def note_exhaustion(session: Session, listing: Listing) -> None:
    """After grams have moved: nothing left to promise takes the listing off, something left brings it back.

    Grams that come back to a listing which is no longer on show are closed.
    """
    account = queries.account_of(session, listing)
    if account is None:
        return
    if listing.state == State.PUBLISHED and account.free_g == 0:
        _move(session, None, listing, Move.EXHAUST)
        workflow.announce(session, None, "listing closed", listing)
    elif listing.state == State.EXHAUSTED and account.free_g > 0:
        _move(session, None, listing, Move.RESTOCK)
    elif listing.state in (State.WITHDRAWN, State.EXPIRED):
        ledger.close(session, account, listing)


def _fill(listing: Listing, stated: Mapping[str, Any]) -> None:
    firm = listing.firm
    place = {"place_code": firm.place_code, "lat": firm.lat, "lon": firm.lon}
    full = values.completed(stated, place)
    for name, value in {**full, **values.derived(listing.side, full)}.items():
        setattr(listing, name, value)


def _amend(session: Session, listing: Listing, stated: Mapping[str, Any]) -> None:
    account = queries.account_of(session, listing)
    _fill(listing, {**values.values_of(listing), **stated})
    if (account is None) != (listing.mass_g is None):
        raise UnitFixed
    _check(session, listing)
    session.flush()
    if account is not None and listing.mass_g is not None:
        ledger.resize(session, account, listing.mass_g, listing)


def _check(session: Session, listing: Listing) -> None:
    if queries.list_problems(session, listing):
        raise NotReady


def _close(session: Session, actor: Actor | None, listing: Listing) -> None:
    account = queries.account_of(session, listing)
    if account is not None:
        ledger.close(session, account, listing)
    workflow.announce(session, actor, "listing closed", listing)


def _move(session: Session, actor: Actor | None, listing: Listing, move: Move, **told: object) -> None:
    """The one place where a listing's state changes, with its line of history."""
    listing.state = decide(move, listing.state, role_of(actor, listing))
    session.flush()
    audit.record(session, actor, f"listings:{move.value}", listing, firms=[listing.firm_id], **told)
