# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bodies that no form of ours sends: too large, of too many parts, or not a form at all."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.browser import form_values, post
from tests.world import PASSWORD, make_firm, make_person, sign_in

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
FILE = b'--b\r\nContent-Disposition: form-data; name="sheet"; filename="a.csv"\r\n\r\n%s\r\n--b--\r\n'
PARTS = b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n' * 1001 + b"--b--\r\n"
ADDRESSES = ("/sign-in", "/me", "/listings/import", "/listings/new?side=offer")
NO_FORMS = ("[]", '{"name": NaN}', '{"email": {"a": 1}, "password": []}', "[" * 100_000, "\\ud800")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"name=" + b"x" * 10_000_000, URLENCODED), (FILE % (b"x" * 10_000_000), MULTIPART), (PARTS, MULTIPART)],
    ids=["10 MB of text", "a file of 10 MB", "1,001 parts"],
)
def test_what_is_too_large_is_told_so_on_a_page(body: bytes, kind: str, client: FlaskClient, session: Session) -> None:
    for person in (None, make_person(session, make_firm(session), language="it")):
        if person is not None:
            sign_in(client, person)
        for address in ADDRESSES:
            answer = client.post(address, data=body, content_type=kind)
            assert answer.status_code == 413, address
            assert "Nulla è stato conservato" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "body", ["[]", '{"name": NaN}', '{"email": {"a": 1}, "password": []}', "[" * 100_000, "\\ud800"]
)
def test_json_is_no_form(body: str, client: FlaskClient, session: Session) -> None:
    for person in (None, make_person(session, make_firm(session), language="it")):
        if person is not None:
            sign_in(client, person)
        for address in ADDRESSES:
            assert client.post(address, data=body, content_type="application/json").status_code == 400, address


@pytest.mark.parametrize("kind", ["multipart/form-data", "text/plain", ""])
def test_a_body_of_no_known_kind_is_no_form(kind: str, client: FlaskClient) -> None:
    assert client.post("/sign-in", data=b"email=a&password=b", content_type=kind).status_code == 400


def test_json_with_a_good_token_in_its_header_signs_nobody_in(client: FlaskClient) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/sign-in", json=[{"email": 1}], headers={"X-CSRFToken": token})
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/é" * 900, "/%20" * 600, "/" + "字" * 1999])
def test_a_long_way_back_is_left_out(path: str, client: FlaskClient, session: Session) -> None:
    person = make_person(session, make_firm(session))
    answer = post(client, "/sign-in", data={"email": person.email, "password": PASSWORD, "next": path})
    assert (answer.status_code, answer.location) == (302, "/desk")


@pytest.mark.parametrize("link", ["/password/reset/a%00b", "/invitations/%00", "/invitations/%ED%A0%80"])
def test_a_link_that_no_mail_contains_is_dead(link: str, client: FlaskClient) -> None:
    assert client.get(link).status_code == 404
    tokens = form_values(client, "/password/forgot")
    assert client.post(link, data={**tokens, "password": "a new long password"}).status_code == 404
