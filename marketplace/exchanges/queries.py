# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of exchanges, their loads and corrections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import Organisation
from marketplace.exchanges.models import Correction, Delivery, Exchange
from marketplace.exchanges.rules import ON_THE_WAY, UNDER_WAY, Ask, Load, Role, State, role_of
from marketplace.matches.models import Proposal
from marketplace.matches.queries import count_others
from marketplace.matches.rules import State as Proposed
from marketplace.negotiations.models import Negotiation
from marketplace.policy import Actor, can, only

PAGE = 25
VIEWS = ("under-way", "waiting", "delivered", "closed", "all")
"""The filters of the list; "waiting" is what waits for the person who looks."""


def find_of_negotiation(session: Session, negotiation_id: int) -> Exchange | None:
    """The exchange that came of a negotiation, if the coordinator approved it."""
    return session.scalar(select(Exchange).where(Exchange.negotiation_id == negotiation_id))


def has_lost_a_part(session: Session, exchange: Exchange) -> bool:
    """Whether another part of the way or recipe that an exchange under way belongs to fell away."""
    if exchange.state not in UNDER_WAY:
        return False
    of_it = select(Proposal).join(Negotiation, Negotiation.proposal_id == Proposal.id)
    proposal = session.scalars(of_it.where(Negotiation.id == exchange.negotiation_id)).one()
    return count_others(session, proposal, Proposed.DECLINED, Proposed.RETIRED) > 0


def role_in(actor: Actor | None, deal: Exchange | Delivery | Correction) -> Role:
    """The part this person plays in an exchange, load or correction."""
    firm_id = actor.firm_id if actor else None
    return role_of(firm_id, deal.offer_firm_id, deal.need_firm_id, can(actor, "exchanges:settle", deal))


def name_of(actor: Actor | None, exchange: Exchange, firm: Organisation) -> str | None:
    """The firm's name for the two parties and the coordinator; an officer reads only those of mandating firms."""
    known = can(actor, "exchanges:see-price", exchange) or (actor is not None and firm.id in actor.mandated_firm_ids)
    return firm.name if known else None


def list_loads(session: Session, exchange: Exchange) -> list[Delivery]:
    """The loads of an exchange with their corrections, oldest first."""
    return list(
        session.scalars(
            select(Delivery)
            .where(Delivery.exchange_id == exchange.id)
            .options(selectinload(Delivery.corrections))
            .order_by(Delivery.id)
        )
    )


def count_loads(session: Session, exchange: Exchange, states: Sequence[str]) -> int:
    """How many loads of an exchange are in one of these states."""
    found = select(func.count()).select_from(Delivery)
    return int(
        session.scalar(found.where(Delivery.exchange_id == exchange.id, Delivery.state.in_(sorted(states)))) or 0
    )


def mass_to_send(session: Session, exchange: Exchange) -> int:
    """Grams that are neither delivered nor on their way; below zero if loads say more than was agreed on."""
    on_the_way = select(func.sum(func.coalesce(Delivery.accepted_g, Delivery.sent_g))).where(
        Delivery.exchange_id == exchange.id, Delivery.state.in_(sorted(ON_THE_WAY))
    )
    return exchange.rest_g - int(session.scalar(on_the_way) or 0)


def find_open_correction(session: Session, load: Delivery) -> Correction | None:
    """The correction of a load that waits for the coordinator, if there is one."""
    return session.scalar(select(Correction).where(Correction.delivery_id == load.id, Correction.state == Ask.PROPOSED))


def list_exchanges(session: Session, actor: Actor | None, view: str, page: int) -> list[Exchange]:
    """One page of the exchanges this person may see, the newest first."""
    found = _with_firms().where(_seen(actor, view)).order_by(Exchange.id.desc())
    return list(session.scalars(found.limit(PAGE).offset((page - 1) * PAGE)))


def count_exchanges(session: Session, actor: Actor | None, view: str) -> int:
    """How many exchanges the list has under this filter."""
    return int(session.scalar(select(func.count()).select_from(Exchange).where(_seen(actor, view))) or 0)


def stream_exchanges(session: Session, actor: Actor | None, view: str) -> Iterator[Exchange]:
    """All exchanges of the list, oldest first, for the export."""
    yield from session.scalars(_with_firms().where(_seen(actor, view)).order_by(Exchange.id))


def list_waiting_for(session: Session, actor: Actor | None, limit: int = 50) -> list[Exchange]:
    """Exchanges in which this person is the one to act, oldest first."""
    found = _with_firms().where(only(actor, "exchanges:see", Exchange), _waits_for(actor))
    return list(session.scalars(found.order_by(Exchange.id).limit(limit)))


def count_waiting_for(session: Session, actor: Actor | None) -> int:
    """In how many exchanges this person is the one to act."""
    return count_exchanges(session, actor, "waiting")


def _with_firms() -> Select[Exchange]:
    return select(Exchange).options(joinedload(Exchange.offer_firm), joinedload(Exchange.need_firm))


def _waits_for(actor: Actor | None) -> ColumnElement[bool]:
    """The giver has something to send, the taker to weigh or confirm, an uninvolved coordinator to settle."""
    firm_id = actor.firm_id if actor else None
    sends = and_(Exchange.offer_firm_id == firm_id, Exchange.state == State.AWAITING)
    arriving = Exchange.deliveries.any(Delivery.state.in_([Load.SENT, Load.WEIGHED]))
    takes = and_(Exchange.need_firm_id == firm_id, arriving)
    open_ask = Exchange.deliveries.any(Delivery.corrections.any(Correction.state == Ask.PROPOSED))
    contested = Exchange.deliveries.any(Delivery.state == Load.CONTESTED)
    settles = and_(only(actor, "exchanges:settle", Exchange), or_(contested, open_ask))
    return or_(sends, takes, settles)


def _seen(actor: Actor | None, view: str) -> ColumnElement[bool]:
    seen = only(actor, "exchanges:see", Exchange)
    if view == "waiting":
        return and_(seen, _waits_for(actor))
    states = {
        "under-way": [State.AWAITING, State.DELIVERING],
        "delivered": [State.DELIVERED],
        "closed": [State.CLOSED],
    }
    return and_(seen, Exchange.state.in_(states[view])) if view in states else seen
