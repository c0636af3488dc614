# SPDX-License-Identifier: AGPL-3.0-or-later
"""The truth table of negotiations, and terms as values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.negotiations.rules import (
    DAYS_PER_ROUND,
    PARTIES,
    Move,
    NoSuchMove,
    NotYourTurn,
    PaidByproduct,
    Role,
    State,
    TimeIsUp,
    TooMuch,
    available,
    check_terms,
    check_time,
    deadline,
    decide,
    role_of,
    terms_move,
    waiting_firms,
)
from marketplace.negotiations.terms import Terms, common_days, differences

# Written by hand, not derived from the rules: who can do what in each state.
ALLOWED: dict[tuple[State, Role], dict[Move, State]] = {
    (State.OPEN, Role.EITHER): {
        Move.PROPOSE: State.OPEN,
        Move.WITHDRAW: State.WITHDRAWN,
        Move.WRITE: State.OPEN,
    },
    (State.OPEN, Role.PROPOSER): {Move.WITHDRAW: State.WITHDRAWN, Move.WRITE: State.OPEN},
    (State.OPEN, Role.ANSWERER): {
        Move.COUNTER: State.OPEN,
        Move.ACCEPT: State.AGREED,
        Move.WITHDRAW: State.WITHDRAWN,
        Move.WRITE: State.OPEN,
    },
    (State.OPEN, Role.SYSTEM): {Move.EXPIRE: State.EXPIRED},
    (State.AGREED, Role.EITHER): {Move.WITHDRAW: State.WITHDRAWN, Move.WRITE: State.AGREED},
    (State.AGREED, Role.PROPOSER): {Move.WITHDRAW: State.WITHDRAWN, Move.WRITE: State.AGREED},
    (State.AGREED, Role.ANSWERER): {Move.WITHDRAW: State.WITHDRAWN, Move.WRITE: State.AGREED},
    (State.AGREED, Role.COORDINATOR): {
        Move.APPROVE: State.APPROVED,
        Move.SEND_BACK: State.RETURNED,
        Move.REFUSE: State.REFUSED,
    },
    (State.RETURNED, Role.EITHER): {Move.WITHDRAW: State.WITHDRAWN, Move.WRITE: State.RETURNED},
    (State.RETURNED, Role.PROPOSER): {
        Move.REVISE: State.OPEN,
        Move.WITHDRAW: State.WITHDRAWN,
        Move.WRITE: State.RETURNED,
    },
    (State.RETURNED, Role.ANSWERER): {
        Move.REVISE: State.OPEN,
        Move.WITHDRAW: State.WITHDRAWN,
        Move.WRITE: State.RETURNED,
    },
    (State.RETURNED, Role.SYSTEM): {Move.EXPIRE: State.EXPIRED},
    (State.APPROVED, Role.EITHER): {Move.WRITE: State.APPROVED},
    (State.APPROVED, Role.PROPOSER): {Move.WRITE: State.APPROVED},
    (State.APPROVED, Role.ANSWERER): {Move.WRITE: State.APPROVED},
}
CELLS = [(state, move, role) for state in State for move in Move for role in Role]
A, B, STRANGER = 1, 2, 3
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(("state", "move", "role"), CELLS)
def test_every_cell_of_the_table_is_as_written(state: State, move: Move, role: Role) -> None:
    expected = ALLOWED.get((state, role), {}).get(move)
    assert (move in available(state, role)) == (expected is not None)
    if expected is None:
        with pytest.raises((NoSuchMove, NotYourTurn)):
            decide(move, state, role)
    else:
        assert decide(move, state, role) is expected


def test_the_table_has_a_cell_for_everybody() -> None:
    assert len(CELLS) == 7 * 10 * 6


@pytest.mark.parametrize("role", [Role.OUTSIDER, Role.COORDINATOR])
@pytest.mark.parametrize("state", State)
def test_nobody_else_talks_or_binds(state: State, role: Role) -> None:
    moves = {Move.PROPOSE, Move.COUNTER, Move.REVISE, Move.ACCEPT, Move.WITHDRAW, Move.WRITE}
    assert not moves & set(available(state, role))


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.EXPIRED, State.REFUSED])
@pytest.mark.parametrize("role", Role)
def test_an_end_is_an_end(state: State, role: Role) -> None:
    assert available(state, role) == []


def test_the_refusal_tells_whose_turn_it_is() -> None:
    with pytest.raises(NotYourTurn):
        decide(Move.ACCEPT, State.OPEN, Role.PROPOSER)
    with pytest.raises(NoSuchMove):
        decide(Move.ACCEPT, State.AGREED, Role.ANSWERER)


@pytest.mark.parametrize(
    ("firm_id", "proposer_id", "role"),
    [
        (A, None, Role.EITHER),
        (B, None, Role.EITHER),
        (A, A, Role.PROPOSER),
        (B, A, Role.ANSWERER),
        (A, B, Role.ANSWERER),
        (STRANGER, A, Role.OUTSIDER),
        (STRANGER, None, Role.OUTSIDER),
        (None, A, Role.OUTSIDER),
    ],
)
def test_the_role_is_relative_to_whose_terms_are_on_the_table(
    firm_id: int | None, proposer_id: int | None, role: Role
) -> None:
    assert role_of(firm_id, (A, B), proposer_id) is role


@pytest.mark.parametrize(
    ("state", "proposer_id", "waiting"),
    [
        (State.OPEN, None, [A, B]),
        (State.OPEN, A, [B]),
        (State.OPEN, B, [A]),
        (State.RETURNED, A, [A, B]),
        (State.AGREED, A, []),
        (State.APPROVED, A, []),
        (State.EXPIRED, None, []),
    ],
)
def test_it_waits_for_whoever_can_move_it_on(state: State, proposer_id: int | None, waiting: list[int]) -> None:
    assert waiting_firms(state, (A, B), proposer_id) == waiting


@pytest.mark.parametrize(
    ("state", "role", "move"),
    [
        (State.OPEN, Role.EITHER, Move.PROPOSE),
        (State.OPEN, Role.ANSWERER, Move.COUNTER),
        (State.RETURNED, Role.PROPOSER, Move.REVISE),
        (State.RETURNED, Role.ANSWERER, Move.REVISE),
    ],
)
def test_new_terms_are_the_move_that_fits(state: State, role: Role, move: Move) -> None:
    assert terms_move(state, role) is move


def test_nobody_counters_their_own_terms() -> None:
    with pytest.raises(NotYourTurn):
        terms_move(State.OPEN, Role.PROPOSER)


@pytest.mark.parametrize("role", sorted(PARTIES))
def test_there_are_no_new_terms_after_an_agreement(role: Role) -> None:
    with pytest.raises(NoSuchMove):
        terms_move(State.AGREED, role)


def test_the_last_moment_is_over_at_the_deadline_itself() -> None:
    end = deadline(NOON)
    assert end - NOON == timedelta(days=DAYS_PER_ROUND)
    check_time(end, end - timedelta(microseconds=1))
    with pytest.raises(TimeIsUp):
        check_time(end, end)


TERMS = Terms(mass_g=400_000, price_milli_eur_kg=450, transport="giver", quality="Lana scelta")


@pytest.mark.parametrize(("free_g", "fits"), [(399_999, False), (400_000, True), (400_001, True), (0, False)])
def test_terms_never_exceed_what_is_free(free_g: int, fits: bool) -> None:
    if fits:
        check_terms(TERMS, free_g, "PRODUCT")
    else:
        with pytest.raises(TooMuch):
            check_terms(TERMS, free_g, "PRODUCT")


def test_a_byproduct_has_no_gate_fee_and_waste_may_have_one() -> None:
    paid = Terms(mass_g=1, price_milli_eur_kg=-1, transport="giver")
    check_terms(paid, 1, "WASTE")
    with pytest.raises(PaidByproduct):
        check_terms(paid, 1, "BYPRODUCT")


days = st.none() | st.dates()
terms = st.builds(
    Terms,
    mass_g=st.integers(1, 10**11),
    price_milli_eur_kg=st.integers(-(10**6), 10**7),
    transport=st.sampled_from(["giver", "taker", "carrier"]),
    quality=st.text(max_size=20),
    sample=st.booleans(),
    pickup_from=days,
    pickup_until=days,
    note=st.text(max_size=20),
)


@given(terms, terms)
def test_equal_terms_and_only_they_have_an_equal_digest(one: Terms, other: Terms) -> None:
    assert (one.sha256 == other.sha256) == (one == other)
    assert (differences(one, other) == []) == (one == other)


def test_a_difference_names_what_was_seen_and_what_is() -> None:
    now = Terms(mass_g=500_000, price_milli_eur_kg=450, transport="taker", quality="Lana scelta")
    assert [(c.name, c.seen, c.now) for c in differences(TERMS, now)] == [
        ("mass_g", 400_000, 500_000),
        ("transport", "giver", "taker"),
    ]


def test_first_terms_differ_from_nothing_in_what_they_state() -> None:
    assert {change.name for change in differences(None, TERMS)} >= {"mass_g", "price_milli_eur_kg", "quality"}
    assert "note" not in {change.name for change in differences(None, TERMS)}


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ((date(2027, 1, 1), date(2027, 1, 9)), (date(2027, 1, 5), None), (date(2027, 1, 5), date(2027, 1, 9))),
        ((None, None), (None, None), (None, None)),
        ((date(2027, 1, 1), date(2027, 1, 2)), (date(2027, 1, 3), None), (None, None)),
    ],
)
def test_the_days_that_two_windows_share(
    one: tuple[date | None, date | None], other: tuple[date | None, date | None], shared: tuple[date | None, ...]
) -> None:
    assert common_days(one, other) == shared
