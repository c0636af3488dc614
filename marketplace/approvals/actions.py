# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes of cases. Nothing here commits.

The negotiation's row is taken before the case's, as a party that withdraws does, so that of a decision and a
withdrawal made at the same moment one waits for the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.approvals import notices, queries, rules
from marketplace.approvals.checks import red
from marketplace.approvals.four_eyes import hold_right
from marketplace.approvals.models import Case
from marketplace.approvals.rules import Move, Role, State
from marketplace.audit.actions import record
from marketplace.db import now
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.queries import get_terms
from marketplace.policy import Actor
from marketplace.workflow import announce


def open_case(session: Session, actor: Actor | None, negotiation: Negotiation) -> Case:
    """Agreed terms are put before the coordinator, bound to their digest."""
    agreed = get_terms(session, negotiation)
    if agreed is None or agreed.number != negotiation.agreed_round:
        raise rules.OtherTerms
    involved = queries.is_coordinator_involved(session, negotiation.firm_ids)
    case = Case(
        negotiation=negotiation,
        round=agreed,
        terms_sha256=agreed.terms_sha256,
        offer_firm_id=negotiation.offer_firm_id,
        need_firm_id=negotiation.need_firm_id,
        state=State.WAITING,
        two_needed=rules.two_needed(negotiation.offer.regime, agreed.mass_g, involved),
        opened_at=now(session),
    )
    session.add(case)
    session.flush()
    record(session, actor, "approvals:open", case, firms=negotiation.firm_ids, mass_g=agreed.mass_g)
    notices.tell_opened(session, case)
    return case


def void_case_of(session: Session, actor: Actor | None, negotiation: Negotiation) -> None:
    """A party stepped back: its undecided case, if there is one, needs no decision any more."""
    case = queries.newest_case(session, negotiation.id)
    if case is None:
        return
    session.refresh(case, with_for_update=True)
    if case.state in rules.UNDECIDED:
        case.decided_at = now(session)
        _move(session, actor, case, Move.VOID, Role.SYSTEM)


def approve(session: Session, actor: Actor, case: Case, seen_sha256: str | None = None) -> None:
    """Approve, as the only coordinator needed, the first or the second one.

    `seen_sha256` is the digest of the terms that the coordinator looked at. Raises AlreadyDecided, FourEyes,
    NotYourCase, OtherTerms, Forbidden.
    """
    role = _take(session, actor, case)
    move = rules.approving_move(case.state, case.two_needed)
    rules.decide(move, case.state, role, case.two_needed)
    _check_terms(case, seen_sha256)
    forbidding = red(queries.list_checks(session, case))
    if forbidding:
        raise rules.Forbidden(forbidding)
    if move is Move.APPROVE_SECOND:
        case.second_approver_id = actor.person_id
    else:
        case.first_approver_id = actor.person_id
    _move(session, actor, case, move, role, mass_g=case.round.mass_g)
    if case.state != State.APPROVED:
        notices.tell_second_needed(session, case, actor.person_id)
        return
    case.decided_at = now(session)
    session.flush()
    announce(session, actor, "case approved", case)
    notices.tell_decided(session, case)


def return_case(session: Session, actor: Actor, case: Case, reason: str, seen_sha256: str | None = None) -> None:
    """Send the terms back to the parties, with a reason: the grams are free, they talk on."""
    _decide_against(session, actor, case, _Verdict(Move.RETURN, reason, seen_sha256))
    announce(session, actor, "case returned", case)
    notices.tell_decided(session, case)


def refuse(session: Session, actor: Actor, case: Case, reason: str, seen_sha256: str | None = None) -> None:
    """Refuse the exchange for good, with a reason: the grams are free, the pair is not proposed again."""
    _decide_against(session, actor, case, _Verdict(Move.REFUSE, reason, seen_sha256))
    announce(session, actor, "case refused", case)
    notices.tell_decided(session, case)


@dataclass(frozen=True, slots=True)
class _Verdict:
    move: Move
    reason: str
    seen_sha256: str | None


def _decide_against(session: Session, actor: Actor, case: Case, verdict: _Verdict) -> None:
    role = _take(session, actor, case)
    rules.decide(verdict.move, case.state, role, case.two_needed)
    _check_terms(case, verdict.seen_sha256)
    case.decided_by_id, case.decided_at, case.reason = actor.person_id, now(session), verdict.reason
    _move(session, actor, case, verdict.move, role, reason=verdict.reason)


def _take(session: Session, actor: Actor, case: Case) -> Role:
    """Hold negotiation and case until the transaction ends, and the right to decide with them."""
    session.refresh(case.negotiation, with_for_update=True)
    session.refresh(case, with_for_update=True)
    hold_right(session, actor, "approvals:decide", case)
    return rules.role_of(True, False, case.first_approver_id == actor.person_id)


def _check_terms(case: Case, seen_sha256: str | None) -> None:
    """The digest binds the decision: looked at, put before the coordinator, agreed on, and what the round says."""
    agreed = case.negotiation.agreed_round == case.round.number
    digests = {case.terms_sha256, case.round.terms_sha256, case.round.terms.sha256, seen_sha256 or case.terms_sha256}
    if not agreed or len(digests) > 1:
        raise rules.OtherTerms


def _move(session: Session, actor: Actor | None, case: Case, move: Move, role: Role, **facts: object) -> None:
    """The one place that writes the state and its line of history."""
    case.state = rules.decide(move, case.state, role, case.two_needed)
    session.flush()
    firms = (case.offer_firm_id, case.need_firm_id)
    record(session, actor, f"approvals:{move}", case, firms=firms, **facts)
