# SPDX-License-Identifier: AGPL-3.0-or-later
"""A page asks the database the same number of questions whether it shows two rows or ten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Person
from tests.deals import make_deal
from tests.house.building import routes
from tests.house.cells import Cell
from tests.house.district import Somebody
from tests.world import make_body, make_firm, make_need, make_offer, make_person, sign_in

MOST_QUERIES = 16
LISTS = sorted(
    Cell(route, Somebody("nobody")).url()
    for route in routes("GET")
    if not route.arguments and route.access.action is not None
)
ROLES = ("manager", "coordinator", "admin")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that ask for rows while the block runs."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def people_of(session: Session, firm: Organisation) -> dict[str, Person]:
    """Somebody for each role; the manager is the firm's."""
    city = make_body(session)
    return {role: make_person(session, firm if role == "manager" else city, role) for role in ROLES}


def more_deals(session: Session, firm: Organisation, number: int) -> None:
    """Deals, offers and needs between the firm and others, some finished and some not."""
    for _ in range(number):
        for upto in ("proposal", "terms", "case", "corrected"):
            make_deal(session, make_offer(session, firm), make_need(session, make_firm(session)), upto=upto)
    session.commit()


@pytest.mark.parametrize("role", ROLES)
def test_a_list_asks_as_often_for_many_rows_as_for_few(
    role: str, app: Flask, session: Session, client: FlaskClient
) -> None:
    firm = make_firm(session)
    person = people_of(session, firm)[role]
    more_deals(session, firm, 2)
    sign_in(client, person)
    few = {rule: _count(session, client, rule) for rule in LISTS}
    more_deals(session, firm, 3)
    many = {rule: _count(session, client, rule) for rule in LISTS}
    growing = {rule: (few[rule], many[rule]) for rule in LISTS if many[rule] > few[rule]}
    assert not growing, growing
    hungry = {rule: number for rule, number in many.items() if number > MOST_QUERIES}
    assert not hungry, hungry


def _count(session: Session, client: FlaskClient, rule: str) -> int:
    engine = session.get_bind().engine
    with counted(engine) as asked:
        answer = client.get(rule)
    assert answer.status_code in (200, 302, 303, 403), rule
    return len(asked)
