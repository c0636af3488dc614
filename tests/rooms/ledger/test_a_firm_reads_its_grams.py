# SPDX-License-Identifier: AGPL-3.0-or-later
"""A firm sees its own accounts and movements, on the page and as CSV, and nobody else's."""

from __future__ import annotations

import csv
import io

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.ledger import actions
from tests.world import make_body, make_firm, make_offer, make_person, sign_in


def rows_of(client: FlaskClient, path: str) -> list[dict[str, str]]:
    text = client.get(path).get_data(as_text=True).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_page_and_the_files_tell_the_same(session: Session, app: Flask) -> None:
    firm, other = make_firm(session), make_firm(session)
    offer, foreign = make_offer(session, firm, mass_g=1_250_500), make_offer(session, other, mass_g=777_000)
    assert offer.account is not None
    assert foreign.account is not None
    actions.reserve(session, [offer.account.id], 250_000, offer)
    manager = make_person(session, firm)
    session.commit()
    client = sign_in(app.test_client(), manager)
    page = client.get("/grams").get_data(as_text=True)
    assert "1,000.5 kg" in page
    assert "250 kg" in page
    assert "777 kg" not in page
    assert page.count(f'href="/listings/{offer.id}"') == 3  # the account and its two movements
    (account,) = rows_of(client, "/grams/accounts.csv")
    assert (account["mass_kg"], account["free_kg"], account["reserved_kg"]) == ("1250.5", "1000.5", "250")
    moved = rows_of(client, "/grams/movements.csv")
    assert [(row["kind"], row["from"], row["to"], row["mass_kg"]) for row in moved] == [
        ("reserve", "free", "reserved", "250"),
        ("open", "outside", "free", "1250.5"),
    ]


def test_pages_beyond_the_last_are_the_last(session: Session, app: Flask) -> None:
    manager = make_person(session, make_firm(session))
    session.commit()
    client = sign_in(app.test_client(), manager)
    for page in ("0", "-1", "99999999999999999999", "x", "²"):
        assert client.get(f"/grams?page={page}").status_code == 200


def test_people_without_a_firm_have_no_ledger(session: Session, app: Flask) -> None:
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    assert sign_in(app.test_client(), coordinator).get("/grams").status_code == 403
