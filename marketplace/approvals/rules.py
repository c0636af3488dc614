# SPDX-License-Identifier: AGPL-3.0-or-later
"""States of a case, who may decide, and when two coordinators must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from marketplace.approvals.facts import Check
from marketplace.errors import N_, NotAllowed, Refused, Stale
from marketplace.moves import Transition, open_moves

TWO_FROM_G = 5_000_000
"""From five tonnes on, two coordinators approve."""


class State(StrEnum):
    """Where a case stands."""

    WAITING = "waiting"
    SECONDING = "seconding"
    APPROVED = "approved"
    RETURNED = "returned"
    REFUSED = "refused"
    VOID = "void"


class Role(StrEnum):
    """Who somebody is to a case."""

    DECIDER = "decider"
    """A coordinator of neither party."""
    FIRST = "first"
    """The same, who has approved already and now waits for a second one."""
    PARTY = "party"
    """Somebody of one of the two firms, coordinators included."""
    OUTSIDER = "outsider"
    SYSTEM = "system"


class Move(StrEnum):
    """What can be done with a case."""

    APPROVE = "approve"
    APPROVE_FIRST = "approve-first"
    APPROVE_SECOND = "approve-second"
    RETURN = "return"
    REFUSE = "refuse"
    VOID = "void"


UNDECIDED = frozenset({State.WAITING, State.SECONDING})
_WAITING = frozenset({State.WAITING})
_DECIDER = frozenset({Role.DECIDER})
_COORDINATORS = frozenset({Role.DECIDER, Role.FIRST})

MOVES: Mapping[Move, Transition[State, Role]] = {
    Move.APPROVE: Transition(_WAITING, State.APPROVED, _DECIDER),
    Move.APPROVE_FIRST: Transition(_WAITING, State.SECONDING, _DECIDER),
    Move.APPROVE_SECOND: Transition(frozenset({State.SECONDING}), State.APPROVED, _DECIDER),
    Move.RETURN: Transition(UNDECIDED, State.RETURNED, _COORDINATORS),
    Move.REFUSE: Transition(UNDECIDED, State.REFUSED, _COORDINATORS),
    Move.VOID: Transition(UNDECIDED, State.VOID, frozenset({Role.SYSTEM})),
}
APPROVALS = (Move.APPROVE, Move.APPROVE_FIRST, Move.APPROVE_SECOND)

EVENTS: dict[str, str] = {
    "approvals:open": N_("The agreed terms (%(mass)s) wait for the coordinator."),
    "approvals:approve": N_("%(actor)s approved the exchange of %(mass)s."),
    "approvals:approve-first": N_("%(actor)s approved; a second coordinator has to."),
    "approvals:approve-second": N_("%(actor)s approved as the second coordinator: %(mass)s."),
    "approvals:return": N_("%(actor)s sent the case back: %(reason)s"),
    "approvals:refuse": N_("%(actor)s refused the exchange: %(reason)s"),
    "approvals:void": N_("A party stepped back: there is nothing left to decide."),
}

STATE_WORDS: Mapping[str, str] = {
    State.WAITING: N_("Waiting for the coordinator"),
    State.SECONDING: N_("Waiting for a second coordinator"),
    State.APPROVED: N_("Approved by the coordinator"),
    State.RETURNED: N_("Sent back"),
    State.REFUSED: N_("Refused by the coordinator"),
    State.VOID: N_("Void: a party stepped back"),
}


class AlreadyDecided(Refused):
    """Another coordinator was quicker, or a party stepped back."""

    words = N_("This case has been decided already.")


class FourEyes(Refused):
    """The second approval must be another person's."""

    words = N_("You have approved this case already; a second coordinator has to.")


class NotYourCase(NotAllowed):
    """Nobody decides on a deal of their own organisation."""

    words = N_("Only a coordinator who belongs to neither firm decides on this case.")


class OtherTerms(Stale):
    """What was looked at is not what is agreed on now."""

    words = N_("The terms of this case are not those that you looked at.")


class Forbidden(Refused):
    """A check of the law is red."""

    words = N_("The rules forbid this exchange: %(checks)s")

    def __init__(self, red: Sequence[Check]) -> None:
        super().__init__(checks=", ".join(check.key for check in red))
        self.red = tuple(red)


def two_needed(regime: str, mass_g: int, coordinator_involved: bool) -> bool:
    """Whether two coordinators must approve: waste, five tonnes and more, or a coordinator's own organisation."""
    return regime == "WASTE" or mass_g >= TWO_FROM_G or coordinator_involved


def role_of(coordinates: bool, is_party: bool, approved_first: bool) -> Role:
    """The part somebody plays; being a party comes first."""
    if is_party:
        return Role.PARTY
    if not coordinates:
        return Role.OUTSIDER
    return Role.FIRST if approved_first else Role.DECIDER


def available(state: str, role: Role, two: bool) -> list[Move]:
    """The moves that this role can make now; `two`: two coordinators must approve."""
    barred = {Move.APPROVE} if two else {Move.APPROVE_FIRST, Move.APPROVE_SECOND}
    return [move for move in open_moves(MOVES, state, role) if move not in barred]


def decide(move: Move, state: str, role: Role, two: bool) -> State:
    """The state after the move; raises AlreadyDecided, FourEyes or NotYourCase."""
    if move in available(state, role, two):
        return MOVES[move].to_state
    if state not in UNDECIDED:
        raise AlreadyDecided
    if role is Role.FIRST:
        raise FourEyes
    if role not in MOVES[move].who:
        raise NotYourCase
    raise AlreadyDecided


def approving_move(state: str, two: bool) -> Move:
    """Which of the three approvals it would be now."""
    if not two:
        return Move.APPROVE
    return Move.APPROVE_SECOND if state == State.SECONDING else Move.APPROVE_FIRST
