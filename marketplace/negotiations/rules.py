# SPDX-License-Identifier: AGPL-3.0-or-later
"""States of a negotiation and who may move it.

The role is relative to the deal: whoever made the terms on the table proposes, the other side answers, and being a
party comes before being a coordinator.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.errors import N_, Refused, Stale
from marketplace.moves import Transition, open_moves
from marketplace.negotiations.terms import Terms

DAYS_PER_ROUND = 14
"""Every round renews the time there is to answer it."""
DAYS_OF_NOTICE = 3
"""Whoever's turn it is is reminded this long before the end."""


class State(StrEnum):
    """Where a negotiation stands."""

    OPEN = "open"
    AGREED = "agreed"
    RETURNED = "returned"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"


class Role(StrEnum):
    """Who somebody is in this deal."""

    EITHER = "either"
    """A party, while there are no terms on the table."""
    PROPOSER = "proposer"
    ANSWERER = "answerer"
    COORDINATOR = "coordinator"
    SYSTEM = "system"
    OUTSIDER = "outsider"


class Move(StrEnum):
    """What can be done with a negotiation."""

    PROPOSE = "propose"
    COUNTER = "counter"
    REVISE = "revise"
    ACCEPT = "accept"
    WITHDRAW = "withdraw"
    WRITE = "write"
    EXPIRE = "expire"
    APPROVE = "approve"
    SEND_BACK = "send-back"
    REFUSE = "refuse"


PARTIES = frozenset({Role.EITHER, Role.PROPOSER, Role.ANSWERER})
LIVE = frozenset({State.OPEN, State.RETURNED, State.AGREED})
"""States in which a party can still step back."""
TIMED = frozenset({State.OPEN, State.RETURNED})
"""States that end by themselves when nobody answers."""


def _only(*members: State) -> frozenset[State]:
    return frozenset(members)


def _by(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


MOVES: Mapping[Move, Transition[State | None, Role]] = {
    Move.PROPOSE: Transition(_only(State.OPEN), State.OPEN, _by(Role.EITHER)),
    Move.COUNTER: Transition(_only(State.OPEN), State.OPEN, _by(Role.ANSWERER)),
    Move.REVISE: Transition(_only(State.RETURNED), State.OPEN, _by(Role.PROPOSER, Role.ANSWERER)),
    Move.ACCEPT: Transition(_only(State.OPEN), State.AGREED, _by(Role.ANSWERER)),
    Move.WITHDRAW: Transition(LIVE, State.WITHDRAWN, PARTIES),
    Move.WRITE: Transition(LIVE | {State.APPROVED}, None, PARTIES),
    Move.EXPIRE: Transition(TIMED, State.EXPIRED, _by(Role.SYSTEM)),
    Move.APPROVE: Transition(_only(State.AGREED), State.APPROVED, _by(Role.COORDINATOR)),
    Move.SEND_BACK: Transition(_only(State.AGREED), State.RETURNED, _by(Role.COORDINATOR)),
    Move.REFUSE: Transition(_only(State.AGREED), State.REFUSED, _by(Role.COORDINATOR)),
}
TERMS_MOVES = (Move.PROPOSE, Move.COUNTER, Move.REVISE)
"""The moves that put a new round on the table."""

EVENTS: dict[str, str] = {
    "negotiations:open": N_("Both firms want to talk: the negotiation is open."),
    "negotiations:propose": N_("%(actor)s put the first terms on the table: %(mass)s."),
    "negotiations:counter": N_("%(actor)s made a counter-offer of %(mass)s (round %(round)s)."),
    "negotiations:revise": N_("%(actor)s made new terms after the return: %(mass)s (round %(round)s)."),
    "negotiations:accept": N_("%(actor)s accepted the terms of round %(round)s: %(mass)s are set aside."),
    "negotiations:withdraw": N_("%(actor)s withdrew from the negotiation."),
    "negotiations:expire": N_("Nobody answered in time: the negotiation has ended."),
    "negotiations:remind": N_("A reminder was sent: the negotiation ends on %(expires)s."),
    "negotiations:write": N_("%(actor)s wrote a message."),
    "negotiations:approve": N_("The coordinator approved: the negotiation is concluded."),
    "negotiations:send-back": N_("The coordinator sent the terms back: both firms may make new ones."),
    "negotiations:refuse": N_("The coordinator refused: the negotiation is closed."),
}


class NotYourTurn(Refused):
    """The terms on the table are one's own."""

    words = N_("It is the other side's turn.")


class NoSuchMove(Refused):
    """The negotiation has gone on, or is over."""

    words = N_("The negotiation has moved on: this is not possible any more.")


class TimeIsUp(Refused):
    """Nobody answered before the end."""

    words = N_("The time to answer is over: the negotiation has ended.")


class SameFirm(Refused):
    """A firm cannot trade with itself here."""

    words = N_("Both listings belong to the same firm.")


class TooMuch(Refused):
    """More than is still free on one of the two listings."""

    words = N_("At most %(mass)s are still free on the two listings.")

    def __init__(self, free_g: int) -> None:
        super().__init__(mass_g=free_g)


class PaidByproduct(Refused):
    """A gate fee makes a by-product look like waste (D.Lgs. 152/2006 art. 184-bis)."""

    words = N_("A by-product cannot have a price below zero: whoever pays to be rid of it, discards it.")


class OldRound(Stale):
    """The answer is to terms that are not on the table any more."""

    words = N_("The terms on the table have changed since you opened the page.")

    def __init__(self, seen: Terms | None, now: Terms | None) -> None:
        super().__init__()
        self.seen, self.now = seen, now


def role_of(firm_id: int | None, parties: Collection[int], proposer_id: int | None) -> Role:
    """The part that somebody of this firm (None: of no firm) plays in the deal of these two firms."""
    if firm_id is None or firm_id not in parties:
        return Role.OUTSIDER
    if proposer_id is None:
        return Role.EITHER
    return Role.PROPOSER if firm_id == proposer_id else Role.ANSWERER


def available(state: str, role: Role) -> list[Move]:
    """The moves that this role can make now: the buttons of the page."""
    return open_moves(MOVES, state, role)


def decide(move: Move, state: str, role: Role) -> State:
    """The state after the move; raises NoSuchMove or NotYourTurn."""
    way = MOVES[move]
    if state not in way.from_states:
        raise NoSuchMove
    if role not in way.who:
        raise NotYourTurn if role in PARTIES else NoSuchMove
    return way.to_state or State(state)


def terms_move(state: str, role: Role) -> Move:
    """The move by which this role puts terms on the table now; raises as `decide` does."""
    for move in TERMS_MOVES:
        if move in available(state, role):
            return move
    decide(Move.COUNTER, state, role)
    raise NoSuchMove


def waiting_firms(state: str, parties: tuple[int, int], proposer_id: int | None) -> list[int]:
    """The firms whose turn it is: those that can put terms on the table or accept them."""
    moves = {Move.ACCEPT, *TERMS_MOVES}
    return [firm for firm in parties if moves & set(available(state, role_of(firm, parties, proposer_id)))]


def deadline(at: datetime) -> datetime:
    """Until when a round made now can be answered."""
    return at + timedelta(days=DAYS_PER_ROUND)


def remind_from(at: datetime) -> datetime:
    """Negotiations that end before this moment deserve a reminder now."""
    return at + timedelta(days=DAYS_OF_NOTICE)


def check_time(expires_at: datetime, at: datetime) -> None:
    """Raise TimeIsUp at the end itself and after it."""
    if at >= expires_at:
        raise TimeIsUp


def check_terms(terms: Terms, free_g: int, regime: str) -> None:
    """Raise TooMuch beyond what is free on both listings, PaidByproduct for a by-product with a gate fee."""
    if terms.mass_g > free_g:
        raise TooMuch(free_g)
    if regime == "BYPRODUCT" and terms.price_milli_eur_kg < 0:
        raise PaidByproduct
