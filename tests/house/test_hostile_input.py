# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever is typed into whatever field of whatever form: a page with words, never an error of the server.

The payloads are those of the district's attack list; each goes into each field of one form of every kind that somebody
finds by walking through the pages. What is refused for its shape is shown again as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.browser import Element, Page, controls, words
from tests.house import payloads
from tests.house.building import routes
from tests.house.cells import cells
from tests.house.conftest import Place
from tests.house.district import Somebody
from tests.house.test_reading_writes_nothing import endpoint_of, walk

SHOWN_AGAIN = ("text", "email", "search", "tel", "url", "number", "date")
ANSWERS = frozenset({200, 302, 303, 400, 403, 404, 409, 413, 422, 429})
EVERY = {"sqlite": 1, "postgresql": 6}
MOST_STRIDE = 12
"""A form of many fields gets every twelfth payload in each, another twelfth in the next."""


@dataclass(frozen=True)
class FoundForm:
    """One form as somebody found it."""

    somebody: Somebody
    page: str
    action: str
    element: Element

    def values(self) -> dict[str, list[str]]:
        """What the form sends untouched."""
        found: dict[str, list[str]] = {}
        for name, value in controls(self.element):
            found.setdefault(name, []).append(value)
        return found

    def fields(self) -> list[str]:
        """Names of everything that can be typed, chosen or tampered with, but the tokens."""
        names = [e.get("name") for e in self.element.iter() if e.tag in ("input", "select", "textarea")]
        return sorted({n for n in names if n and n not in ("csrf_token", "idempotency_key")})

    def is_typed(self, name: str) -> bool:
        """Whether people type into the field, rather than tick or choose."""
        named = [e for e in self.element.iter() if e.get("name") == name]
        return all(e.tag != "select" and e.get("type") not in ("checkbox", "radio") for e in named)

    def faults(self, app: Flask, changed: dict[str, list[str]]) -> list[str]:
        """What is wrong with the answer to the form with these values."""
        try:
            answer = self.send(app, changed)
        except AssertionError as error:
            return [str(error)]
        if answer.status_code not in ANSWERS:
            return [str(answer.status_code)]
        return list(forgotten(changed, answer)) if answer.status_code == 422 else []

    def send(self, app: Flask, changed: dict[str, list[str]]) -> TestResponse:
        """Send it with some values changed, as its finder."""
        data = {**self.values(), **changed}
        encoded = {name: [v.encode("utf-8", "surrogatepass") for v in values] for name, values in data.items()}
        return self.somebody.client(app).post(self.action, data=encoded)


def forgotten(changed: dict[str, list[str]], answer: TestResponse) -> Iterator[str]:
    """Fields whose typed value the page does not show again, where HTML can show it."""
    page = Page(answer.get_data(as_text=True))
    shown = {e.get("name"): e for e in page.all("input", "textarea")}
    for name, values in changed.items():
        element = shown.get(name)
        if element is None or len(values) != 1 or not values[0].isprintable():
            continue
        again = words(element) if element.tag == "textarea" else element.get("value", "")
        if element.get("type", "text") in SHOWN_AGAIN and again.strip() != values[0].strip():
            yield f"{name} was {values[0][:40]!r} and is shown as {again[:40]!r}"


@pytest.fixture(scope="module")
def forms(undone_place: Place) -> list[FoundForm]:
    """One form to each address that takes forms."""
    found: dict[str, FoundForm] = {}
    for somebody in undone_place.district.people:
        for path, page in walk(undone_place, somebody).items():
            for element in page.forms():
                action = urlsplit(urljoin(path, element.get("action") or path))
                endpoint = endpoint_of(action.path, "POST")
                address = action.path + (f"?{action.query}" if action.query else "")
                found.setdefault(endpoint, FoundForm(somebody, path, address, element))
    return list(found.values())


def attacks(form: FoundForm) -> Iterator[dict[str, list[str]]]:
    """One changed field at a time, every payload in some field; then fields missing, doubled or made up."""
    fields = form.fields()
    step = min(len(fields), MOST_STRIDE)
    for place, name in enumerate(fields):
        for payload in payloads.FOR_FIELDS[place % step :: step]:
            # What was tampered with in a box or a list is echoed, escaped, as it came.
            if payload.isprintable() or form.is_typed(name):
                yield {name: [payload]}
        yield {name: []}
        yield {name: ["1", "999"]}
    yield {"role": ["admin"], "firm_id": ["1"], "approved": ["1"], "version": ["999"], "_method": ["DELETE"]}


def test_no_field_of_any_form_breaks_the_server(
    forms: list[FoundForm], undone_place: Place, request: pytest.FixtureRequest
) -> None:
    place, connection = undone_place, undone_place.connection
    assert connection is not None
    tried = [(form, attack) for form in forms for attack in attacks(form)][:: EVERY[connection.dialect.name]]
    faults = []
    for form, attack in tried:
        with connection.begin_nested() as undo:
            faults += [f"{form.action} {str(attack)[:100]}: {fault}" for fault in form.faults(place.app, attack)]
            undo.rollback()
    request.node.user_properties.append(("hostile values sent", len(tried)))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("query", payloads.FOR_ADDRESSES, ids=lambda q: q[:20])
def test_no_question_after_an_address_breaks_the_server(query: str, undone_place: Place) -> None:
    people = [p for p in undone_place.district.people if p.name in ("manager of A", "coordinator", "anonymous")]
    for cell in cells([r for r in routes("GET") if not r.arguments], people, undone_place.things):
        if cell.is_refused:
            continue
        path = cell.url()
        answer = cell.somebody.client(undone_place.app).get(f"{path}{'&' if '?' in path else '?'}{query}")
        assert answer.status_code in (200, 302, 303, 400, 404, 422), f"{path}?{query}: {answer.status_code}"


@pytest.mark.parametrize("key", payloads.FOR_KEYS)
def test_an_impossible_key_is_an_unknown_one(key: str, undone_place: Place) -> None:
    for somebody in undone_place.district.people:
        if somebody.email:
            client = somebody.client(undone_place.app)
            for folder in ("listings", "proposals", "negotiations", "cases", "exchanges", "organisations", "runs"):
                assert client.get(f"/{folder}/{key}").status_code in (403, 404), (somebody, folder, key)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_not_spoken(method: str, undone_place: Place) -> None:
    client = undone_place.app.test_client()
    for path in ("/", "/sign-in", "/listings/1"):
        assert client.open(path, method=method).status_code in (400, 405)
