# SPDX-License-Identifier: AGPL-3.0-or-later
"""Corrections of confirmed masses: asked for by a firm, settled by a coordinator of neither, by reversing entries."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.approvals.four_eyes import hold_right
from marketplace.db import now
from marketplace.exchanges import bounds, notices, queries, rules
from marketplace.exchanges.models import Correction, Delivery, Exchange
from marketplace.exchanges.rules import CORRECTION_MOVES, LOAD_MOVES, UNDER_WAY, Ask, Move
from marketplace.exchanges.steps import complete_if_all_came, hold_load, note_listings, tell
from marketplace.ledger import actions as ledger
from marketplace.policy import Actor


def propose_correction(session: Session, actor: Actor, load: Delivery, accepted_g: int, reason: str) -> Correction:
    """One of the two firms says what should have been confirmed, and why."""
    exchange = hold_load(session, load)
    rules.decide(LOAD_MOVES, Move.ASK, load.state, queries.role_in(actor, load))
    if queries.find_open_correction(session, load) is not None:
        raise rules.AskedAlready
    was_g = load.accepted_g or 0
    if accepted_g == was_g:
        raise rules.NothingChanges
    bounds.check_rest(accepted_g - was_g, exchange.rest_g)
    correction = Correction(
        delivery=load,
        offer_firm_id=load.offer_firm_id,
        need_firm_id=load.need_firm_id,
        state=Ask.PROPOSED,
        accepted_g=accepted_g,
        was_g=was_g,
        reason=reason,
        firm_id=actor.firm_id,
        proposed_at=now(session),
    )
    session.add(correction)
    tell(session, actor, Move.ASK, correction, was_g=was_g, accepted_g=accepted_g, reason=reason)
    notices.tell_asked(session, exchange, actor.firm_id)
    return correction


def settle_correction(session: Session, actor: Actor, correction: Correction, reason: str = "") -> None:
    """An uninvolved coordinator agrees: the mass is corrected by entries of its own."""
    exchange = _hold(session, actor, correction)
    role = queries.role_in(actor, correction)
    correction.state = rules.decide(CORRECTION_MOVES, Move.CORRECT, correction.state, role)
    load = correction.delivery
    delta_g = correction.accepted_g - (load.accepted_g or 0)
    bounds.check_rest(delta_g, exchange.rest_g)
    _correct_grams(session, exchange, correction, delta_g)
    exchange.delivered_g += delta_g
    load.accepted_g = correction.accepted_g
    _settle(session, actor, correction, reason)
    tell(session, actor, Move.CORRECT, correction, was_g=correction.was_g, accepted_g=correction.accepted_g)
    complete_if_all_came(session, exchange)
    note_listings(session, exchange)
    notices.tell_corrected(session, exchange)


def refuse_correction(session: Session, actor: Actor, correction: Correction, reason: str) -> None:
    """An uninvolved coordinator does not agree: the confirmed mass stands."""
    exchange = _hold(session, actor, correction)
    role = queries.role_in(actor, correction)
    correction.state = rules.decide(CORRECTION_MOVES, Move.TURN_DOWN, correction.state, role)
    _settle(session, actor, correction, reason)
    tell(session, actor, Move.TURN_DOWN, correction, reason=reason)
    notices.tell_not_corrected(session, exchange)


def _hold(session: Session, actor: Actor, correction: Correction) -> Exchange:
    exchange = hold_load(session, correction.delivery)
    session.refresh(correction, with_for_update=True)
    hold_right(session, actor, "exchanges:settle", correction)
    return exchange


def _settle(session: Session, actor: Actor, correction: Correction, reason: str) -> None:
    correction.settled_at, correction.settled_by_id = now(session), actor.person_id
    correction.settled_reason = reason


def _correct_grams(session: Session, exchange: Exchange, correction: Correction, delta_g: int) -> None:
    """Change what was delivered; while the exchange is under way its committed grams follow.

    The counterpart of a correction is what is free, so grams pass through there: given back first when more was
    delivered, promised again when less was.
    """
    accounts = exchange.account_ids
    under_way = exchange.state in UNDER_WAY
    if under_way and delta_g > 0:
        ledger.give_back(session, accounts, delta_g, correction)
    ledger.correct(session, accounts, delta_g, correction)
    if under_way and delta_g < 0:
        ledger.reserve(session, accounts, -delta_g, correction)
        ledger.commit_reserved(session, accounts, -delta_g, correction)
