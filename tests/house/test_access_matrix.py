# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who reaches what: every route × method × person × {own, other firm, none}, with real signed-in clients.

What is expected comes from the policy table and from how the district was made; what happens comes from requests.
On PostgreSQL, where the guards' SQL is another, every seventh cell is visited.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from tests.house.building import routes
from tests.house.cells import Cell, body, cells
from tests.house.conftest import Place

BLUEPRINTS = sorted({route.endpoint.split(".")[0] for route in routes()})
EVERY = {"sqlite": 1, "postgresql": 7}


@pytest.mark.parametrize("room", BLUEPRINTS)
def test_everybody_reaches_exactly_what_the_policy_says(
    room: str, undone_place: Place, request: pytest.FixtureRequest
) -> None:
    place, connection = undone_place, undone_place.connection
    assert connection is not None
    own = [route for route in routes() if route.endpoint.startswith(f"{room}.")]
    chosen = list(cells(own, place.district.people, place.things))[:: EVERY[connection.dialect.name]]
    unknown: dict[tuple[object, str], bytes] = {}
    faults: list[str] = []
    for cell in chosen:
        before = changes(connection)
        answer = visit_and_undo(cell, place, connection)
        faults += cell.faults(answer)
        if cell.is_refused and changes(connection) != before:
            faults += [f"{cell} changed a row"]
        if is_foreign(cell):
            whom = (cell.route, cell.somebody.name)
            if whom not in unknown:
                unknown[whom] = body(visit_and_undo(Cell(cell.route, cell.somebody), place, connection))
            faults += [f"{cell} differs from an unknown id"] * (body(answer) != unknown[whom])
    properties = request.node.user_properties
    properties.append(("cells of the access matrix visited", len(chosen)))
    properties.append(("of them foreign, with the very page of an unknown id", sum(map(is_foreign, chosen))))
    assert not faults


def is_foreign(cell: Cell) -> bool:
    """Whether the row exists and the person may not know."""
    return cell.thing is not None and cell.expected() == {404}


def visit_and_undo(cell: Cell, place: Place, connection: Connection) -> TestResponse:
    """The answer to a visit of which nothing remains."""
    with connection.begin_nested() as undo:
        answer = cell.visit(place.app)
        undo.rollback()
    return answer


def changes(connection: Connection) -> int:
    """Rows ever changed through this connection, undone or not; SQLite alone counts them."""
    raw: Any = connection.connection.driver_connection
    return raw.total_changes if connection.dialect.name == "sqlite" else 0
