# SPDX-License-Identifier: AGPL-3.0-or-later
"""States of runs and of proposals, and who may move them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from marketplace.errors import N_, Refused, Stale
from marketplace.moves import Transition, open_moves

LOST_AFTER = timedelta(minutes=2)
"""A run whose worker gave no sign of life for so long is taken up by another."""
MAX_ATTEMPTS = 3
"""A run that lost its worker so often has failed."""


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PUBLISHED = "published"


class State(StrEnum):
    """Where a proposal stands."""

    COMPUTED = "computed"
    DROPPED = "dropped"
    OPEN = "open"
    NEGOTIATING = "negotiating"
    DECLINED = "declined"
    RETIRED = "retired"
    CONCLUDED = "concluded"


class Role(StrEnum):
    """Who somebody is to a run or a proposal; being a party comes before being a coordinator."""

    PARTY = "party"
    COORDINATOR = "coordinator"
    SYSTEM = "system"
    OUTSIDER = "outsider"


class RunMove(StrEnum):
    """What can happen to a run."""

    TAKE_UP = "take-up"
    FINISH = "finish"
    FAIL = "fail"
    CANCEL = "cancel"
    PUBLISH = "publish"


class Move(StrEnum):
    """What can happen to a proposal."""

    SHOW = "show"
    DROP = "drop"
    SAY_YES = "yes"
    AGREE_TO_TALK = "agree-to-talk"
    SAY_NO = "no"
    RETIRE = "retire"
    FREE = "free"
    FORBID = "forbid"
    CONCLUDE = "conclude"


def _move(from_states: tuple[str, ...], to_state: str, *who: Role) -> Transition[str, Role]:
    return Transition(frozenset(from_states), to_state, frozenset(who))


RUN_MOVES: Mapping[RunMove, Transition[str, Role]] = {
    RunMove.TAKE_UP: _move((RunState.QUEUED, RunState.RUNNING), RunState.RUNNING, Role.SYSTEM),
    RunMove.FINISH: _move((RunState.RUNNING,), RunState.DONE, Role.SYSTEM),
    RunMove.FAIL: _move((RunState.QUEUED, RunState.RUNNING), RunState.FAILED, Role.SYSTEM),
    RunMove.CANCEL: _move((RunState.QUEUED, RunState.RUNNING), RunState.CANCELLED, Role.COORDINATOR, Role.SYSTEM),
    RunMove.PUBLISH: _move((RunState.DONE,), RunState.PUBLISHED, Role.COORDINATOR),
}
_TALKING = (State.NEGOTIATING,)
_OPEN = (State.OPEN,)
MOVES: Mapping[Move, Transition[str, Role]] = {
    Move.SHOW: _move((State.COMPUTED,), State.OPEN, Role.COORDINATOR),
    Move.DROP: _move((State.COMPUTED,), State.DROPPED, Role.COORDINATOR),
    Move.SAY_YES: _move(_OPEN, State.OPEN, Role.PARTY),
    Move.AGREE_TO_TALK: _move(_OPEN, State.NEGOTIATING, Role.PARTY),
    Move.SAY_NO: _move(_OPEN, State.DECLINED, Role.PARTY),
    Move.RETIRE: _move(_OPEN, State.RETIRED, Role.SYSTEM),
    Move.FREE: _move(_TALKING, State.RETIRED, Role.SYSTEM),
    Move.FORBID: _move(_TALKING, State.DECLINED, Role.SYSTEM),
    Move.CONCLUDE: _move(_TALKING, State.CONCLUDED, Role.SYSTEM),
}
FALLS = frozenset({Move.SAY_NO, Move.RETIRE, Move.FREE, Move.FORBID})
"""Moves after which a proposal leads to no deal: what was to be mixed with it is not to be had any more."""

EVENTS: dict[str, str] = {
    "matches:start": N_("%(actor)s started a matching run."),
    "matches:repair": N_("Refusals set grams free; a run places them anew and leaves everything else as it is."),
    "matches:take-up": N_("The run began to work."),
    "matches:finish": N_(
        "The run ended. Straight from giver to taker: %(proposals)s. Through processors: %(arrangements)s."
    ),
    "matches:fail": N_("The run failed: %(fault)s"),
    "matches:ask-to-cancel": N_("%(actor)s asked the run to stop."),
    "matches:cancel": N_("The run was cancelled."),
    "matches:publish": N_(
        "%(actor)s published the run. Proposals shown to firms: %(opened)s (with less mass than computed: "
        "%(reduced)s). Dropped because something had changed: %(dropped)s. Older ones retired: %(retired)s."
    ),
    "matches:call": N_("%(actor)s asked firms for %(mass)s that needs lack. Firms asked: %(asked)s."),
    "matches:yes": N_("%(actor)s said that the firm is interested."),
    "matches:agree-to-talk": N_("Both firms are interested."),
    "matches:no": N_("%(actor)s said that this is not for the firm."),
    "matches:retire": N_("The proposal can no longer be answered."),
    "matches:free": N_("The talks ended without a deal; the two may be proposed to each other again."),
    "matches:forbid": N_("The coordinator refused the deal; the two are not proposed to each other again."),
    "matches:conclude": N_("The talks ended with an approved deal."),
}


class RunUnderWay(Refused):
    """Runs are single-flight: two at once would propose the same kilograms twice."""

    words = N_("A matching run is already under way. Wait for it to end, or cancel it.")


class NotNow(Stale):
    """The run or proposal is in a state in which this cannot be done."""

    words = N_("This can no longer be done: the state has changed in the meantime.")


class AlreadyCalled(Refused):
    """Firms are asked once for the same goods after the same run."""

    words = N_("Firms have already been asked for these goods.")


class NobodyToCall(Refused):
    """No firm but those that need it has ever listed such goods."""

    words = N_("No other firm has listed such goods before, so there is nobody to ask.")


class AlreadyAnswered(Refused):
    """One's own firm has said yes before."""

    words = N_("Your firm has already answered yes. The other firm has not answered yet.")


def available_for_run(state: str, role: Role) -> list[RunMove]:
    """What somebody with this role can do with a run in this state."""
    return open_moves(RUN_MOVES, state, role)


def available(state: str, role: Role) -> list[Move]:
    """What somebody with this role can do with a proposal in this state."""
    return open_moves(MOVES, state, role)


def decide(move: Move, state: str, role: Role) -> str:
    """The proposal's state after the move; raises NotNow."""
    return _decide(MOVES[move], state, role)


def decide_run(move: RunMove, state: str, role: Role) -> str:
    """The run's state after the move; raises NotNow."""
    return _decide(RUN_MOVES[move], state, role)


def _decide(transition: Transition[str, Role], state: str, role: Role) -> str:
    if state not in transition.from_states or role not in transition.who:
        raise NotNow
    return transition.to_state


def mass_now(computed_g: int, offer_free_g: int, need_free_g: int) -> int:
    """The grams a proposal may still speak of at publication; 0 or less: nothing is left to propose."""
    return min(computed_g, offer_free_g, need_free_g)


def is_whole_enough(mass_g: int, lots_g: tuple[int, int], whole_g: int | None) -> bool:
    """Whether both would still take a mass that became less: no smaller than either's lot, all of what can't be parted.

    `whole_g` is what an offer has left that is sold whole or not at all; None for one that may be sold in parts.
    """
    return mass_g >= max(lots_g) and whole_g in (None, mass_g)


PHASES: Mapping[str, tuple[int, int]] = {
    "queued": (0, 0),
    "compiling": (0, 0),
    "rules": (0, 35),
    "scores": (35, 50),
    "allocation": (50, 80),
    "reasons": (80, 88),
    "check": (88, 99),
    "done": (100, 100),
}
"""Phase of the engine → the per cent of a run at its beginning and at its end, as they usually come out."""


def share_done(phase: str, share: float) -> int:
    """Per cent of a run that is done when a share (0 to 1) of a phase is."""
    begin, end = PHASES.get(phase, (0, 99))
    return begin + round((end - begin) * min(max(share, 0.0), 1.0))
