# SPDX-License-Identifier: AGPL-3.0-or-later
"""The truth tables of exchanges, loads and corrections, and the bounds of what counts as delivered."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import pytest

from marketplace.exchanges.bounds import (
    InTheFuture,
    MoreThanArrived,
    ReasonMissing,
    TooMuch,
    TooMuchSent,
    check_day,
    check_sent,
    check_weighing,
)
from marketplace.exchanges.rules import (
    CORRECTION_MOVES,
    LOAD_MOVES,
    MOVES,
    Ask,
    Load,
    Move,
    NoSuchMove,
    NotYourPart,
    Role,
    State,
    Table,
    available,
    bare_number,
    decide,
    document_kind,
    role_of,
)

GIVER, TAKER, COORDINATOR, SYSTEM = Role.GIVER, Role.TAKER, Role.COORDINATOR, Role.SYSTEM
Allowed = dict[tuple[StrEnum, Role], dict[Move, StrEnum]]
# Written by hand: who can do what in each state.
EXCHANGE: Allowed = {
    (State.AWAITING, GIVER): {Move.SEND: State.DELIVERING},
    (State.AWAITING, TAKER): {Move.ABANDON: State.CLOSED},
    (State.DELIVERING, GIVER): {Move.SEND: State.DELIVERING},
    (State.DELIVERING, TAKER): {Move.CLOSE: State.DELIVERED, Move.ABANDON: State.CLOSED},
    (State.DELIVERING, SYSTEM): {Move.COMPLETE: State.DELIVERED},
}
LOAD: Allowed = {
    (Load.SENT, TAKER): {Move.WEIGH: Load.WEIGHED},
    (Load.WEIGHED, TAKER): {
        Move.WEIGH: Load.WEIGHED,
        Move.CONFIRM: Load.CONFIRMED,
        Move.CONTEST: Load.CONTESTED,
    },
    (Load.WEIGHED, GIVER): {Move.CONTEST: Load.CONTESTED},
    (Load.CONTESTED, COORDINATOR): {Move.SETTLE: Load.CONFIRMED},
    (Load.CONFIRMED, GIVER): {Move.ASK: Load.CONFIRMED},
    (Load.CONFIRMED, TAKER): {Move.ASK: Load.CONFIRMED},
}
CORRECTION: Allowed = {
    (Ask.PROPOSED, COORDINATOR): {Move.CORRECT: Ask.SETTLED, Move.TURN_DOWN: Ask.REFUSED},
}
TABLES: list[tuple[Table, Allowed, type[StrEnum]]] = [
    (MOVES, EXCHANGE, State),
    (LOAD_MOVES, LOAD, Load),
    (CORRECTION_MOVES, CORRECTION, Ask),
]
CELLS = [
    (table, allowed, state, move, role)
    for table, allowed, states in TABLES
    for state in states
    for move in table
    for role in Role
]


@pytest.mark.parametrize(("table", "allowed", "state", "move", "role"), CELLS)
def test_every_cell_of_the_tables_is_as_written(
    table: Table, allowed: Allowed, state: StrEnum, move: Move, role: Role
) -> None:
    expected = allowed.get((state, role), {}).get(move)
    assert (move in available(table, state, role)) == (expected is not None)
    if expected is None:
        with pytest.raises((NoSuchMove, NotYourPart)):
            decide(table, move, state, role)
    else:
        assert decide(table, move, state, role) == expected


def test_the_tables_have_a_cell_for_everybody_and_every_move_stands_in_one() -> None:
    assert len(CELLS) == 5 * (4 * 4 + 4 * 5 + 3 * 2)
    assert {*MOVES, *LOAD_MOVES, *CORRECTION_MOVES} == set(Move)


def test_the_taker_never_confirms_its_own_lorry_as_giver_and_no_party_settles() -> None:
    assert Move.CONFIRM not in available(LOAD_MOVES, Load.WEIGHED, GIVER)
    for party in (GIVER, TAKER):
        assert available(LOAD_MOVES, Load.CONTESTED, party) == []
        assert available(CORRECTION_MOVES, Ask.PROPOSED, party) == []


@pytest.mark.parametrize(
    ("firm_id", "settles", "role"),
    [
        (1, False, GIVER),
        (2, False, TAKER),
        (1, True, GIVER),
        (3, True, COORDINATOR),
        (None, True, COORDINATOR),
        (None, False, Role.OUTSIDER),
        (3, False, Role.OUTSIDER),
    ],
)
def test_being_a_party_comes_before_being_a_coordinator(firm_id: int | None, settles: bool, role: Role) -> None:
    assert role_of(firm_id, 1, 2, settles) is role


@pytest.mark.parametrize(
    ("regime", "kind"),
    [("WASTE", "FIR"), ("ABP", "ABP"), ("BYPRODUCT", "DDT"), ("PRODUCT", "DDT"), ("EOW", "DDT"), ("USED_GOOD", "DDT")],
)
def test_the_document_follows_from_the_legal_state(regime: str, kind: str) -> None:
    assert document_kind(regime) == kind


@pytest.mark.parametrize(
    ("arrived_g", "accepted_g", "rest_g", "reason", "refusal"),
    [
        (100, 100, 100, "", None),
        (100, 0, 100, "wet", None),
        (0, 0, 100, "", None),
        (100, 99, 100, "", ReasonMissing),
        (100, 101, 200, "", MoreThanArrived),
        (101, 101, 100, "", TooMuch),
        (101, 100, 100, "overweight", None),
        (2**53, 2**53, 2**53 - 1, "", TooMuch),
        (2**62, 2**62, 2**62, "", None),
    ],
)
def test_what_counts_has_arrived_was_agreed_on_and_less_is_explained(
    arrived_g: int, accepted_g: int, rest_g: int, reason: str, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        check_weighing(arrived_g, accepted_g, rest_g, reason)
    else:
        with pytest.raises(refusal):
            check_weighing(arrived_g, accepted_g, rest_g, reason)


@pytest.mark.parametrize(
    ("kind", "typed", "number"),
    [
        ("DDT", "7/26", "7/26"),
        ("DDT", "DDT 7/26", "7/26"),
        ("DDT", "ddt n. 7/26", "7/26"),
        ("DDT", "DDT n°7", "7"),
        ("DDT", "D.D.T. 7", "D.D.T. 7"),
        ("DDT", "DDT", "DDT"),
        ("DDT", "DDTX 7", "DDTX 7"),
        ("DDT", "A DDT 7", "A DDT 7"),
        ("FIR", "FIR XF 77", "XF 77"),
        ("FIR", "nord 5", "nord 5"),
        ("ABP", "ABP-12", "12"),
    ],
)
def test_a_document_s_kind_is_not_written_twice(kind: str, typed: str, number: str) -> None:
    assert bare_number(kind, typed) == number


@pytest.mark.parametrize(
    ("sent_g", "rest_g", "agreed_g", "fits"),
    [
        (1, 400, 400, True),
        (480, 400, 400, True),
        (481, 400, 400, False),
        (80, 0, 400, True),
        (81, 0, 400, False),
        (4, 4, 4, True),
        (5, 4, 4, False),
        (2**63 - 1, 2**53, 2**53, False),
    ],
)
def test_a_load_is_at_most_what_is_to_come_and_a_fifth_of_the_deal(
    sent_g: int, rest_g: int, agreed_g: int, fits: bool
) -> None:
    if fits:
        check_sent(sent_g, rest_g, agreed_g)
    else:
        with pytest.raises(TooMuchSent):
            check_sent(sent_g, rest_g, agreed_g)


def test_tomorrow_by_the_clock_may_be_today_in_the_district_and_no_more() -> None:
    today = date(2026, 11, 22)
    check_day(date(2026, 11, 23), today)
    with pytest.raises(InTheFuture):
        check_day(date(2026, 11, 24), today)
