# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes about runs and proposals: the firms' answers, pairs that may or may not be proposed again."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace import workflow
from marketplace.audit.actions import record
from marketplace.db import now
from marketplace.listings.actions import lapse
from marketplace.listings.models import Listing
from marketplace.listings.rules import State as Listed
from marketplace.matches import notices, queries
from marketplace.matches.models import ForbiddenPair, Proposal, Run
from marketplace.matches.rules import (
    FALLS,
    AlreadyAnswered,
    Move,
    NotNow,
    Role,
    RunMove,
    RunState,
    RunUnderWay,
    State,
    decide,
    decide_run,
)
from marketplace.policy import Actor
from marketplace.timetable import soon

UNFINISHED = frozenset({RunState.QUEUED, RunState.RUNNING})


def start_run(
    session: Session, actor: Actor | None, policy_text: str, seconds: int = 30, *, is_repair: bool = False
) -> Run:
    """A run over what is published, queued to start after the commit; only one at a time.

    Two starts at the same moment meet at the database: the column `unfinished` is unique.
    """
    if queries.find_unfinished_run(session) is not None:
        raise RunUnderWay
    run = Run(
        state=RunState.QUEUED,
        unfinished=True,
        is_repair=is_repair,
        policy=policy_text,
        seconds=seconds,
        started_by_id=actor.person_id if actor else None,
        queued_at=now(session),
    )
    session.add(run)
    session.flush()
    record(session, actor, "matches:repair" if is_repair else "matches:start", run)
    soon(session, "solve run", run.id)
    return run


def cancel_run(session: Session, actor: Actor | None, run: Run) -> None:
    """Stop a run: one that waits ends at once, one that works as soon as its process hears of it."""
    decide_run(RunMove.CANCEL, run.state, Role.COORDINATOR)
    if run.state == RunState.QUEUED:
        move_run(session, actor, run, RunMove.CANCEL)
    elif not run.cancel_asked:
        run.cancel_asked = True
        record(session, actor, "matches:ask-to-cancel", run)


def move_run(session: Session, actor: Actor | None, run: Run, move: RunMove, **facts: Any) -> None:
    """Change a run's state and write the history line; without an actor it is the system that moves."""
    run.state = decide_run(move, run.state, Role.COORDINATOR if actor else Role.SYSTEM)
    run.unfinished = True if run.state in UNFINISHED else None
    if run.unfinished is None and run.finished_at is None:
        run.finished_at = now(session)
    record(session, actor, f"matches:{move.value}", run, **facts)


def end_run(session: Session, run: Run, move: RunMove, fault: str = "") -> None:
    """Let a run end without a result: cancelled, or failed with a fault in words."""
    if move is RunMove.FAIL:
        run.fault = fault[:500]
        move_run(session, None, run, RunMove.FAIL, fault_word=run.fault)
    else:
        move_run(session, None, run, move)


def answer_proposal(
    session: Session, actor: Actor, proposal: Proposal, answer: str, reason: str = "", words: str = ""
) -> None:
    """A firm says "yes" or "no" (why: a key of DECLINE_REASONS, and words); two times yes opens the negotiation."""
    side, other = ("offer", "need") if actor.firm_id == proposal.offer_firm_id else ("need", "offer")
    move = _move_of(answer, getattr(proposal, f"{side}_answer"), getattr(proposal, f"{other}_answer"))
    role = Role.PARTY if actor.firm_id in (proposal.offer_firm_id, proposal.need_firm_id) else Role.OUTSIDER
    decide(move, proposal.state, role)
    setattr(proposal, f"{side}_answer", answer)
    if move is Move.SAY_NO:
        proposal.declined_reason, proposal.declined_words = reason, words
        _forbid(session, proposal, reason)
    move_proposal(session, actor, proposal, move)
    if move is Move.SAY_YES:
        notices.tell_other_firm(session, actor, proposal)
    if move is Move.AGREE_TO_TALK:
        workflow.announce(session, actor, "both interested", proposal)


def want_all(session: Session, actor: Actor, proposal: Proposal) -> None:
    """The firm says yes to each of its parts of an arrangement that still waits for it; NotNow if there is none."""
    components = queries.list_components(session, proposal.arrangement_id)
    unanswered = [one for one in components if actor.firm_id is not None and one.waits_for(actor.firm_id)]
    if not unanswered:
        raise NotNow
    for one in unanswered:
        answer_proposal(session, actor, one, "yes")


def _move_of(answer: str, own: str | None, other: str | None) -> Move:
    if answer == "no":
        return Move.SAY_NO
    if own == "yes":
        raise AlreadyAnswered
    return Move.AGREE_TO_TALK if other == "yes" else Move.SAY_YES


def move_proposal(session: Session, actor: Actor | None, proposal: Proposal, move: Move) -> None:
    """Change a proposal's state and write the history line.

    What one firm answers is in its own history only: the other learns no name before both have said yes.
    """
    alone = move in (Move.SAY_YES, Move.SAY_NO)
    set_state(proposal, move, Role.PARTY if alone or move is Move.AGREE_TO_TALK else Role.SYSTEM)
    firms = [proposal.offer_firm_id, proposal.need_firm_id]
    if alone and actor is not None:
        firms = [firm for firm in firms if firm == actor.firm_id]
    record(session, actor, f"matches:{move.value}", proposal, firms=firms)
    if move in FALLS:
        close_arranged(session, proposal)
        _retire_companions(session, proposal)


def close_arranged(session: Session, proposal: Proposal) -> None:
    """What a processing firm takes in or makes for this stage alone ends with it."""
    for listing in (proposal.offer, proposal.need):
        if listing.state == Listed.ARRANGED:
            lapse(session, listing)


def _retire_companions(session: Session, fallen: Proposal) -> None:
    """Without one of its components there is no mix, without a stage no way: what nobody talks about yet falls too."""
    for one in queries.list_components(session, fallen.arrangement_id):
        if one.state == State.OPEN:
            move_proposal(session, None, one, Move.RETIRE)


def set_state(proposal: Proposal, move: Move, role: Role) -> None:
    """The one place that writes a proposal's state."""
    proposal.state = decide(move, proposal.state, role)


def retire_proposals_of(session: Session, actor: Actor | None, listing: Listing) -> None:
    """A listing has closed or has nothing left: its open proposals can't be answered any more."""
    for proposal in queries.list_open_of_listing(session, listing):
        if proposal.state == State.OPEN:  # it may have fallen with another component of its recipe
            move_proposal(session, actor, proposal, Move.RETIRE)


def free_pair(session: Session, actor: Actor | None, negotiation: Any) -> None:
    """A negotiation ended without a deal: the pair may be proposed again."""
    if negotiation.proposal.state == State.NEGOTIATING:
        move_proposal(session, actor, negotiation.proposal, Move.FREE)


def forbid_pair(session: Session, actor: Actor | None, case: Any) -> None:
    """The coordinator refused the deal: the pair is not proposed again."""
    proposal = case.negotiation.proposal
    _forbid(session, proposal, "refused")
    if proposal.state == State.NEGOTIATING:
        move_proposal(session, actor, proposal, Move.FORBID)


def conclude_pair(session: Session, actor: Actor | None, case: Any) -> None:
    """The coordinator approved the deal: what is left of both listings may be proposed again."""
    if case.negotiation.proposal.state == State.NEGOTIATING:
        move_proposal(session, actor, case.negotiation.proposal, Move.CONCLUDE)
        close_arranged(session, case.negotiation.proposal)


def _forbid(session: Session, proposal: Proposal, reason: str) -> None:
    offer_id, need_id = proposal.pair
    if queries.find_forbidden(session, offer_id, need_id) is None:
        session.add(ForbiddenPair(offer_id=offer_id, need_id=need_id, reason=reason, at=now(session)))
        session.flush()
        workflow.announce(session, None, "pair refused", proposal)
