# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of negotiations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.ledger.models import Account
from marketplace.ledger.queries import FREE_G
from marketplace.negotiations.models import Message, Negotiation, Round
from marketplace.negotiations.rules import LIVE, TIMED, State, remind_from
from marketplace.negotiations.terms import Answered, Terms
from marketplace.policy import Actor, only

PAGE = 25
MESSAGES_A_PAGE = 30
VIEWS = ("turn", "live", "concluded", "closed", "all")
"""The filters of the list page."""


def find_of_proposal(session: Session, proposal_id: int) -> Negotiation | None:
    """The negotiation that a proposal led to, if both firms said yes."""
    return session.scalar(select(Negotiation).where(Negotiation.proposal_id == proposal_id))


def get_round(session: Session, negotiation: Negotiation, number: int) -> Round | None:
    """A round by its number; None for a number that was never reached."""
    return session.scalar(
        select(Round)
        .where(Round.negotiation_id == negotiation.id, Round.number == number)
        .options(joinedload(Round.firm), joinedload(Round.person))
    )


def get_terms(session: Session, negotiation: Negotiation) -> Round | None:
    """The round on the table, or None while there is none."""
    return get_round(session, negotiation, negotiation.round)


def seen_terms(session: Session, negotiation: Negotiation, answered: Answered) -> Terms | None:
    """The terms that an answer speaks of; None unless number and digest are those of a real round."""
    found = get_round(session, negotiation, answered.number)
    return found.terms if found is not None and found.terms_sha256 == answered.terms_sha256 else None


def free_g(session: Session, negotiation: Negotiation) -> int:
    """Grams that both listings could still promise, as the database counts them now."""
    ids = account_ids(negotiation)
    return int(session.scalar(select(func.min(FREE_G)).where(Account.id.in_(ids))) or 0)


def account_ids(negotiation: Negotiation) -> list[int]:
    """The accounts of the offer and of the need."""
    ids = [negotiation.offer.account_id, negotiation.need.account_id]
    return [one for one in ids if one is not None]


def list_rounds(session: Session, negotiation: Negotiation) -> list[Round]:
    """All rounds, oldest first, with whose they are."""
    return list(
        session.scalars(
            select(Round)
            .where(Round.negotiation_id == negotiation.id)
            .options(joinedload(Round.firm), joinedload(Round.person))
            .order_by(Round.number)
        )
    )


def list_messages(session: Session, negotiation: Negotiation, page: int) -> list[Message]:
    """One page of messages with who wrote them, oldest first; page 1 has the newest."""
    found = (
        select(Message)
        .where(Message.negotiation_id == negotiation.id)
        .options(joinedload(Message.person))
        .order_by(Message.id.desc())
        .limit(MESSAGES_A_PAGE)
        .offset((page - 1) * MESSAGES_A_PAGE)
    )
    return list(session.scalars(found))[::-1]


def count_messages(session: Session, negotiation: Negotiation) -> int:
    """How many messages the two firms have written."""
    mine = select(func.count()).select_from(Message).where(Message.negotiation_id == negotiation.id)
    return int(session.scalar(mine) or 0)


def list_my_turn(session: Session, actor: Actor | None, limit: int = 50) -> list[Negotiation]:
    """Negotiations that wait for this person's firm, the most urgent first."""
    found = _with_names().where(_my_turn(actor)).order_by(Negotiation.expires_at, Negotiation.id).limit(limit)
    return list(session.scalars(found))


def count_my_turn(session: Session, actor: Actor | None) -> int:
    """How many negotiations wait for this person's firm."""
    return int(session.scalar(select(func.count()).select_from(Negotiation).where(_my_turn(actor))) or 0)


def list_mine(session: Session, actor: Actor | None, view: str, page: int) -> list[Negotiation]:
    """One page of the negotiations this person may see, the newest first."""
    found = _with_names().where(_seen(actor, view)).order_by(Negotiation.id.desc())
    return list(session.scalars(found.limit(PAGE).offset((page - 1) * PAGE)))


def count_mine(session: Session, actor: Actor | None, view: str) -> int:
    """How many negotiations the list page has under this filter."""
    return int(session.scalar(select(func.count()).select_from(Negotiation).where(_seen(actor, view))) or 0)


def list_overdue(session: Session, at: datetime) -> list[Negotiation]:
    """Negotiations whose time to answer is over, oldest first."""
    due = and_(Negotiation.state.in_(sorted(TIMED)), Negotiation.expires_at <= at)
    return list(session.scalars(select(Negotiation).where(due).order_by(Negotiation.id)))


def list_to_remind(session: Session, at: datetime) -> list[Negotiation]:
    """Negotiations that end soon and whose reminder was not sent in this round."""
    soon = and_(
        Negotiation.state.in_(sorted(TIMED)),
        Negotiation.expires_at > at,
        Negotiation.expires_at <= remind_from(at),
        Negotiation.reminded_at.is_(None),
    )
    return list(session.scalars(select(Negotiation).where(soon).order_by(Negotiation.id)))


def _with_names() -> Select[Negotiation]:
    return select(Negotiation).options(
        joinedload(Negotiation.offer),
        joinedload(Negotiation.need),
        joinedload(Negotiation.offer_firm),
        joinedload(Negotiation.need_firm),
    )


def _my_turn(actor: Actor | None) -> ColumnElement[bool]:
    firm_id = actor.firm_id if actor else None
    theirs = or_(Negotiation.terms_firm_id.is_(None), Negotiation.terms_firm_id != firm_id)
    turn = or_(Negotiation.state == State.RETURNED, and_(Negotiation.state == State.OPEN, theirs))
    return and_(only(actor, "negotiations:bind", Negotiation), turn)


def _seen(actor: Actor | None, view: str) -> ColumnElement[bool]:
    seen = only(actor, "negotiations:see", Negotiation)
    if view == "turn":
        return and_(seen, _my_turn(actor))
    if view == "live":
        return and_(seen, Negotiation.state.in_(sorted(LIVE)))
    if view == "concluded":
        return and_(seen, Negotiation.state == State.APPROVED)
    if view == "closed":
        return and_(seen, Negotiation.state.in_(sorted({State.WITHDRAWN, State.EXPIRED, State.REFUSED})))
    return seen
