# SPDX-License-Identifier: AGPL-3.0-or-later
"""The policy table: every (action, role, scope), and `can` against `only` on real rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from marketplace.policy import TABLE, Actor, Membership, Reach, Role, Scope, can, may, only, scopes

FIRMS = (1, 2, 3)
PEOPLE = (1, 2)
STATES = ("hidden", "shown")


class Base(DeclarativeBase):
    """Tables of this test only."""


class Deal(Base):
    """A row with every kind of reach: an owner, two sides, a person, a state in which it is on show."""

    __tablename__ = "deal"
    __reach__: ClassVar[Mapping[Scope, Reach]] = {
        Scope.SELF: Reach(("person_id",)),
        Scope.OWN: Reach(("firm_a_id",)),
        Scope.PARTY: Reach(("firm_a_id", "firm_b_id")),
        Scope.LISTED: Reach((), frozenset({"shown"})),
        Scope.MEMBERS: Reach(("firm_a_id", "firm_b_id"), frozenset({"shown"})),
        Scope.UNINVOLVED: Reach(("firm_a_id", "firm_b_id")),
    }
    SEEN_BY = "exchanges:see"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    firm_a_id: Mapped[int]
    firm_b_id: Mapped[int]
    state: Mapped[str]


class Bare(Base):
    """A row that nothing ties to anybody."""

    __tablename__ = "bare"
    __reach__: ClassVar[Mapping[Scope, Reach]] = {}
    SEEN_BY = "exchanges:see"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]


@pytest.fixture(scope="module")
def rows() -> Iterator[Session]:
    """One deal for each combination of person, sides and state."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        values = [
            {"person_id": p, "firm_a_id": a, "firm_b_id": b, "state": s}
            for p, a, b, s in product(PEOPLE, FIRMS, FIRMS, STATES)
        ]
        session.execute(insert(Deal), values)
        session.execute(insert(Bare), [{"state": state} for state in STATES])
        yield session
    engine.dispose()


def actor(*memberships: tuple[Role, int], mandated: frozenset[int] = frozenset(), verified: bool = True) -> Actor:
    """Person 1 with these roles."""
    return Actor(1, "Anna", "it", tuple(Membership(r, firm, verified) for r, firm in memberships), mandated)


def reaches(scope: Scope, deal: Deal) -> bool:
    """What each scope means for person 1 of firm 1, whose association has a mandate of firm 2; spelt out by hand."""
    sides = {deal.firm_a_id, deal.firm_b_id}
    return {
        Scope.SELF: deal.person_id == 1,
        Scope.OWN: deal.firm_a_id == 1,
        Scope.PARTY: 1 in sides,
        Scope.LISTED: deal.state == "shown",
        Scope.MEMBERS: deal.state == "shown" and 2 in sides,
        Scope.UNINVOLVED: 1 not in sides,
        Scope.ALL: True,
    }[scope]


@pytest.mark.parametrize(("action", "role"), list(product(TABLE, Role)))
def test_a_role_reaches_what_its_cell_of_the_table_says_and_nothing_else(
    action: str, role: Role, rows: Session
) -> None:
    anna = actor((role, 1), mandated=frozenset({2}))
    cell = TABLE[action].get(role, Scope(0))
    assert may(anna, action) == bool(cell)
    for deal in rows.scalars(select(Deal)):
        assert can(anna, action, deal) == any(reaches(scope, deal) for scope in cell)


@pytest.mark.parametrize(("action", "role", "scope"), list(product(TABLE, Role, Scope)))
def test_a_scope_counts_only_where_the_table_names_it(action: str, role: Role, scope: Scope) -> None:
    held = [named for _membership, flags in scopes(actor((role, 1)), action) for named in flags]
    assert (scope in held) == (scope in TABLE[action].get(role, Scope(0)))


@pytest.mark.parametrize(("action", "role"), list(product(TABLE, Role)))
def test_people_of_a_firm_that_waits_reach_only_their_own(action: str, role: Role, rows: Session) -> None:
    waiting = actor((role, 1), mandated=frozenset({2}), verified=False)
    for deal in rows.scalars(select(Deal)):
        expected = any(reaches(scope, deal) for scope in TABLE[action].get(role, Scope(0)) & (Scope.SELF | Scope.OWN))
        assert can(waiting, action, deal) == expected


@pytest.mark.parametrize("action", TABLE)
def test_nobody_signed_in_reaches_nothing(action: str, rows: Session) -> None:
    assert not may(None, action)
    assert not any(can(None, action, deal) for deal in rows.scalars(select(Deal)))
    assert not rows.scalars(select(Deal).where(only(None, action, Deal))).all()


@pytest.mark.parametrize(("action", "role"), list(product(TABLE, Role)))
def test_rows_that_nothing_ties_to_anybody_are_for_those_who_reach_all(action: str, role: Role, rows: Session) -> None:
    expected = Scope.ALL in TABLE[action].get(role, Scope(0))
    for bare in rows.scalars(select(Bare)):
        assert can(actor((role, 1)), action, bare) == expected
    assert bool(rows.scalars(select(Bare).where(only(actor((role, 1)), action, Bare))).all()) == expected


people = st.builds(
    Actor,
    st.sampled_from(PEOPLE),
    st.just("Anna"),
    st.just("it"),
    st.lists(st.builds(Membership, st.sampled_from(Role), st.sampled_from(FIRMS), st.booleans()), max_size=3).map(
        tuple
    ),
    st.frozensets(st.sampled_from(FIRMS)),
)


@settings(deadline=None, max_examples=60)
@given(anybody=people)
def test_the_filter_keeps_just_the_rows_that_the_guard_lets_in(anybody: Actor, rows: Session) -> None:
    deals = rows.scalars(select(Deal)).all()
    for action in TABLE:
        kept = set(rows.scalars(select(Deal.id).where(only(anybody, action, Deal))))
        assert kept == {deal.id for deal in deals if can(anybody, action, deal)}, action


def test_whoever_works_for_a_side_decides_nothing_about_its_deals() -> None:
    deal = Deal(id=1, person_id=9, firm_a_id=7, firm_b_id=8, state="shown")
    coordinator = actor((Role.COORDINATOR, 1))
    employed = actor((Role.COORDINATOR, 1), (Role.MEMBER, 7))
    assert can(coordinator, "approvals:decide", deal)
    assert not can(employed, "approvals:decide", deal)
    assert can(employed, "approvals:see", deal)


def test_the_rights_that_matter_most_stand_where_they_must() -> None:
    assert set(TABLE["approvals:decide"]) == {Role.COORDINATOR}
    assert set(TABLE["accounts:assign-roles"]) == {Role.ADMIN}
    assert set(TABLE["accounts:verify-firm"]) == {Role.COORDINATOR}
    assert set(TABLE["negotiations:bind"]) == {Role.MANAGER}
    assert Role.ANALYST not in TABLE["exchanges:see-price"]
    assert Role.OFFICER not in TABLE["exchanges:see-price"]
    assert Role.ADMIN not in TABLE["exchanges:see-price"]
    assert set(TABLE["listings:see-private"]) == {Role.MEMBER, Role.MANAGER}
    assert all(scope in (Scope.OWN, Scope.PARTY) for scope in TABLE["negotiations:see"].values())
