# SPDX-License-Identifier: AGPL-3.0-or-later
"""What went how far, read from the rows that the rooms keep; nothing here writes.

Every figure is in grams. A step is dated by what made it: an offer by its publication, a proposal by that of its run
(a pair counts once, when first proposed), terms by their agreement, an approval by its decision, a delivery by the
receiver's confirmation (corrections included). Months are those of UTC. Goods count once, where they leave the firm
that listed them: what a processor makes of them and passes on is not counted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Executable, func, null, select
from sqlalchemy.orm import Session

from marketplace.analytics.rules import Contribution, Step, Table
from marketplace.approvals.models import Case
from marketplace.exchanges.models import Delivery, Exchange
from marketplace.ledger.models import Account
from marketplace.listings.materials import material_of
from marketplace.listings.models import Listing
from marketplace.matches.models import ON_SHOW, Arrangement, Leg, Proposal, Run
from marketplace.negotiations.models import Negotiation, Round
from matching.market import vocabulary


class Flow(NamedTuple):
    """Grams that reached a step, with what a table may sort them by."""

    at: datetime
    theme_code: str
    place_code: str
    giver_id: int
    taker_id: int | None
    grams: int
    material: str


def list_contributions(session: Session, step: Step, table: Table) -> Iterator[Contribution]:
    """Everything that reached the step, filed under the rows of the table."""
    for flow in _flows(session, step):
        yield Contribution(_row(flow, table), flow.giver_id, flow.taker_id, flow.grams)


def _row(flow: Flow, table: Table) -> str:
    if table is Table.MONTH:
        return f"{flow.at:%Y-%m}"
    if table is Table.THEME:
        return flow.theme_code
    if table is Table.MATERIAL:
        return flow.material
    place = vocabulary.PLACES.get(flow.place_code)
    return place.comune if place is not None else ""


def _flows(session: Session, step: Step) -> Iterator[Flow]:
    for *facts, composition, forms in session.execute(_OF_LISTINGS[step]) if step in _OF_LISTINGS else ():
        yield Flow._make((*facts, material_of(composition, forms)))
    # From the approval on, the exchange's own copy counts, whatever became of the listing.
    for row in session.execute(_OF_EXCHANGES[step]) if step in _OF_EXCHANGES else ():
        yield Flow(*row)


_WHERE = (Listing.theme_code, Listing.place_code)
_MADE_OF = (Listing.composition, Listing.forms)
_LISTED = Listing.published_at.is_not(None)
"""An offer that its firm put on show: it is not what a processor makes of another one."""


def _offered() -> Executable:
    return (
        select(Listing.published_at, *_WHERE, Listing.firm_id, null(), Account.mass_g, *_MADE_OF)
        .join(Account, Account.id == Listing.account_id)
        .where(Listing.side == "offer", Listing.published_at.is_not(None))
    )


def _proposed() -> Executable:
    # Each run that proposes a way through processors writes a need of its own for the first of them: of a stage, the
    # ends of its way and the firm that takes it are what stays.
    ends = func.coalesce(Leg.offer_id, Proposal.offer_id), func.coalesce(Arrangement.need_id, Proposal.need_id)
    first_time = (
        select(func.min(Proposal.id))
        .outerjoin(Proposal.leg)
        .outerjoin(Leg.arrangement)
        .where(Proposal.state.in_(ON_SHOW))
        .group_by(*ends, Proposal.need_firm_id)
    )
    return (
        select(Run.published_at, *_WHERE, Proposal.offer_firm_id, Proposal.need_firm_id, Proposal.mass_g, *_MADE_OF)
        .join(Run, Run.id == Proposal.run_id)
        .join(Listing, Listing.id == Proposal.offer_id)
        .where(Proposal.id.in_(first_time), Run.published_at.is_not(None), _LISTED)
    )


def _agreed() -> Executable:
    return (
        select(Case.opened_at, *_WHERE, Case.offer_firm_id, Case.need_firm_id, Round.mass_g, *_MADE_OF)
        .join(Round, Round.id == Case.round_id)
        .join(Negotiation, Negotiation.id == Case.negotiation_id)
        .join(Listing, Listing.id == Negotiation.offer_id)
        .where(Case.state.in_(("waiting", "seconding", "approved")), _LISTED)
    )


_DEAL = (Exchange.theme_code, Exchange.offer_place_code, Exchange.offer_firm_id, Exchange.need_firm_id)


def _approved() -> Executable:
    return (
        select(Exchange.approved_at, *_DEAL, Exchange.mass_g, Exchange.material)
        .join(Listing, Listing.id == Exchange.offer_id)
        .where(_LISTED)
    )


def _delivered() -> Executable:
    return (
        select(Delivery.confirmed_at, *_DEAL, Delivery.accepted_g, Exchange.material)
        .join(Exchange, Exchange.id == Delivery.exchange_id)
        .join(Listing, Listing.id == Exchange.offer_id)
        .where(Delivery.state == "confirmed", _LISTED)
    )


_OF_LISTINGS = {Step.OFFERED: _offered(), Step.PROPOSED: _proposed(), Step.AGREED: _agreed()}
_OF_EXCHANGES = {Step.APPROVED: _approved(), Step.DELIVERED: _delivered()}
