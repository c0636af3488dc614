# SPDX-License-Identifier: AGPL-3.0-or-later
"""States of an exchange, of its loads and of their corrections; who may move them, and the paper that travels along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from marketplace.errors import N_, Refused
from marketplace.moves import Transition, open_moves

DOCUMENTS: Mapping[str, str] = {"WASTE": "FIR", "ABP": "ABP"}
"""Legal state → document that travels with the goods; all others travel with a DDT."""


class State(StrEnum):
    """Where an exchange stands."""

    AWAITING = "awaiting"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    CLOSED = "closed"
    """Closed before anything had come."""


class Load(StrEnum):
    """Where a load stands."""

    SENT = "sent"
    WEIGHED = "weighed"
    CONTESTED = "contested"
    CONFIRMED = "confirmed"


class Ask(StrEnum):
    """Where the correction of a confirmed mass stands."""

    PROPOSED = "proposed"
    SETTLED = "settled"
    REFUSED = "refused"


class Role(StrEnum):
    """Who somebody is in this exchange."""

    GIVER = "giver"
    TAKER = "taker"
    COORDINATOR = "coordinator"
    """A coordinator of neither firm."""
    SYSTEM = "system"
    OUTSIDER = "outsider"


class Move(StrEnum):
    """What can be done with an exchange, a load or a correction."""

    SEND = "send"
    COMPLETE = "complete"
    CLOSE = "close"
    ABANDON = "abandon"
    WEIGH = "weigh"
    CONFIRM = "confirm"
    CONTEST = "contest"
    SETTLE = "settle"
    ASK = "ask"
    CORRECT = "correct"
    TURN_DOWN = "turn-down"


UNDER_WAY = frozenset({State.AWAITING, State.DELIVERING})
ON_THE_WAY = frozenset({Load.SENT, Load.WEIGHED, Load.CONTESTED})
"""Loads whose mass does not count yet."""
_GIVER, _TAKER = frozenset({Role.GIVER}), frozenset({Role.TAKER})
_PARTIES = _GIVER | _TAKER
_COORDINATOR = frozenset({Role.COORDINATOR})
_WEIGHED, _PROPOSED = frozenset({Load.WEIGHED}), frozenset({Ask.PROPOSED})

Table = Mapping[Move, Transition[StrEnum | None, Role]]
"""The moves of an exchange, of a load or of a correction."""

MOVES: Table = {
    Move.SEND: Transition(UNDER_WAY, State.DELIVERING, _GIVER),
    Move.COMPLETE: Transition(frozenset({State.DELIVERING}), State.DELIVERED, frozenset({Role.SYSTEM})),
    Move.CLOSE: Transition(frozenset({State.DELIVERING}), State.DELIVERED, _TAKER),
    Move.ABANDON: Transition(UNDER_WAY, State.CLOSED, _TAKER),
}
LOAD_MOVES: Table = {
    Move.WEIGH: Transition(frozenset({Load.SENT, Load.WEIGHED}), Load.WEIGHED, _TAKER),
    Move.CONFIRM: Transition(_WEIGHED, Load.CONFIRMED, _TAKER),
    Move.CONTEST: Transition(_WEIGHED, Load.CONTESTED, _PARTIES),
    Move.SETTLE: Transition(frozenset({Load.CONTESTED}), Load.CONFIRMED, _COORDINATOR),
    Move.ASK: Transition(frozenset({Load.CONFIRMED}), None, _PARTIES),
}
CORRECTION_MOVES: Table = {
    Move.CORRECT: Transition(_PROPOSED, Ask.SETTLED, _COORDINATOR),
    Move.TURN_DOWN: Transition(_PROPOSED, Ask.REFUSED, _COORDINATOR),
}

EVENTS: dict[str, str] = {
    "exchanges:open": N_("The exchange of %(mass)s is open: the goods can go."),
    "exchanges:send": N_("%(actor)s sent %(sent)s with %(document)s."),
    "exchanges:weigh": N_("%(actor)s weighed %(arrived)s in and accepted %(accepted)s."),
    "exchanges:confirm": N_("%(actor)s confirmed %(accepted)s."),
    "exchanges:contest": N_("%(actor)s contested the weighing: %(reason)s"),
    "exchanges:settle": N_("%(actor)s settled the contested load at %(accepted)s: %(reason)s"),
    "exchanges:ask": N_("%(actor)s asked to correct %(was)s to %(accepted)s: %(reason)s"),
    "exchanges:correct": N_("%(actor)s corrected %(was)s to %(accepted)s."),
    "exchanges:turn-down": N_("%(actor)s refused the correction: %(reason)s"),
    "exchanges:complete": N_("Everything agreed on has been delivered: %(delivered)s."),
    "exchanges:close": N_("%(actor)s closed the exchange; %(rest)s will not come: %(reason)s"),
    "exchanges:abandon": N_("%(actor)s closed the exchange; nothing had come: %(reason)s"),
}

STATE_WORDS: Mapping[str, str] = {
    State.AWAITING: N_("Awaiting the first load"),
    State.DELIVERING: N_("Being delivered"),
    State.DELIVERED: N_("Delivery complete"),
    State.CLOSED: N_("Closed, nothing came"),
}
LOAD_WORDS: Mapping[str, str] = {
    Load.SENT: N_("On its way"),
    Load.WEIGHED: N_("Weighed, to be confirmed"),
    Load.CONTESTED: N_("Contested: the coordinator settles it"),
    Load.CONFIRMED: N_("Load confirmed"),
}
ASK_WORDS: Mapping[str, str] = {
    Ask.PROPOSED: N_("Waits for the coordinator"),
    Ask.SETTLED: N_("Mass corrected"),
    Ask.REFUSED: N_("Mass not corrected"),
}


class NoSuchMove(Refused):
    """The exchange, load or correction has moved on."""

    words = N_("The exchange has moved on: this is not possible any more.")


class NotYourPart(Refused):
    """It is for the other side, or for the coordinator, to do."""

    words = N_("This is for the other side to do.")


class NothingChanges(Refused):
    """A correction to the same mass."""

    words = N_("The corrected mass is the same as before.")


class LoadsUnderWay(Refused):
    """A load still has to be weighed, confirmed or settled."""

    words = N_("A load is still to be weighed, confirmed or settled.")


class AskedAlready(Refused):
    """One correction at a time."""

    words = N_("A correction of this load is waiting for the coordinator already.")


def document_kind(regime: str) -> str:
    """DDT, FIR or ABP: what travels with goods of this legal state."""
    return DOCUMENTS.get(regime, "DDT")


def bare_number(kind: str, typed: str) -> str:
    """A document's number without its kind, which people write before it: «DDT n. 7/26» is 7/26."""
    return re.sub(rf"^{kind}\b[\s.:°-]*(?:n(?:r|um)?\b\.?[\s°:]*)?(?=\S)", "", typed, count=1, flags=re.I | re.A)


def role_of(firm_id: int | None, giver_id: int, taker_id: int, settles: bool = False) -> Role:
    """The part somebody plays; `settles`: holds the right to settle, as a coordinator of neither firm does."""
    if firm_id == giver_id:
        return Role.GIVER
    if firm_id == taker_id:
        return Role.TAKER
    return Role.COORDINATOR if settles else Role.OUTSIDER


def available(moves: Table, state: str, role: Role) -> list[Move]:
    """The moves of one table that this role can make now."""
    return open_moves(moves, state, role)


def decide(moves: Table, move: Move, state: str, role: Role) -> str:
    """The state after the move; raises NoSuchMove or NotYourPart."""
    way = moves[move]
    if state not in way.from_states:
        raise NoSuchMove
    if role not in way.who:
        raise NotYourPart
    return way.to_state or state
