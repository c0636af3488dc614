# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of what a run left: listings and processors that it could not take in, kilograms without a place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import Organisation
from marketplace.listings.models import Listing
from marketplace.matches.models import LeftOut, Run, WhyNot
from marketplace.matches.queries.runs import WHOLE
from marketplace.processors.models import Processor


def list_left_out(session: Session, run: Run) -> list[LeftOut]:
    """Listings the run could not take in, with their firms."""
    rows = select(LeftOut).where(LeftOut.run_id == run.id).order_by(LeftOut.listing_id)
    return list(session.scalars(rows.options(joinedload(LeftOut.listing).joinedload(Listing.firm))))


def find_left_out(session: Session, listing: Listing) -> LeftOut | None:
    """Why the newest finished run left this listing out; None if it didn't."""
    newest = select(func.max(Run.id)).where(Run.state.in_(("done", "published")), WHOLE).scalar_subquery()
    row = select(LeftOut).where(LeftOut.run_id == newest, LeftOut.listing_id == listing.id)
    return session.scalars(row).first()


def find_why_not(session: Session, listing: Listing) -> WhyNot | None:
    """Why the newest published run left kilograms of a listing; None if it did not look at it."""
    newest = select(func.max(Run.id)).where(Run.state == "published", WHOLE).scalar_subquery()
    row = select(WhyNot).where(WhyNot.run_id == newest, WhyNot.listing_id == listing.id)
    return session.scalars(row.options(joinedload(WhyNot.run))).one_or_none()


def list_idle_processors(session: Session, run: Run) -> list[tuple[Processor, str]]:
    """Processors that the run could not take in, with their firms, and why."""
    reasons: dict[int, str] = dict(run.summary.get("idle_processors", []))
    found = select(Processor).where(Processor.id.in_(reasons)).options(joinedload(Processor.firm))
    return [(one, reasons[one.id]) for one in session.scalars(found.order_by(Processor.id))] if reasons else []


def list_likely_givers(session: Session, call: Mapping[str, Any]) -> list[int]:
    """Verified firms that have once put such goods on show, but those whose needs lack them now."""
    needy = select(Listing.firm_id).where(Listing.id.in_(call["needs"]))
    offers = select(Listing.firm_id).join(Organisation, Organisation.id == Listing.firm_id)
    offers = offers.where(Listing.side == "offer", Listing.published_at.is_not(None), Organisation.state == "verified")
    if call["forms"]:
        offers = offers.where(Listing.forms.in_(call["forms"]))  # an offer has one form
    if call["fibres"]:
        shares = [(f"{fibre}:", f";{fibre}:") for fibre in call["fibres"]]
        held = [
            has
            for first, later in shares
            for has in (Listing.composition.startswith(first), Listing.composition.contains(later))
        ]
        offers = offers.where(or_(*held))
    return list(session.scalars(offers.where(Listing.firm_id.not_in(needy)).distinct().order_by(Listing.firm_id)))
