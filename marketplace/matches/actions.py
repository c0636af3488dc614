# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes about proposals: publication, the firms' answers, pairs that may or may not be proposed again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from marketplace import workflow
from marketplace.audit.actions import record
from marketplace.db import now
from marketplace.listings.models import Listing
from marketplace.matches import notices, queries
from marketplace.matches.models import ForbiddenPair, Proposal, Run
from marketplace.matches.rules import (
    AlreadyAnswered,
    Move,
    Role,
    RunMove,
    RunState,
    RunUnderWay,
    State,
    decide,
    decide_run,
    is_whole_enough,
    mass_now,
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


@dataclass(slots=True)
class Publication:
    """What became of the proposals of a run when it was published."""

    opened: int = 0
    reduced: int = 0
    dropped: int = 0
    retired: int = 0


def publish_run(session: Session, actor: Actor, run: Run) -> Publication:
    """Show a run's proposals to their firms; what has changed since it was computed is reduced or dropped.

    Open proposals of earlier runs are retired: of two runs the firms see the newer. A repair adds to them instead, and
    leaves them what they speak of.
    """
    decide_run(RunMove.PUBLISH, run.state, Role.COORDINATOR)
    done = Publication()
    room = _Room(queries.talked_about_pairs(session) | queries.forbidden_pairs(session))
    for other in queries.list_open_of_other_runs(session, run):
        if run.is_repair:
            room.leave(other)
        else:
            _set_state(other, Move.RETIRE, Role.SYSTEM)
            done.retired += 1
    for proposal in queries.list_computed(session, run):
        _show_or_drop(proposal, room.take(proposal), done)
    run.published_at = now(session)
    counts = {name: getattr(done, name) for name in ("opened", "reduced", "dropped", "retired")}
    move_run(session, actor, run, RunMove.PUBLISH, **counts)
    workflow.announce(session, actor, "run published", run)
    return done


@dataclass(slots=True)
class _Room:
    """How many grams of each listing the proposals shown so far have left over."""

    taboo: set[tuple[int, int]]
    shown_g: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def leave(self, shown: Proposal) -> None:
        """A proposal that stays open keeps its pair and its grams."""
        self.taboo.add((shown.offer_id, shown.need_id))
        self.shown_g[shown.offer_id] += shown.mass_g
        self.shown_g[shown.need_id] += shown.mass_g

    def take(self, proposal: Proposal) -> int:
        """Grams this proposal may speak of now; 0: none, or its listings or the pair are not free any more."""
        offer, need = proposal.offer, proposal.need
        if (offer.id, need.id) in self.taboo or not _is_on_offer(offer) or not _is_on_offer(need):
            return 0
        mass_g = max(mass_now(proposal.mass_g, self._left(offer), self._left(need)), 0)
        whole_g = None if offer.divisible else self._left(offer)
        if mass_g < proposal.mass_g and not is_whole_enough(mass_g, (offer.lot_g, need.lot_g), whole_g):
            return 0
        self.shown_g[offer.id] += mass_g
        self.shown_g[need.id] += mass_g
        return mass_g

    def _left(self, listing: Listing) -> int:
        assert listing.account is not None
        return listing.account.free_g - self.shown_g[listing.id]


def _is_on_offer(listing: Listing) -> bool:
    return listing.state == "published" and listing.account is not None


def _show_or_drop(proposal: Proposal, mass_g: int, done: Publication) -> None:
    if mass_g == 0:
        _set_state(proposal, Move.DROP, Role.COORDINATOR)
        done.dropped += 1
        return
    done.opened += 1
    done.reduced += mass_g < proposal.mass_g
    proposal.mass_g = mass_g
    _set_state(proposal, Move.SHOW, Role.COORDINATOR)


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
    _set_state(proposal, move, Role.PARTY if alone or move is Move.AGREE_TO_TALK else Role.SYSTEM)
    firms = [proposal.offer_firm_id, proposal.need_firm_id]
    if alone and actor is not None:
        firms = [firm for firm in firms if firm == actor.firm_id]
    record(session, actor, f"matches:{move.value}", proposal, firms=firms)


def _set_state(proposal: Proposal, move: Move, role: Role) -> None:
    proposal.state = decide(move, proposal.state, role)


def retire_proposals_of(session: Session, actor: Actor | None, listing: Listing) -> None:
    """A listing has closed or has nothing left: its open proposals can't be answered any more."""
    for proposal in queries.list_open_of_listing(session, listing):
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


def _forbid(session: Session, proposal: Proposal, reason: str) -> None:
    if queries.find_forbidden(session, proposal.offer_id, proposal.need_id) is None:
        pair = {"offer_id": proposal.offer_id, "need_id": proposal.need_id}
        session.add(ForbiddenPair(**pair, reason=reason, at=now(session)))
        session.flush()
        workflow.announce(session, None, "pair refused", proposal)
