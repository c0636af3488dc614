# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of proposals, of their answers and of their listings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.listings.models import Listing
from marketplace.matches.models import Leg, Proposal, Run
from marketplace.matches.queries.runs import PER_PAGE
from marketplace.policy import Actor, only

_BOTH_LISTINGS = (
    joinedload(Proposal.offer).joinedload(Listing.firm),
    joinedload(Proposal.need).joinedload(Listing.firm),
)
_BOTH_ACCOUNTS = (
    joinedload(Proposal.offer).joinedload(Listing.account),
    joinedload(Proposal.need).joinedload(Listing.account),
)


def list_computed(session: Session, run: Run) -> list[Proposal]:
    """A run's proposals that were not shown yet, best first, with their listings and accounts."""
    proposals = _of_run(run).where(Proposal.state == "computed").options(*_BOTH_ACCOUNTS)
    return list(session.scalars(proposals))


def list_of_run(session: Session, run: Run, page: int | None = None) -> list[Proposal]:
    """A run's proposals, best first, with their listings and firms: a page of them, or all."""
    proposals = _of_run(run).options(*_BOTH_LISTINGS)
    if page is not None:
        proposals = proposals.limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return list(session.scalars(proposals))


def _of_run(run: Run) -> Select[Proposal]:
    order = (Proposal.score_micro.desc(), Proposal.offer_id, Proposal.need_id)
    return select(Proposal).where(Proposal.run_id == run.id).order_by(*order)


def count_by_state(session: Session, run: Run) -> dict[str, tuple[int, int]]:
    """State → (number, grams) of a run's proposals."""
    totals = (
        select(Proposal.state, func.count(), func.sum(Proposal.mass_g))
        .where(Proposal.run_id == run.id)
        .group_by(Proposal.state)
    )
    return {state: (number, int(grams or 0)) for state, number, grams in session.execute(totals)}


def list_open_of_other_runs(session: Session, run: Run) -> list[Proposal]:
    """Proposals of other runs that firms may still answer, with their listings and the ways that they are stages of."""
    others = select(Proposal).where(Proposal.state == "open", Proposal.run_id != run.id)
    way = joinedload(Proposal.leg).joinedload(Leg.arrangement)
    return list(session.scalars(others.options(joinedload(Proposal.offer), joinedload(Proposal.need), way)))


def list_open_of_listing(session: Session, listing: Listing) -> list[Proposal]:
    """Proposals about a listing that firms may still answer."""
    about = or_(Proposal.offer_id == listing.id, Proposal.need_id == listing.id)
    return list(session.scalars(select(Proposal).where(Proposal.state == "open", about).order_by(Proposal.id)))


def list_proposals(session: Session, actor: Actor, state: str | None, page: int) -> list[Proposal]:
    """The proposals somebody may see, newest run first: a page of those in a state, or of all."""
    proposals = (
        _visible(actor, state)
        .options(*_BOTH_LISTINGS, selectinload(Proposal.run))
        .order_by(Proposal.run_id.desc(), Proposal.id)
    )
    return list(session.scalars(proposals.limit(PER_PAGE).offset((page - 1) * PER_PAGE)))


def _visible(actor: Actor, state: str | None) -> Select[Proposal]:
    visible = select(Proposal).where(only(actor, "matches:see", Proposal))
    return visible if state is None else visible.where(Proposal.state == state)


def count_visible_by_state(session: Session, actor: Actor) -> dict[str, int]:
    """State → how many proposals somebody may see."""
    visible = select(Proposal.state, func.count()).where(only(actor, "matches:see", Proposal)).group_by(Proposal.state)
    return dict(session.execute(visible).all())


def list_waiting_for(session: Session, firm_id: int) -> Sequence[Proposal]:
    """Open proposals that a firm has not answered yet, oldest first."""
    mine = or_(
        (Proposal.offer_firm_id == firm_id) & Proposal.offer_answer.is_(None),
        (Proposal.need_firm_id == firm_id) & Proposal.need_answer.is_(None),
    )
    waiting = select(Proposal).where(Proposal.state == "open", mine).options(*_BOTH_LISTINGS)
    return session.scalars(waiting.order_by(Proposal.id)).all()


def list_answers(session: Session) -> list[tuple[dict[str, int], bool, datetime]]:
    """Features, whether both firms said yes, and when it was shown, of each proposal that both accepted or one refused.

    One that nobody refused and not both accepted tells nothing: it may have been overtaken by other deals.
    """
    both = (Proposal.offer_answer == "yes") & (Proposal.need_answer == "yes")
    told = both | (Proposal.offer_answer == "no") | (Proposal.need_answer == "no")
    answers = select(Proposal.features, both, Run.published_at).join(Proposal.run).where(told)
    return [
        (known, bool(yes), shown)
        for known, yes, shown in session.execute(answers.order_by(Run.published_at, Proposal.id))
        if known and shown is not None
    ]


def count_refusals(session: Session) -> dict[str, int]:
    """Reason → how many proposals were refused for it, most first."""
    refused = select(Proposal.declined_reason, func.count()).where(Proposal.declined_reason != "")
    counted = refused.group_by(Proposal.declined_reason).order_by(func.count().desc(), Proposal.declined_reason)
    return dict(session.execute(counted).all())


def listings_by_key(session: Session, keys: Collection[int]) -> dict[int, Listing]:
    """Listings with their firms."""
    found = select(Listing).where(Listing.id.in_(keys)).options(joinedload(Listing.firm))
    return {listing.id: listing for listing in session.scalars(found)} if keys else {}
