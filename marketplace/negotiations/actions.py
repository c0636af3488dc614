# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes of negotiations. Nothing here commits.

Each action first takes the negotiation's row, so that two answers made at the same moment are seen one after the
other and the later one is told what changed; the row's version stands behind it.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from marketplace.audit.actions import record
from marketplace.db import now
from marketplace.errors import Stale
from marketplace.ledger import actions as ledger
from marketplace.listings.actions import note_exhaustion
from marketplace.matches.models import Proposal
from marketplace.negotiations import notices, queries, rules
from marketplace.negotiations.models import Message, Negotiation, Round
from marketplace.negotiations.rules import Move, Role, State
from marketplace.negotiations.terms import Answered, Terms
from marketplace.policy import Actor
from marketplace.workflow import announce


class Decided(Protocol):
    """What the coordinator decided on, as this room sees it."""

    @property
    def negotiation(self) -> Negotiation:
        """Whose agreed terms were decided on."""

    @property
    def reason(self) -> str:
        """The coordinator's words; empty on approval."""


def open_from_proposal(session: Session, actor: Actor | None, proposal: Proposal) -> Negotiation:
    """Both firms said yes: an open negotiation without terms; either side may put the first ones."""
    if proposal.offer_firm_id == proposal.need_firm_id:
        raise rules.SameFirm
    at = now(session)
    negotiation = Negotiation(
        proposal=proposal,
        offer_id=proposal.offer_id,
        need_id=proposal.need_id,
        offer_firm_id=proposal.offer_firm_id,
        need_firm_id=proposal.need_firm_id,
        state=State.OPEN,
        round=0,
        opened_at=at,
        expires_at=rules.deadline(at),
    )
    session.add(negotiation)
    session.flush()
    record(session, actor, "negotiations:open", negotiation, firms=negotiation.firm_ids)
    notices.tell_turn(session, negotiation, negotiation.firm_ids)
    return negotiation


def propose(session: Session, actor: Actor, negotiation: Negotiation, terms: Terms) -> Round:
    """The first terms; OldRound if the other side was quicker."""
    return counter(session, actor, negotiation, Answered(0), terms)


def counter(session: Session, actor: Actor, negotiation: Negotiation, answered: Answered, terms: Terms) -> Round:
    """Put new terms on the table, in answer to the round that the person saw."""
    at = _take(session, negotiation)
    _check_answered(session, negotiation, answered)
    role = negotiation.role_of(actor.firm_id)
    move = rules.terms_move(negotiation.state, role)
    rules.check_time(negotiation.expires_at, at)
    rules.check_terms(terms, queries.free_g(session, negotiation), negotiation.offer.regime)
    made = Round(
        negotiation=negotiation,
        number=negotiation.round + 1,
        firm_id=actor.firm_id,
        person_id=actor.person_id,
        at=at,
        terms_sha256=terms.sha256,
        **asdict(terms),
    )
    session.add(made)
    negotiation.round, negotiation.terms_firm_id = made.number, made.firm_id
    _renew(negotiation, at)
    _move(session, actor, negotiation, move, role, mass_g=terms.mass_g, round=made.number)
    notices.tell_turn(session, negotiation, [negotiation.other_firm_id(made.firm_id)])
    return made


def accept(session: Session, actor: Actor, negotiation: Negotiation, answered: Answered) -> None:
    """Accept the round that the person saw: its grams are reserved on both listings and a case opens."""
    at = _take(session, negotiation)
    _check_answered(session, negotiation, answered)
    role = negotiation.role_of(actor.firm_id)
    rules.decide(Move.ACCEPT, negotiation.state, role)
    rules.check_time(negotiation.expires_at, at)
    mass_g = _terms_on_table(session, negotiation).mass_g
    ledger.reserve(session, queries.account_ids(negotiation), mass_g, negotiation)
    negotiation.agreed_round = negotiation.round
    _move(session, actor, negotiation, Move.ACCEPT, role, mass_g=mass_g, round=negotiation.round)
    _note_exhaustion(session, negotiation)
    notices.tell_agreed(session, negotiation)
    announce(session, actor, "terms agreed", negotiation)


def withdraw(
    session: Session, actor: Actor, negotiation: Negotiation, reason: str, seen_state: str | None = None
) -> None:
    """Step back, with a reason; grams set aside are free again. `seen_state`: refuse if it is not that any more."""
    at = _take(session, negotiation)
    role = negotiation.role_of(actor.firm_id)
    rules.decide(Move.WITHDRAW, negotiation.state, role)
    if seen_state is not None and seen_state != negotiation.state:
        raise Stale
    _close(session, negotiation, at, reason)
    _move(session, actor, negotiation, Move.WITHDRAW, role)
    notices.tell_withdrawn(session, negotiation, negotiation.other_firm_id(actor.firm_id or 0))
    announce(session, actor, "negotiation closed", negotiation)


def write_message(session: Session, actor: Actor, negotiation: Negotiation, words: str) -> Message:
    """A sentence to the other side; only the two parties ever see it."""
    role = negotiation.role_of(actor.firm_id)
    rules.decide(Move.WRITE, negotiation.state, role)
    firm_id = actor.firm_id or 0
    message = Message(negotiation=negotiation, firm_id=firm_id, person_id=actor.person_id, at=now(session), words=words)
    session.add(message)
    session.flush()
    record(session, actor, "negotiations:write", negotiation, firms=negotiation.firm_ids)
    notices.tell_message(session, negotiation, negotiation.other_firm_id(firm_id))
    return message


def expire_due(session: Session) -> int:
    """Close what nobody answered in time; returns how many."""
    closed = 0
    for negotiation in queries.list_overdue(session, now(session)):
        at = _take(session, negotiation)
        if negotiation.state not in rules.TIMED or negotiation.expires_at > at:
            continue
        _close(session, negotiation, at, "")
        _move(session, None, negotiation, Move.EXPIRE, Role.SYSTEM)
        notices.tell_expired(session, negotiation)
        announce(session, None, "negotiation closed", negotiation)
        closed += 1
    return closed


def remind_due(session: Session) -> int:
    """Remind, once per round, whoever's turn it is before the time is over; returns how many negotiations."""
    due = queries.list_to_remind(session, now(session))
    for negotiation in due:
        negotiation.reminded_at = now(session)
        firms = negotiation.firm_ids
        record(session, None, "negotiations:remind", negotiation, firms=firms, expires_on=negotiation.expires_at.date())
        notices.remind(session, negotiation)
    session.flush()
    return len(due)


def reopen(session: Session, actor: Actor | None, case: Decided) -> None:
    """The coordinator sent the case back: the grams are free and either party may make new terms."""
    negotiation = case.negotiation
    at = _take(session, negotiation)
    _release(session, negotiation)
    negotiation.closed_reason = case.reason
    _move(session, actor, negotiation, Move.SEND_BACK, Role.COORDINATOR)
    negotiation.expires_at, negotiation.reminded_at = rules.deadline(at), None
    session.flush()


def close_refused(session: Session, actor: Actor | None, case: Decided) -> None:
    """The coordinator refused: the grams are free, the negotiation is over."""
    negotiation = case.negotiation
    _close(session, negotiation, _take(session, negotiation), case.reason)
    _move(session, actor, negotiation, Move.REFUSE, Role.COORDINATOR)


def close_approved(session: Session, actor: Actor | None, case: Decided) -> None:
    """The coordinator approved: what follows happens in the exchange."""
    negotiation = case.negotiation
    negotiation.closed_at = _take(session, negotiation)
    _move(session, actor, negotiation, Move.APPROVE, Role.COORDINATOR)


def _take(session: Session, negotiation: Negotiation) -> datetime:
    """Hold the row until the transaction ends, see it as it is now, and tell the time."""
    session.refresh(negotiation, with_for_update=True)
    return now(session)


def _check_answered(session: Session, negotiation: Negotiation, answered: Answered) -> None:
    if negotiation.state not in rules.LIVE:
        raise rules.NoSuchMove
    on_table = queries.get_terms(session, negotiation)
    right = Answered(on_table.number, on_table.terms_sha256) if on_table else Answered(0)
    if answered != right:
        seen = queries.seen_terms(session, negotiation, answered)
        raise rules.OldRound(seen, on_table.terms if on_table else None)


def _terms_on_table(session: Session, negotiation: Negotiation) -> Round:
    found = queries.get_terms(session, negotiation)
    if found is None:
        raise rules.NoSuchMove
    return found


def _move(
    session: Session, actor: Actor | None, negotiation: Negotiation, move: Move, role: Role, **facts: object
) -> None:
    """The one place that writes the state and its line of history."""
    negotiation.state = rules.decide(move, negotiation.state, role)
    session.flush()
    record(session, actor, f"negotiations:{move}", negotiation, firms=negotiation.firm_ids, **facts)


def _renew(negotiation: Negotiation, at: datetime) -> None:
    negotiation.expires_at = rules.deadline(at)
    negotiation.reminded_at = None
    negotiation.closed_reason = ""


def _close(session: Session, negotiation: Negotiation, at: datetime, reason: str) -> None:
    _release(session, negotiation)
    negotiation.closed_at, negotiation.closed_reason = at, reason


def _release(session: Session, negotiation: Negotiation) -> None:
    if negotiation.agreed_round is None:
        return
    mass_g = _terms_on_table(session, negotiation).mass_g
    ledger.release(session, queries.account_ids(negotiation), mass_g, negotiation)
    negotiation.agreed_round = None
    _note_exhaustion(session, negotiation)


def _note_exhaustion(session: Session, negotiation: Negotiation) -> None:
    for listing in (negotiation.offer, negotiation.need):
        note_exhaustion(session, listing)
