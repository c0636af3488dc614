# SPDX-License-Identifier: AGPL-3.0-or-later
"""Steps that every write of an exchange is made of: hold the row, count grams, write history."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.audit.actions import record
from marketplace.db import now
from marketplace.exchanges import bounds, rules
from marketplace.exchanges.models import Correction, Delivery, Exchange
from marketplace.exchanges.rules import MOVES, Move, Role, State
from marketplace.ledger import actions as ledger
from marketplace.listings.actions import note_exhaustion
from marketplace.listings.models import Listing
from marketplace.policy import Actor


def hold(session: Session, exchange: Exchange) -> None:
    """Hold the row until the transaction ends and see it as it is now."""
    session.refresh(exchange, with_for_update=True)


def hold_load(session: Session, load: Delivery) -> Exchange:
    """Hold a load and, before it, its exchange."""
    hold(session, load.exchange)
    session.refresh(load, with_for_update=True)
    return load.exchange


def tell(
    session: Session, actor: Actor | None, act: str, subject: Exchange | Delivery | Correction, **facts: object
) -> None:
    """Write what was changed, and its line of history."""
    session.flush()
    firms = (subject.offer_firm_id, subject.need_firm_id)
    record(session, actor, f"exchanges:{act}", subject, firms=firms, **facts)


def count_delivered(session: Session, exchange: Exchange, load: Delivery, accepted_g: int) -> None:
    """Committed grams of both accounts become delivered ones; raises TooMuch beyond what is still to come."""
    bounds.check_rest(accepted_g, exchange.rest_g)
    if accepted_g:
        ledger.deliver(session, exchange.account_ids, accepted_g, exchange)
    exchange.delivered_g += accepted_g
    load.confirmed_at = now(session)


def complete_if_all_came(session: Session, exchange: Exchange) -> None:
    """An exchange of which nothing is still to come is delivered."""
    if exchange.rest_g == 0 and exchange.state == State.DELIVERING:
        exchange.state = rules.decide(MOVES, Move.COMPLETE, exchange.state, Role.SYSTEM)
        exchange.completed_at = now(session)
        tell(session, None, Move.COMPLETE, exchange, delivered_g=exchange.delivered_g)
        note_listings(session, exchange)


def note_listings(session: Session, exchange: Exchange) -> None:
    """Grams have moved: the two listings show or hide themselves."""
    for listing_id in (exchange.offer_id, exchange.need_id):
        note_exhaustion(session, session.get_one(Listing, listing_id))
