# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes of exchanges and their loads. Nothing here commits.

Each action first takes the exchange's row, so that two people who record the same load are seen one after the other.
While an exchange is under way, `mass_g - delivered_g` of its grams are committed on both accounts, no more, no less.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.approvals.four_eyes import hold_right
from marketplace.approvals.models import Case
from marketplace.db import now, today
from marketplace.exchanges import bounds, notices, queries, rules
from marketplace.exchanges.corrections import propose_correction, refuse_correction, settle_correction
from marketplace.exchanges.loads import Sent, Weighed
from marketplace.exchanges.models import Delivery, Exchange
from marketplace.exchanges.rules import LOAD_MOVES, MOVES, Load, Move, State
from marketplace.exchanges.steps import (
    complete_if_all_came,
    count_delivered,
    hold,
    hold_load,
    note_listings,
    tell,
)
from marketplace.ledger import actions as ledger
from marketplace.listings.materials import material_of
from marketplace.listings.models import Listing
from marketplace.policy import Actor

__all__ = [
    "Sent",
    "Weighed",
    "complete",
    "confirm",
    "contest",
    "open_exchange",
    "propose_correction",
    "refuse_correction",
    "send",
    "settle_contest",
    "settle_correction",
    "weigh",
]


def open_exchange(session: Session, actor: Actor | None, case: Case) -> Exchange:
    """The coordinator approved: the reserved grams are committed, the terms copied as they are now."""
    negotiation, terms = case.negotiation, case.round
    offer, need = negotiation.offer, negotiation.need
    assert offer.account_id is not None
    assert need.account_id is not None
    exchange = Exchange(
        case_id=case.id,
        negotiation_id=negotiation.id,
        offer_id=offer.id,
        need_id=need.id,
        offer_account_id=offer.account_id,
        need_account_id=need.account_id,
        offer_firm_id=case.offer_firm_id,
        need_firm_id=case.need_firm_id,
        state=State.AWAITING,
        mass_g=terms.mass_g,
        delivered_g=0,
        price_milli_eur_kg=terms.price_milli_eur_kg,
        pickup_from=terms.pickup_from,
        pickup_until=terms.pickup_until,
        transport=terms.transport,
        need_place_code=need.place_code,
        approved_at=now(session),
        **_of_goods(offer),
    )
    session.add(exchange)
    session.flush()
    ledger.commit_reserved(session, exchange.account_ids, exchange.mass_g, exchange)
    tell(session, actor, "open", exchange, mass_g=exchange.mass_g)
    return exchange


def _of_goods(offer: Listing) -> dict[str, str]:
    """What is counted about the goods, copied from the offer."""
    return {
        "regime": offer.regime,
        "waste_code": offer.waste_codes.partition(";")[0].strip(),
        "form_code": offer.forms,
        "material": offer.material or material_of(offer.composition, offer.forms),
        "category_code": offer.category_code,
        "theme_code": offer.theme_code,
        "offer_place_code": offer.place_code,
    }


def send(session: Session, actor: Actor, exchange: Exchange, sent: Sent) -> Delivery:
    """The giver records a load; which document travels with it follows from the legal state of the goods."""
    hold(session, exchange)
    role = queries.role_in(actor, exchange)
    state = rules.decide(MOVES, Move.SEND, exchange.state, role)
    bounds.check_day(sent.on, today(session))
    if sent.on < exchange.approved_at.date():
        raise bounds.BeforeApproval
    bounds.check_sent(sent.mass_g, queries.mass_to_send(session, exchange), exchange.mass_g)
    kind = rules.document_kind(exchange.regime)
    load = Delivery(
        exchange=exchange,
        offer_firm_id=exchange.offer_firm_id,
        need_firm_id=exchange.need_firm_id,
        state=Load.SENT,
        document_kind=kind,
        document_number=rules.bare_number(kind, sent.document_number),
        sent_g=sent.mass_g,
        sent_on=sent.on,
    )
    exchange.state = state
    session.add(load)
    session.flush()
    document = f"{load.document_kind} {load.document_number}"
    tell(session, actor, Move.SEND, load, sent_g=sent.mass_g, document=document)
    notices.tell_sent(session, exchange)
    return load


def weigh(session: Session, actor: Actor, load: Delivery, weighed: Weighed) -> None:
    """The taker records what arrived and how much of it was accepted; it counts once it is confirmed."""
    exchange = hold_load(session, load)
    role = queries.role_in(actor, load)
    state = rules.decide(LOAD_MOVES, Move.WEIGH, load.state, role)
    bounds.check_day(weighed.on, today(session))
    if weighed.on < load.sent_on:
        raise bounds.BeforeItWasSent
    bounds.check_weighing(weighed.arrived_g, weighed.accepted_g, exchange.rest_g, weighed.refusal_reason)
    load.state, load.arrived_g, load.arrived_on = state, weighed.arrived_g, weighed.on
    load.accepted_g, load.refusal_reason = weighed.accepted_g, weighed.refusal_reason
    masses = {"arrived_g": weighed.arrived_g, "accepted_g": weighed.accepted_g}
    tell(session, actor, Move.WEIGH, load, **masses)
    notices.tell_weighed(session, exchange)


def confirm(session: Session, actor: Actor, load: Delivery) -> None:
    """A manager of the taker confirms what was weighed: those grams are delivered."""
    exchange = hold_load(session, load)
    load.state = rules.decide(LOAD_MOVES, Move.CONFIRM, load.state, queries.role_in(actor, load))
    count_delivered(session, exchange, load, load.accepted_g or 0)
    tell(session, actor, Move.CONFIRM, load, accepted_g=load.accepted_g or 0)
    notices.tell_confirmed(session, exchange)
    complete_if_all_came(session, exchange)


def contest(session: Session, actor: Actor, load: Delivery, reason: str) -> None:
    """One of the two firms does not agree with what was weighed: a coordinator settles it."""
    exchange = hold_load(session, load)
    load.state = rules.decide(LOAD_MOVES, Move.CONTEST, load.state, queries.role_in(actor, load))
    load.contest_reason = reason
    tell(session, actor, Move.CONTEST, load, reason=reason)
    notices.tell_contested(session, exchange)


def settle_contest(session: Session, actor: Actor, load: Delivery, accepted_g: int, reason: str) -> None:
    """An uninvolved coordinator says what counts: those grams are delivered."""
    exchange = hold_load(session, load)
    hold_right(session, actor, "exchanges:settle", load)
    load.state = rules.decide(LOAD_MOVES, Move.SETTLE, load.state, queries.role_in(actor, load))
    load.settled_by_id, load.settled_reason, load.accepted_g = actor.person_id, reason, accepted_g
    count_delivered(session, exchange, load, accepted_g)
    tell(session, actor, Move.SETTLE, load, accepted_g=accepted_g, reason=reason)
    notices.tell_settled(session, exchange)
    complete_if_all_came(session, exchange)


def complete(session: Session, actor: Actor, exchange: Exchange, reason: str) -> None:
    """The taker closes the exchange before all has come: what was not delivered is free again on both listings."""
    hold(session, exchange)
    move = Move.CLOSE if exchange.delivered_g else Move.ABANDON
    state = rules.decide(MOVES, move, exchange.state, queries.role_in(actor, exchange))
    if queries.count_loads(session, exchange, sorted(rules.ON_THE_WAY)):
        raise rules.LoadsUnderWay
    rest_g = exchange.rest_g
    ledger.give_back(session, exchange.account_ids, rest_g, exchange)
    exchange.state, exchange.completed_at, exchange.closed_reason = state, now(session), reason
    tell(session, actor, move, exchange, rest_g=rest_g, reason=reason)
    note_listings(session, exchange)
    notices.tell_closed(session, exchange)
