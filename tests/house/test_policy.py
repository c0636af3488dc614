# SPDX-License-Identifier: AGPL-3.0-or-later
"""The policy table read in three ways says one thing: of one row, as an SQL condition, and from who is who."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.accounts.signed_in import actor_of
from marketplace.db import Base
from marketplace.policy import TABLE, Role, can, may, only
from tests.house.conftest import Place

GUARDED = sorted((m.class_ for m in Base.registry.mappers if hasattr(m.class_, "__reach__")), key=lambda c: c.__name__)


@pytest.mark.parametrize("model", GUARDED, ids=lambda c: c.__tablename__)
def test_the_filter_of_lists_keeps_exactly_what_the_guard_of_pages_lets_in(
    model: type[Base], undone_place: Place, request: pytest.FixtureRequest
) -> None:
    checked = 0
    with undone_place.database.reader() as session:
        rows = list(session.scalars(select(model)))
        assert rows, f"the district has no {model.__tablename__}"
        for somebody in undone_place.district.people:
            person = session.scalars(select(Person).where(Person.email == somebody.email)).one_or_none()
            actor = actor_of(session, person) if person else None
            for action in TABLE:
                kept = set(session.scalars(select(model).where(only(actor, action, model))))
                assert kept == {row for row in rows if actor is not None and can(actor, action, row)}, (
                    somebody,
                    action,
                )
                checked += len(rows)
    request.node.user_properties.append(("rows × people × actions where filter and guard agree", checked))


def test_the_table_says_what_the_district_s_people_are_expected_to_reach(undone_place: Place) -> None:
    with undone_place.database.reader() as session:
        rows = [(thing, session.get_one(thing.model, thing.id)) for thing in undone_place.things]
        for somebody in undone_place.district.people:
            person = session.scalars(select(Person).where(Person.email == somebody.email)).one_or_none()
            actor = actor_of(session, person) if person else None
            for action in TABLE:
                assert may(actor, action) == somebody.holds(action), (somebody, action)
                for thing, row in rows:
                    held = actor is not None and can(actor, action, row)
                    assert held == somebody.holds(action, thing), (somebody, action, thing)


def test_nobody_who_analyses_reaches_a_deal_or_a_price() -> None:
    private = {a for a in TABLE if a.split(":")[0] in ("listings", "matches", "negotiations", "approvals", "exchanges")}
    assert not [action for action in private if Role.ANALYST in TABLE[action]]


def test_only_managers_bind_their_firm() -> None:
    assert set(TABLE["negotiations:bind"]) == {Role.MANAGER}
    assert set(TABLE["matches:answer"]) == {Role.MANAGER}
    assert set(TABLE["exchanges:confirm"]) == {Role.MANAGER}


def test_no_coordinator_and_no_administrator_reads_a_negotiation() -> None:
    assert not {Role.COORDINATOR, Role.ADMIN, Role.OFFICER} & set(TABLE["negotiations:see"])
