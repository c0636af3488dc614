# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every (move, state, role) of runs and of proposals."""

from __future__ import annotations

from itertools import product

import pytest

from marketplace.matches.rules import (
    MOVES,
    RUN_MOVES,
    Move,
    NotNow,
    Role,
    RunMove,
    RunState,
    State,
    available,
    available_for_run,
    decide,
    decide_run,
    is_whole_enough,
    mass_now,
    share_done,
)

ENGINE_PHASES = ("rules", "scores", "allocation", "reasons", "check")
ALLOWED_FOR_PROPOSALS = {
    (Move.SHOW, "computed", Role.COORDINATOR): "open",
    (Move.DROP, "computed", Role.COORDINATOR): "dropped",
    (Move.SAY_YES, "open", Role.PARTY): "open",
    (Move.AGREE_TO_TALK, "open", Role.PARTY): "negotiating",
    (Move.SAY_NO, "open", Role.PARTY): "declined",
    (Move.RETIRE, "open", Role.SYSTEM): "retired",
    (Move.FREE, "negotiating", Role.SYSTEM): "retired",
    (Move.FORBID, "negotiating", Role.SYSTEM): "declined",
    (Move.CONCLUDE, "negotiating", Role.SYSTEM): "concluded",
}
ALLOWED_FOR_RUNS = {
    (RunMove.TAKE_UP, "queued", Role.SYSTEM): "running",
    (RunMove.TAKE_UP, "running", Role.SYSTEM): "running",
    (RunMove.FINISH, "running", Role.SYSTEM): "done",
    (RunMove.FAIL, "queued", Role.SYSTEM): "failed",
    (RunMove.FAIL, "running", Role.SYSTEM): "failed",
    (RunMove.CANCEL, "queued", Role.COORDINATOR): "cancelled",
    (RunMove.CANCEL, "running", Role.COORDINATOR): "cancelled",
    (RunMove.CANCEL, "queued", Role.SYSTEM): "cancelled",
    (RunMove.CANCEL, "running", Role.SYSTEM): "cancelled",
    (RunMove.PUBLISH, "done", Role.COORDINATOR): "published",
}


@pytest.mark.parametrize(("move", "state", "role"), list(product(Move, State, Role)), ids=str)
def test_a_proposal_moves_only_as_its_table_says(move: Move, state: State, role: Role) -> None:
    to = ALLOWED_FOR_PROPOSALS.get((move, state.value, role))
    assert (move in available(state, role)) == (to is not None)
    if to is None:
        with pytest.raises(NotNow):
            decide(move, state, role)
    else:
        assert decide(move, state, role) == to


@pytest.mark.parametrize(("move", "state", "role"), list(product(RunMove, RunState, Role)), ids=str)
def test_a_run_moves_only_as_its_table_says(move: RunMove, state: RunState, role: Role) -> None:
    to = ALLOWED_FOR_RUNS.get((move, state.value, role))
    assert (move in available_for_run(state, role)) == (to is not None)
    if to is None:
        with pytest.raises(NotNow):
            decide_run(move, state, role)
    else:
        assert decide_run(move, state, role) == to


def test_no_move_leads_out_of_a_final_state() -> None:
    final = {State.DROPPED, State.DECLINED, State.RETIRED, State.CONCLUDED}
    assert not any(t.from_states & final for t in MOVES.values())
    ended = {RunState.FAILED, RunState.CANCELLED, RunState.PUBLISHED}
    assert not any(t.from_states & ended for t in RUN_MOVES.values())


def test_outsiders_move_nothing() -> None:
    assert not any(available(state, Role.OUTSIDER) for state in State)
    assert not any(available_for_run(state, Role.OUTSIDER) for state in RunState)


@pytest.mark.parametrize(
    ("computed", "offer_free", "need_free", "now"),
    [(100, 500, 500, 100), (100, 40, 500, 40), (100, 500, 30, 30), (100, 0, 500, 0), (100, -5, 500, -5)],
)
def test_a_proposal_speaks_of_no_more_than_both_sides_have_left(
    computed: int, offer_free: int, need_free: int, now: int
) -> None:
    assert mass_now(computed, offer_free, need_free) == now


def test_progress_never_goes_back_within_the_phases_of_a_run() -> None:
    steps = [share_done(phase, share) for phase in ENGINE_PHASES for share in (0, 1)]
    assert steps == sorted(steps)
    assert steps[0] == 0
    assert steps[-1] < 100 == share_done("done", 1)


def test_a_phase_that_nobody_knows_does_not_break_the_page() -> None:
    assert 0 <= share_done("something new", 0.5) <= 99
    assert share_done("rules", 17.0) == share_done("rules", 1.0)


@pytest.mark.parametrize(
    ("mass_g", "lots_g", "whole_g", "enough"),
    [
        (500, (500, 0), None, True),
        (499, (500, 0), None, False),
        (499, (0, 500), None, False),
        (500, (0, 0), 500, True),
        (500, (0, 0), 800, False),
        (500, (600, 0), 500, False),
    ],
)
def test_less_than_was_computed_must_still_be_a_lot(
    mass_g: int, lots_g: tuple[int, int], whole_g: int | None, enough: bool
) -> None:
    assert is_whole_enough(mass_g, lots_g, whole_g) == enough
