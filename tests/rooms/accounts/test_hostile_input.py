# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every form of this room, every field, every hostile text: an answer below 500 that a person can read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Person
from tests.browser import Page, controls, form_values
from tests.rooms.accounts.conftest import Mailbox, link_in
from tests.world import make_body, make_person, sign_in, vat_number

REFUSED = (
    "sNaN",
    "Infinity",
    "1e400",
    "9" * 200,
    "1_000",
    "١٢",
    "-0",
    "9223372036854775808",
    "9999-12-31",
    "a\x00b",
    "\u202egpj.exe",
    "\u200b",
    "\r\nBcc: x@y",
    "a@b.it\nBcc:x@y.z",
    "x" * 100_000,
    "",
    "\ufeff",
)
"""What hardly a field can keep: all fields at once, each with another of these, until each has had them all."""
KEPT = (
    "😀" * 20,
    "%%%_\\",
    "İßﬁ",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}}${7*7}%(x)s %s",
    "'; DROP TABLE person;--",
)
"""What may be kept and then stands in pages and mail: one field at a time."""
PUBLIC = ("/sign-in", "/sign-up", "/password/forgot")
SECRETS = ("csrf_token", "idempotency_key")


def forms_on(client: FlaskClient, url: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Address and ready values of each form of this room on a page."""
    page = Page(client.get(url).get_data(as_text=True))
    for form in page.forms():
        action = form.get("action") or url
        if not action.startswith(("/language", "/sign-out")):
            values: dict[str, list[str]] = {}
            for name, value in controls(form):
                values.setdefault(name, []).append(value)
            yield action, values


def variants(values: dict[str, list[str]]) -> Iterator[dict[str, str | list[str]]]:
    """The form filled in with hostile texts."""
    names = sorted(set(values) - set(SECRETS))
    for shift in range(len(REFUSED)):
        yield {**values, **{name: REFUSED[(i + shift) % len(REFUSED)] for i, name in enumerate(names)}}
    yield from ({**values, name: text} for name in names for text in KEPT)


def attack(client: FlaskClient, url: str) -> int:
    """Post every hostile text in every field of every form of the page; how many forms were posted."""
    posted = 0
    for action, values in forms_on(client, url):
        for typed in variants(values):
            response = client.post(action, data=typed)
            assert response.status_code in (302, 403, 404, 409, 413, 422, 429), (action, typed)
            posted += 1
    return posted


@pytest.mark.parametrize("url", PUBLIC)
def test_forms_for_visitors(client: FlaskClient, manager: Person, url: str, request: pytest.FixtureRequest) -> None:
    request.node.user_properties.append(("hostile posts", attack(client, url)))


def test_forms_of_links(
    client: FlaskClient,
    managers_browser: FlaskClient,
    app_client: FlaskClient,
    firm: Organisation,
    mailbox: Mailbox,
    manager: Person,
) -> None:
    typed = form_values(managers_browser, f"/organisations/{firm.id}/people")
    managers_browser.post(
        f"/organisations/{firm.id}/people", data={**typed, "email": "b@example.com", "role": "member", "language": "it"}
    )
    described = {"trade": "mill", "place_code": "PRATO", "theme_code": "TEX", "person_name": "Anna", "language": "it"}
    typed = {**form_values(app_client, "/sign-up"), **described, "name": "New", "email": "c@example.com"}
    assert app_client.post("/sign-up", data={**typed, "vat_number": vat_number(55_001)}).status_code == 302
    typed = form_values(app_client, "/password/forgot")
    app_client.post("/password/forgot", data={**typed, "email": manager.email})
    links = (("b@example.com", "invitation"), ("c@example.com", "welcome"), (manager.email, "password_reset"))
    for address, template in links:
        assert attack(app_client, link_in(mailbox(address, template)[0]))


@pytest.fixture
def app_client(managers_browser: FlaskClient) -> FlaskClient:
    """A visitor beside the manager."""
    return managers_browser.application.test_client()


def test_forms_of_managers(managers_browser: FlaskClient, firm: Organisation, session: Session) -> None:
    make_person(session, firm, "member")
    session.commit()
    for url in ("/me", f"/organisations/{firm.id}/edit", f"/organisations/{firm.id}/people"):
        assert attack(managers_browser, url)


def test_forms_of_coordinators(client: FlaskClient, session: Session, firm: Organisation) -> None:
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    assert attack(sign_in(client, coordinator), f"/organisations/{firm.id}")


@pytest.mark.parametrize("url", [*PUBLIC, "/password/reset/x", "/invitations/x", "/sign-up/x"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("[]", "application/json"),
        ('{"email":{"a":1},"password":NaN}', "application/json"),
        ("[" * 100_000, "application/json"),
        ("email=a&email=b", "text/plain"),
        ("x", "multipart/form-data"),
        ("--b\r\n", "multipart/form-data; boundary=b"),
        ("%ff%fe=%00&email=%ed%a0%80", "application/x-www-form-urlencoded"),
        ("&".join(f"f{n}=1" for n in range(1001)), "application/x-www-form-urlencoded"),
        ("", "application/x-www-form-urlencoded"),
    ],
)
def test_bodies_of_other_shapes(client: FlaskClient, url: str, body: str, kind: str) -> None:
    assert client.post(url, data=body, content_type=kind).status_code in (400, 404, 413, 415, 422)


def test_a_body_beyond_the_limit_is_refused_early(client: FlaskClient) -> None:
    assert client.post("/sign-in", data={"email": "x" * 9_000_000}).status_code == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("url", ["/sign-in", "/me", "/firms", "/organisations/1"])
def test_other_methods_are_not_answered(client: FlaskClient, method: str, url: str) -> None:
    assert client.open(url, method=method).status_code == 405


@pytest.mark.parametrize("key", ["0", "-1", "2147483648", "9223372036854775808", "9" * 30, "1.0", "x", "%00", "１"])
def test_impossible_keys_are_unknown_keys(managers_browser: FlaskClient, key: str) -> None:
    for url in ("/organisations/{}", "/organisations/{}/edit", "/organisations/{}/people"):
        assert managers_browser.get(url.format(key)).status_code == 404


def test_fields_given_twice_and_fields_unasked_for_change_nothing(client: FlaskClient, manager: Person) -> None:
    ready = form_values(client, "/sign-in")
    typed = {
        **ready,
        "email": [manager.email, "admin@example.com"],
        "password": ["wrong one here", "x"],
        "role": "admin",
    }
    assert client.post("/sign-in", data=typed).status_code == 422


def test_a_form_without_its_token_or_with_another_s_is_refused(
    client: FlaskClient, app_client: FlaskClient, manager: Person
) -> None:
    ready = form_values(app_client, "/sign-in")
    for token in ("", "x", form_values(managers := client.application.test_client(), "/sign-in")["csrf_token"][0]):
        assert app_client.post("/sign-in", data={**ready, "csrf_token": token}).status_code == 400
    assert managers.get("/sign-out").status_code == 405
