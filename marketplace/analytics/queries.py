# SPDX-License-Identifier: AGPL-3.0-or-later
"""What went how far, read from the rows that the rooms keep; nothing here writes.

Every figure is in grams. A step is dated by what made it: an offer by its publication, a proposal by that of its run
(a pair counts once, when first proposed), terms by their agreement, an approval by its decision, a delivery by the
receiver's confirmation (corrections included). Months are those of UTC. Goods count once, where they leave the firm
that listed them: what a processor makes of them and passes on is not counted again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, extract, func, null, select
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


def list_contributions(session: Session, step: Step, table: Table) -> Iterator[Contribution]:
    """What reached the step, filed under the rows of the table: the grams that each two firms have in a row together.

    The database adds them up; rows that read the same may come several times.
    """
    flows = _FLOWS[step]
    keys = _keys(flows, table)
    sums = select(flows.c.giver_id, flows.c.taker_id, func.sum(flows.c.grams), *keys)
    for giver_id, taker_id, grams, *key in session.execute(sums.group_by(flows.c.giver_id, flows.c.taker_id, *keys)):
        yield Contribution(_row(table, key), giver_id, taker_id, int(grams))


def _keys(flows: Subquery, table: Table) -> list[ColumnElement[Any]]:
    """What tells the rows of a table apart."""
    if table is Table.MONTH:
        return [extract(part, flows.c.at) for part in ("year", "month")]
    if table is Table.THEME:
        return [flows.c.theme_code]
    return [flows.c.material, flows.c.forms] if table is Table.MATERIAL else [flows.c.place_code]


def _row(table: Table, key: list[Any]) -> str:
    if table is Table.MONTH:
        return f"{key[0]:04}-{key[1]:02}"
    if table is Table.MATERIAL:
        made_of, form = key
        return made_of if form is None else material_of(made_of, form)
    place = vocabulary.PLACES.get(key[0])
    return key[0] if table is Table.THEME else "" if place is None else place.comune


_LISTED = Listing.published_at.is_not(None)
"""An offer that its firm put on show: it is not what a processor makes of another one."""


def _of_listings(at: Any, giver_id: Any, taker_id: Any, grams: Any) -> Select[Any]:
    """Kilograms of a listing as it is; an offer has one form."""
    return select(
        at.label("at"),
        Listing.theme_code.label("theme_code"),
        Listing.place_code.label("place_code"),
        giver_id.label("giver_id"),
        taker_id.label("taker_id"),
        grams.label("grams"),
        Listing.composition.label("material"),
        Listing.forms.label("forms"),
    )


def _of_exchanges(at: Any, grams: Any) -> Select[Any]:
    """From the approval on, the exchange's own copy counts, whatever became of the listing."""
    return select(
        at.label("at"),
        Exchange.theme_code.label("theme_code"),
        Exchange.offer_place_code.label("place_code"),
        Exchange.offer_firm_id.label("giver_id"),
        Exchange.need_firm_id.label("taker_id"),
        grams.label("grams"),
        Exchange.material.label("material"),
        null().label("forms"),
    )


def _offered() -> Select[Any]:
    return (
        _of_listings(Listing.published_at, Listing.firm_id, null(), Account.mass_g)
        .join(Account, Account.id == Listing.account_id)
        .where(Listing.side == "offer", Listing.published_at.is_not(None))
    )


def _proposed() -> Select[Any]:
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
        _of_listings(Run.published_at, Proposal.offer_firm_id, Proposal.need_firm_id, Proposal.mass_g)
        .select_from(Proposal)
        .join(Run, Run.id == Proposal.run_id)
        .join(Listing, Listing.id == Proposal.offer_id)
        .where(Proposal.id.in_(first_time), Run.published_at.is_not(None), _LISTED)
    )


def _agreed() -> Select[Any]:
    return (
        _of_listings(Case.opened_at, Case.offer_firm_id, Case.need_firm_id, Round.mass_g)
        .select_from(Case)
        .join(Round, Round.id == Case.round_id)
        .join(Negotiation, Negotiation.id == Case.negotiation_id)
        .join(Listing, Listing.id == Negotiation.offer_id)
        .where(Case.state.in_(("waiting", "seconding", "approved")), _LISTED)
    )


def _approved() -> Select[Any]:
    return (
        _of_exchanges(Exchange.approved_at, Exchange.mass_g)
        .join(Listing, Listing.id == Exchange.offer_id)
        .where(_LISTED)
    )


def _delivered() -> Select[Any]:
    return (
        _of_exchanges(Delivery.confirmed_at, Delivery.accepted_g)
        .select_from(Delivery)
        .join(Exchange, Exchange.id == Delivery.exchange_id)
        .join(Listing, Listing.id == Exchange.offer_id)
        .where(Delivery.state == "confirmed", _LISTED)
    )


_FLOWS: Mapping[Step, Subquery] = {
    Step.OFFERED: _offered().subquery("flows"),
    Step.PROPOSED: _proposed().subquery("flows"),
    Step.AGREED: _agreed().subquery("flows"),
    Step.APPROVED: _approved().subquery("flows"),
    Step.DELIVERED: _delivered().subquery("flows"),
}
