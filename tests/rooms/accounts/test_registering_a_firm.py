# SPDX-License-Identifier: AGPL-3.0-or-later
"""A firm is registered by whoever reads the mail at the address; nobody learns from it who is known."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.accounts.models import MembershipRow, Organisation, Person, Registration, SignInAttempt
from marketplace.accounts.rules import TRIES_PER_EMAIL, VatNumberTaken
from marketplace.db import now
from marketplace.outbox.models import Mail
from marketplace.web.constraints import explain_violation
from tests.browser import post
from tests.rooms.accounts.conftest import Mailbox, link_in
from tests.world import make_body, make_firm, make_person, sign_in, vat_number

SECRETS = re.compile(r'(name="(?:csrf_token|idempotency_key)" value=")[^"]*')
ANNA = "anna@filatura.example"
PASSWORD = "rocche e spole vuote"


def register(client: FlaskClient, **more: Any) -> TestResponse:
    """Fill in the form at /sign-up."""
    typed = {
        "name": "Filatura Nuova",
        "vat_number": f"IT {vat_number(55_001)}",
        "trade": "spinner",
        "place_code": "VAIANO",
        "theme_code": "TEX",
        "size_class": "micro",
        "ateco": "13.10.00",
        "person_name": "Anna Nuti",
        "email": "Anna@Filatura.example",
        "language": "it",
    }
    return post(client, "/sign-up", data={**typed, **more})


def confirm(client: FlaskClient, mailbox: Mailbox, email: str = ANNA, password: str = PASSWORD) -> TestResponse:
    """Follow the newest link in the mail and choose a password."""
    return post(client, link_in(mailbox(email, "welcome")[-1]), data={"password": password})


def firms_numbered(session: Session, number: int) -> list[Organisation]:
    """The firms that claim a VAT number, in the order they registered."""
    session.expire_all()
    same = select(Organisation).where(Organisation.vat_number == vat_number(number))
    return list(session.scalars(same.order_by(Organisation.id)))


def count(session: Session, model: Any) -> int:
    """Rows of a table."""
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_nothing_is_registered_before_the_link_is_followed(
    client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    before = count(session, Organisation), count(session, Person)
    response = register(client)
    assert response.location == "/sign-up/sent"
    assert client.get(response.location).status_code == 200
    assert (count(session, Organisation), count(session, Person)) == before
    (mail,) = mailbox(ANNA, "welcome")
    assert "Filatura Nuova" in mail.subject
    assert "Filatura Nuova" in client.get(link_in(mail)).get_data(as_text=True)


def test_a_new_firm_waits_to_be_verified(client: FlaskClient, session: Session, mailbox: Mailbox) -> None:
    register(client)
    assert confirm(client, mailbox).location == "/sign-in"
    (firm,) = firms_numbered(session, 55_001)
    assert (firm.state, firm.kind, firm.trade, firm.place_code) == ("pending", "firm", "spinner", "VAIANO")
    assert (firm.verified_at, firm.albo) == (None, [])
    assert firm.lat == pytest.approx(43.96865)
    (manager,) = session.scalars(select(Person).where(Person.email == ANNA))
    assert [(m.organisation_id, m.role) for m in manager.memberships] == [(firm.id, "manager")]


def test_following_the_link_confirms_the_address_once(client: FlaskClient, mailbox: Mailbox) -> None:
    register(client)
    link = link_in(mailbox(ANNA, "welcome")[0])
    assert confirm(client, mailbox).status_code == 302
    assert client.get(link).status_code == 404
    assert post(client, "/sign-in", data={"email": ANNA, "password": PASSWORD}).location == "/desk"


def test_a_link_ends_after_two_weeks(client: FlaskClient, session: Session, mailbox: Mailbox) -> None:
    register(client)
    row = session.scalars(select(Registration)).one()
    assert timedelta(days=13, hours=23) < row.expires_at - now(session) <= timedelta(days=14)
    session.execute(update(Registration).values(expires_at=now(session)))
    session.commit()
    assert client.get(link_in(mailbox(ANNA, "welcome")[0])).status_code == 404


@pytest.mark.parametrize("weak", ["short", "x" * 4097, ANNA, "Filatura Nuova", "anna NUTI"])
def test_a_weak_password_keeps_the_link_alive(client: FlaskClient, mailbox: Mailbox, weak: str) -> None:
    register(client)
    assert confirm(client, mailbox, password=weak).status_code == 422
    assert confirm(client, mailbox).status_code == 302


def test_of_two_registrations_with_one_address_the_one_that_is_followed_counts(
    app: Flask, client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    register(client, name="What a stranger wrote")
    register(app.test_client())
    late = link_in(mailbox(ANNA, "welcome")[0])
    assert confirm(client, mailbox).status_code == 302
    assert client.get(late).status_code == 404
    assert [firm.name for firm in firms_numbered(session, 55_001)] == ["Filatura Nuova"]


def test_whoever_came_in_by_an_invitation_meanwhile_registers_nothing(
    client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    register(client)
    make_person(session, make_firm(session), email=ANNA)
    session.commit()
    assert confirm(client, mailbox).status_code == 404
    assert firms_numbered(session, 55_001) == []


def test_people_of_a_firm_that_waits_see_their_own_firm_and_nothing_of_others(
    client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    other = make_firm(session)
    session.commit()
    register(client)
    confirm(client, mailbox)
    post(client, "/sign-in", data={"email": ANNA, "password": PASSWORD})
    own = client.get("/firm").location
    page = client.get(own)
    assert page.status_code == 200
    assert "in attesa di verifica" in page.get_data(as_text=True)
    assert client.get(f"/organisations/{other.id}").status_code == 404
    assert client.get("/volumes").status_code == 403


def test_the_answer_is_the_same_when_the_address_is_known_already(
    app: Flask, client: FlaskClient, session: Session, manager: Person, mailbox: Mailbox
) -> None:
    new = register(client)
    firms, people = count(session, Organisation), count(session, Person)
    known = register(app.test_client(), email=manager.email, vat_number=vat_number(55_002))
    assert (known.status_code, known.location, known.get_data()) == (new.status_code, new.location, new.get_data())
    assert (count(session, Organisation), count(session, Person)) == (firms, people)
    assert not mailbox(manager.email, "welcome")
    (mail,) = mailbox(manager.email, "already_registered")
    assert "/invitations/" not in mail.body


@pytest.mark.parametrize("known", [True, False])
def test_a_form_with_a_fault_says_the_same_for_a_known_address(
    client: FlaskClient, manager: Person, known: bool
) -> None:
    email = manager.email if known else "nobody@example.com"
    response = register(client, email=email, vat_number="00307120973")
    assert response.status_code == 422
    page = SECRETS.sub(r"\1", response.get_data(as_text=True)).replace(email, "EMAIL")
    assert page.count("partita IVA italiana") == 2
    assert "Filatura Nuova" in page


def test_the_answer_is_the_same_when_the_vat_number_is_known_already(
    app: Flask, client: FlaskClient, session: Session, firm: Organisation, mailbox: Mailbox
) -> None:
    session.commit()
    new = register(client)
    known = register(app.test_client(), email="b@example.com", vat_number=firm.vat_number)
    assert (known.status_code, known.location, known.get_data()) == (new.status_code, new.location, new.get_data())
    assert confirm(client, mailbox, "b@example.com").location == "/sign-in"


def test_a_stranger_who_claims_a_firm_s_vat_number_first_does_not_keep_it_out(
    app: Flask, client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    register(client, name="A stranger", email="stranger@example.com")
    confirm(client, mailbox, "stranger@example.com")
    register(app.test_client())
    confirm(app.test_client(), mailbox)
    stranger, firm = firms_numbered(session, 55_001)
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    desk = sign_in(app.test_client(), coordinator)
    page = f"/organisations/{firm.id}"
    assert "A stranger" in desk.get(page).get_data(as_text=True)
    assert post(desk, f"{page}/verify", page).location == page
    refused = post(desk, f"/organisations/{stranger.id}/verify", f"/organisations/{stranger.id}")
    assert refused.status_code == 409
    assert "Another firm with this VAT number has been verified." in refused.get_data(as_text=True)
    assert post(desk, f"{page}/suspend", page, {"reason": "x"}).status_code == 302
    assert post(desk, f"{page}/verify", page).status_code == 302, "its own number does not stand in its way"


def test_a_firm_that_was_verified_by_mistake_gives_its_number_back_when_it_is_suspended(
    client: FlaskClient, session: Session
) -> None:
    mistaken = make_firm(session, vat_number="01234567897")
    owner = make_firm(session, vat_number="01234567897", state="pending", verified_at=None)
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    desk = sign_in(client, coordinator)
    page, own = f"/organisations/{mistaken.id}", f"/organisations/{owner.id}"
    assert post(desk, f"{own}/verify", own).status_code == 409
    assert post(desk, f"{page}/suspend", page, {"reason": "x"}).status_code == 302
    assert post(desk, f"{own}/verify", own).status_code == 302
    assert post(desk, f"{page}/verify", page).status_code == 409


def test_the_database_too_keeps_a_vat_number_to_one_verified_firm(session: Session, firm: Organisation) -> None:
    make_firm(session, vat_number=firm.vat_number, state="suspended", verified_at=None)
    with pytest.raises(IntegrityError) as violation:
        make_firm(session, vat_number=firm.vat_number)
    assert isinstance(explain_violation(violation.value), VatNumberTaken)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200b"),
        ("name", "a\x00b"),
        ("name", "\u202egpj.exe"),
        ("name", "x" * 201),
        ("vat_number", ""),
        ("vat_number", "９" * 11),
        ("trade", "ministry"),
        ("place_code", ""),
        ("place_code", "ATLANTIS"),
        ("theme_code", "GOV"),
        ("size_class", "huge"),
        ("ateco", "13.20.00.1"),
        ("ateco", "١٣"),
        ("association", "999999999999999999999"),
        ("association", "1 OR 1=1"),
        ("person_name", "\r\nBcc: x@y"),
        ("email", "a@b.it\nBcc:x@y.z"),
        ("email", "аdmin@example.com"),
        ("email", "no at sign"),
        ("email", f"{'x' * 250}@example.com"),
        ("language", "tlh"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence_and_stays_typed(
    client: FlaskClient, session: Session, field: str, value: str
) -> None:
    response = register(client, **{field: value})
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert "error-summary" in page
    assert field == "vat_number" or vat_number(55_001) in page
    assert count(session, Registration) == 0


def test_a_foreign_domain_is_kept_as_it_travels(client: FlaskClient, mailbox: Mailbox) -> None:
    assert register(client, email="anna@аррӏе.com").status_code == 302
    assert len(mailbox("anna@xn--80ak6aa92e.com", "welcome")) == 1


def test_nobody_gives_themselves_a_role_or_a_standing(client: FlaskClient, session: Session, mailbox: Mailbox) -> None:
    register(client, role="admin", state="verified", kind="municipality", organisation_id="1", id="1", version="999")
    confirm(client, mailbox)
    (firm,) = firms_numbered(session, 55_001)
    assert (firm.state, firm.kind) == ("pending", "firm")
    assert session.scalars(select(MembershipRow.role).where(MembershipRow.organisation_id == firm.id)).all() == [
        "manager"
    ]


def test_a_mandate_needs_an_association(client: FlaskClient, session: Session, mailbox: Mailbox) -> None:
    union = make_body(session, "association")
    session.commit()
    register(client, association=str(union.id), mandate="y")
    register(client, email="b@example.com", vat_number=vat_number(55_003), mandate="y")
    for email in (ANNA, "b@example.com"):
        confirm(client, mailbox, email)
    given = {
        f.vat_number: f.mandate_given for f in session.scalars(select(Organisation).where(Organisation.kind == "firm"))
    }
    assert given == {vat_number(55_001): True, vat_number(55_003): False}


def test_words_in_braces_stay_words(client: FlaskClient, session: Session, mailbox: Mailbox) -> None:
    register(client, name="{{ 7*7 }} <script>alert(1)</script> ${7*7}", person_name="%(token)s {{ config }}")
    (mail,) = mailbox(ANNA, "welcome")
    assert "{{ 7*7 }} <script>" in mail.body
    assert "%(token)s {{ config }}" in mail.body


@pytest.mark.usefixtures("still_throttle")
def test_registering_too_often_waits_and_nobody_learns_who_is_known(
    client: FlaskClient, session: Session, manager: Person, mailbox: Mailbox
) -> None:
    for number in range(TRIES_PER_EMAIL):
        assert register(client, email=manager.email, vat_number=vat_number(56_000 + number)).status_code == 302
    response = register(client, email=manager.email, vat_number=vat_number(57_000))
    assert response.status_code == 429
    assert len(mailbox(manager.email, "already_registered")) == TRIES_PER_EMAIL
    assert count(session, SignInAttempt) == 2


def test_the_coordinator_verifies_and_the_managers_are_told(
    app: Flask, client: FlaskClient, session: Session, mailbox: Mailbox
) -> None:
    register(client)
    confirm(client, mailbox)
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    desk = sign_in(app.test_client(), coordinator)
    (firm,) = firms_numbered(session, 55_001)
    assert "Filatura Nuova" in desk.get("/firms?state=pending").get_data(as_text=True)
    page = f"/organisations/{firm.id}"
    assert post(desk, f"{page}/verify", page).location == page
    session.expire_all()
    assert firm.state == "verified"
    assert firm.verified_at is not None
    assert len(mailbox(ANNA, "firm_verified")) == 1
    assert session.scalars(select(Mail).where(Mail.template == "accounts/firm_verified")).one().language == "it"
