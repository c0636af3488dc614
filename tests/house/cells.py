# SPDX-License-Identifier: AGPL-3.0-or-later
"""The cells of the access matrix: one address, one method, one person, one row — and what must come of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from tests.house.building import Route, the_app
from tests.house.district import NONE, UNKNOWN, Somebody, Thing

ARGUMENTS = {"side": "offer", "token": "x" * 43, "number": 1}
"""What stands in an address beside the key of a row."""
QUERIES = {"listings.new": {"side": "offer"}, "listings.create": {"side": "offer"}}
"""What an address needs after the question mark."""
ALLOWED_GET = frozenset({200, 302, 303, 409})
"""409: the page of a form whose time is over."""
ALLOWED_POST = frozenset({302, 303, 409, 422})
"""An empty form is refused for its shape or its state, or does what its one button says."""
SECRETS = re.compile(rb'(name="(?:csrf_token|idempotency_key)" value=")[^"]*|nonce="[^"]*"')


@dataclass(frozen=True)
class Cell:
    """One visit. `thing` is None for an address without a row, and for the id of no row."""

    route: Route
    somebody: Somebody
    thing: Thing | None = None

    def __str__(self) -> str:
        return f"{self.route} as {self.somebody}, {self.whose}{f' {self.thing.id}' if self.thing else ''}"

    @property
    def whose(self) -> str:
        """Own, another firm's, or none."""
        return self.somebody.whose(self.thing) if self.thing else NONE

    def url(self) -> str:
        """The address."""
        model = self.route.access.model
        values: dict[str, object] = {n: ARGUMENTS[n] for n in self.route.arguments if not n.endswith("_id")}
        values |= QUERIES.get(self.route.endpoint, {})
        if model is not None:
            values[f"{model.__tablename__}_id"] = self.thing.id if self.thing else UNKNOWN
        adapter = the_app().url_map.bind("localhost")
        return adapter.build(self.route.endpoint, values)

    def expected(self) -> frozenset[int] | str:
        """The statuses that may come; "sign-in" for the way to the sign-in page."""
        action, model = self.route.access.action, self.route.access.model
        allowed = ALLOWED_GET if self.route.method == "GET" else ALLOWED_POST
        if action is None:
            return allowed | {404, 422} if self.route.arguments else allowed
        if not self.somebody.roles:
            return "sign-in"
        if model is None:
            return allowed if self.somebody.holds(action) else frozenset({403})
        if self.thing is None:
            return frozenset({404})
        may = self.somebody.holds(action, self.thing)
        seen = may or self.somebody.holds(model.SEEN_BY, self.thing)
        return allowed if may else frozenset({403 if seen else 404})

    @property
    def is_refused(self) -> bool:
        """Whether the policy turns this visit away."""
        return self.expected() in ("sign-in", frozenset({403}), frozenset({404}))

    def visit(self, app: Flask) -> TestResponse:
        """Send the request as this person."""
        client = self.somebody.client(app)
        if self.route.method == "GET":
            return client.get(self.url())
        return client.post(self.url(), data={"csrf_token": self.somebody.csrf_token, "idempotency_key": str(uuid4())})

    def faults(self, response: TestResponse) -> list[str]:
        """What is wrong with the answer."""
        expected, location = self.expected(), response.headers.get("Location", "")
        if expected == "sign-in":
            right = response.status_code in (302, 303) and "/sign-in" in location
        else:
            right = response.status_code in expected and "/sign-in?" not in location
        return [] if right else [f"{self}: {response.status_code} {location}, not {expected}"]


def cells(routes: Sequence[Route], people: Sequence[Somebody], things: Sequence[Thing]) -> Iterator[Cell]:
    """Every route as everybody: with each row of its kind, and with an id of none."""
    for route in routes:
        model = route.access.model
        rows = [t for t in things if t.model is model]
        assert rows or model is None, f"the district has no row for {route}"
        for somebody in people:
            yield Cell(route, somebody)
            yield from (Cell(route, somebody, row) for row in rows)


def body(response: TestResponse) -> bytes:
    """The page without what is random in every page."""
    return SECRETS.sub(rb"\1", response.get_data())
