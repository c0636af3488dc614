# SPDX-License-Identifier: AGPL-3.0-or-later
"""How an offer or a need lives, and how an uploaded sheet does: states, moves, who may, refusals.

What must be true of a listing's facts before it is published stands in `facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from marketplace.errors import N_, NotAllowed, Refused
from marketplace.moves import Transition, open_moves

SIDES = ("offer", "need")


class State(StrEnum):
    """Where a listing stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    EXHAUSTED = "exhausted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ARRANGED = "arranged"
    """Made for one way through processors: nobody else sees it, and no run reads it."""


class Role(StrEnum):
    """Who somebody is to a listing."""

    MEMBER = "member"
    MANAGER = "manager"
    SYSTEM = "system"
    """Time that passes, grams that move."""
    OUTSIDER = "outsider"


class Move(StrEnum):
    """What can be done with a listing."""

    EDIT = "edit"
    PUBLISH = "publish"
    AMEND = "amend"
    DISCARD = "discard"
    WITHDRAW = "withdraw"
    EXHAUST = "exhaust"
    RESTOCK = "restock"
    EXPIRE = "expire"
    LAPSE = "lapse"


class ImportState(StrEnum):
    """Where an uploaded sheet stands."""

    PREVIEW = "preview"
    ACCEPTED = "accepted"
    UNDONE = "undone"


class ImportMove(StrEnum):
    """What can be done with an uploaded sheet."""

    ANSWER = "answer"
    ACCEPT = "accept"
    UNDO = "undo"


ON_SHOW = frozenset({State.PUBLISHED, State.EXHAUSTED})
_DRAFT = frozenset({State.DRAFT})
_FIRM = frozenset({Role.MEMBER, Role.MANAGER})
_MANAGER = frozenset({Role.MANAGER})
_SYSTEM = frozenset({Role.SYSTEM})

MOVES: Mapping[Move, Transition[State | None, Role]] = {
    Move.EDIT: Transition(_DRAFT, None, _FIRM),
    Move.PUBLISH: Transition(_DRAFT, State.PUBLISHED, _MANAGER),
    Move.AMEND: Transition(ON_SHOW, None, _MANAGER),
    Move.DISCARD: Transition(_DRAFT, State.WITHDRAWN, _FIRM),
    Move.WITHDRAW: Transition(ON_SHOW, State.WITHDRAWN, _MANAGER),
    Move.EXHAUST: Transition(frozenset({State.PUBLISHED}), State.EXHAUSTED, _SYSTEM),
    Move.RESTOCK: Transition(frozenset({State.EXHAUSTED}), State.PUBLISHED, _SYSTEM),
    Move.EXPIRE: Transition(ON_SHOW, State.EXPIRED, _SYSTEM),
    Move.LAPSE: Transition(frozenset({State.ARRANGED}), State.WITHDRAWN, _SYSTEM),
}

_PREVIEW = frozenset({ImportState.PREVIEW})
IMPORT_MOVES: Mapping[ImportMove, Transition[ImportState | None, Role]] = {
    ImportMove.ANSWER: Transition(_PREVIEW, None, _FIRM),
    ImportMove.ACCEPT: Transition(_PREVIEW, ImportState.ACCEPTED, _FIRM),
    ImportMove.UNDO: Transition(frozenset({ImportState.ACCEPTED}), ImportState.UNDONE, _FIRM),
}

EVENTS: dict[str, str] = {
    "listings:create": N_("%(actor)s wrote a draft."),
    "listings:edit": N_("%(actor)s changed the draft."),
    "listings:amend": N_("%(actor)s changed the published listing."),
    "listings:publish": N_("%(actor)s published the listing."),
    "listings:discard": N_("%(actor)s discarded the draft."),
    "listings:withdraw": N_("%(actor)s withdrew the listing: %(reason)s"),
    "listings:exhaust": N_("Nothing is left to promise."),
    "listings:restock": N_("There is something left to promise again."),
    "listings:expire": N_("The last day has passed: the listing has expired."),
    "listings:arrange": N_("Made for a way through processors that a run proposes."),
    "listings:lapse": N_("The stage that it was made for is settled; nothing more of it can be promised."),
    "listings:upload": N_("%(actor)s uploaded the sheet %(filename)s."),
    "listings:answer": N_("%(actor)s answered what the sheet left open."),
    "listings:accept": N_("%(actor)s accepted the sheet: %(created)s new drafts, %(changed)s listings changed."),
    "listings:undo": N_("%(actor)s took the accepted sheet back: %(removed)s drafts removed."),
}

STATE_WORDS: Mapping[str, str] = {
    State.DRAFT: N_("Draft"),
    State.PUBLISHED: N_("Published"),
    State.EXHAUSTED: N_("Nothing left"),
    State.WITHDRAWN: N_("Withdrawn"),
    State.EXPIRED: N_("Expired"),
    State.ARRANGED: N_("Part of a way through processors"),
}


class NoSuchMove(Refused):
    """The listing is not in a state in which this can be done."""

    words = N_("The listing has moved on: this is not possible any more.")


class SheetMovedOn(Refused):
    """The sheet was accepted or taken back already."""

    words = N_("This sheet was dealt with already.")


class FirmNotVerified(Refused):
    """Only firms that the coordinator verified put something on show."""

    words = N_(
        "Your firm is not verified yet. You can write drafts; publish them once the coordinator has verified it."
    )


class NotReady(Refused):
    """Something that the law or the engine needs is missing or wrong."""

    words = N_("The listing cannot be published as it is. Its page says what is missing.")


class UnitFixed(Refused):
    """A listing with promises in kilograms cannot be counted in something else."""

    words = N_("A published listing keeps its unit. Withdraw it and make a new one.")


def available(state: str, role: Role) -> list[Move]:
    """The moves open to this role, in the order of the table: the buttons."""
    return open_moves(MOVES, state, role)


def decide(move: Move, state: str, role: Role) -> State:
    """The state after the move, or a refusal: NotAllowed for the wrong role, NoSuchMove for the wrong state."""
    rule = MOVES[move]
    if role not in rule.who:
        raise NotAllowed
    if state not in rule.from_states:
        raise NoSuchMove
    return State(rule.to_state or state)


def decide_import(move: ImportMove, state: str, role: Role) -> ImportState:
    """The sheet's state after the move, or a refusal: NotAllowed for the wrong role, SheetMovedOn for the state."""
    rule = IMPORT_MOVES[move]
    if role not in rule.who:
        raise NotAllowed
    if state not in rule.from_states:
        raise SheetMovedOn
    return ImportState(rule.to_state or state)
