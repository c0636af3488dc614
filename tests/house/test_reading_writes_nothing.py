# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everybody reads everything they can find; nothing changes, every link and every button leads somewhere."""

from __future__ import annotations

import hashlib
from collections import deque
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from marketplace import tables
from marketplace.db import Database
from tests.browser import Page, controls
from tests.house.building import Route, routes, the_app
from tests.house.cells import Cell, cells
from tests.house.conftest import Place
from tests.house.district import Somebody
from tests.house.test_routes import KEEP_NOTHING

MOST_PAGES = 150
"""Of one person's walk; pages of one kind look alike."""
MOST_ALIKE = 4


def checksums(database: Database) -> dict[str, str]:
    """A digest of every row of every table."""
    with database.reading() as session:
        return {
            name: hashlib.sha256(repr(sorted(map(repr, session.execute(select(table)).all()))).encode()).hexdigest()
            for name, table in tables.METADATA.tables.items()
        }


def test_no_get_of_anybody_changes_a_row(kept_place: Place) -> None:
    before = checksums(kept_place.database)
    for cell in cells(routes("GET"), kept_place.district.people, kept_place.things):
        cell.visit(kept_place.app)
    after = checksums(kept_place.database)
    assert [name for name in before if before[name] != after[name]] == []


def walk(place: Place, somebody: Somebody) -> dict[str, Page]:
    """The pages that a person finds by following links from the first page."""
    client = somebody.client(place.app)
    waiting, alike, found = deque(["/"]), dict[str, int](), dict[str, Page]()
    met = {"/"}
    while waiting and len(found) < MOST_PAGES:
        path = waiting.popleft()
        response = client.get(path, follow_redirects=True)
        assert response.status_code == 200, f"{somebody} finds a link to {path}: {response.status_code}"
        found[path] = page = Page(response.get_data(as_text=True) if response.mimetype == "text/html" else "")
        for link in page.all("a"):
            target = urlsplit(urljoin(path, link.get("href") or ""))
            address = target.path + (f"?{target.query}" if target.query else "")
            endpoint = endpoint_of(target.path) if not target.netloc else ""
            if endpoint and address not in met and alike.get(endpoint, 0) < MOST_ALIKE:
                alike[endpoint] = alike.get(endpoint, 0) + 1
                met.add(address)
                waiting.append(address)
    return found


def endpoint_of(path: str, method: str = "GET") -> str:
    """The endpoint behind a path; empty for a file or for nothing."""
    try:
        endpoint, _values = the_app().url_map.bind("localhost").match(path, method)
    except HTTPException:
        return path if path.startswith("/") and not path.startswith("/static/") else ""
    return "" if endpoint.endswith("static") else endpoint


def test_every_link_leads_to_a_page_and_every_form_can_be_sent(kept_place: Place) -> None:
    place = kept_place
    views = {route.endpoint: route for route in routes("POST")}
    seen = {endpoint_of("/sign-in")}
    for somebody in place.district.people:
        for path, page in walk(place, somebody).items():
            seen.add(endpoint_of(urlsplit(path).path))
            for form in page.forms():
                action = urlsplit(urljoin(path, form.get("action") or path)).path
                endpoint = endpoint_of(action, "POST")
                assert endpoint in views, f"{path} has a form to {action}, which takes none"
                _check_form(place, somebody, views[endpoint], action, dict(controls(form)), path)
    unseen = {r.endpoint for r in routes("GET") if not r.arguments} - seen - UNLINKED
    assert not unseen, f"no link leads to {unseen}"


UNLINKED = {"web.healthz", "web.readyz", "accounts.signed_up", "accounts.reset_sent"}
"""Pages for machines, and pages that come after a form."""


def _check_form(place: Place, somebody: Somebody, route: Route, action: str, values: dict[str, str], path: str) -> None:
    assert route.endpoint in KEEP_NOTHING or values.get("idempotency_key"), f"{path}: the form to {action} has no key"
    _endpoint, arguments = the_app().url_map.bind("localhost").match(action, "POST")
    model = route.access.model
    if model is None:
        assert route.access.action is None or somebody.holds(route.access.action), f"{path}: {somebody} sees {action}"
        return
    named = [t for t in place.things if t.model is model and t.id == arguments[f"{model.__tablename__}_id"]]
    for thing in named:
        expected = Cell(route, somebody, thing).expected()
        assert expected not in (frozenset({403}), frozenset({404})), f"{path} offers {somebody} the form to {action}"


@pytest.mark.parametrize("path", ["/no-such-page", "/.env", "/.git/config", "/admin", "/console", "/static/../wsgi.py"])
def test_an_address_that_leads_nowhere_is_a_page_with_words(kept_place: Place, path: str) -> None:
    assert kept_place.app.test_client().get(path).status_code == 404
