# SPDX-License-Identifier: AGPL-3.0-or-later
"""Firms that may have what is missing are asked once, and never learn who needs it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.accounts.queries import list_readers
from marketplace.audit.queries import list_events_of
from marketplace.matches.calls import call_for_offers
from marketplace.matches.models import Run
from marketplace.matches.rules import AlreadyCalled, NobodyToCall, NotNow
from marketplace.outbox.models import Mail
from tests.browser import form_values
from tests.rooms.matches.conftest import Market
from tests.world import make_body, make_firm, make_need, make_offer, make_person, sign_in

Solved = Callable[[], Run]
NOILS = {"forms": "NOIL", "composition": "PA:10;WO:90", "category_code": "TEX-SCR", "waste_codes": ""}


@pytest.fixture
def lacking(session: Session, market: Market, solved: Solved) -> Run:
    """A published run after which 120 kg of navy wool noils are lacking."""
    wanted = {"forms": "NOIL", "composition": "WO:80-100", "colour": "#222c41", "delta_e_milli": 2_000}
    make_need(session, make_firm(session, "Maglificio Blu"), mass_g=120_000, **wanted)
    session.flush()
    run = solved()
    run.state = "published"
    session.commit()
    return run


def once_offered(session: Session, language: str = "en", **more: str) -> Organisation:
    """A firm that has withdrawn an offer of wool noils, and its manager."""
    firm = make_firm(session)
    make_person(session, firm, language=language)
    make_offer(session, firm, **{**NOILS, "state": "withdrawn", **more})
    return firm


@pytest.fixture
def desk(session: Session, app: Flask, market: Market) -> FlaskClient:
    """The coordinator's browser."""
    session.commit()
    return sign_in(app.test_client(), market.coordinator)


def asked(session: Session) -> list[str]:
    mails = session.scalars(select(Mail).where(Mail.template == "matches/call_for_offers"))
    return sorted(mail.to_address for mail in mails)


def managers(session: Session, *firms: Organisation) -> list[str]:
    return sorted(reader.address for firm in firms for reader in list_readers(session, firm.id))


def test_firms_that_listed_such_goods_are_asked_once(session: Session, lacking: Run, desk: FlaskClient) -> None:
    likely = [once_offered(session) for _ in range(2)]
    once_offered(session, composition="CO:100")
    once_offered(session, forms="CUT_KNIT")
    suspended = once_offered(session)
    suspended.state = "suspended"
    session.commit()
    page = f"/runs/{lacking.id}/shortages"
    assert "Ask firms for offers" in desk.get(page).get_data(as_text=True)
    pressed = form_values(desk, f"/runs/{lacking.id}/calls/1", page)
    assert desk.post(f"/runs/{lacking.id}/calls/1", data=pressed).status_code == 302
    assert asked(session) == managers(session, *likely)
    text = desk.get(page).get_data(as_text=True)
    assert "2 firms were asked by mail." in text
    assert "2 firms, on " in text
    assert "Ask firms for offers" not in text
    session.expire_all()
    happened = list_events_of(session, lacking)[-1].event
    assert (happened.kind, happened.facts) == ("matches:call", {"mass_g": 120_000, "asked": 2})
    assert desk.post(f"/runs/{lacking.id}/calls/1", data=pressed).status_code == 302, "pressed twice"
    anew = {**pressed, "idempotency_key": str(uuid.uuid4())}
    assert desk.post(f"/runs/{lacking.id}/calls/1", data=anew).status_code == 409
    assert len(asked(session)) == 2


@pytest.mark.parametrize(
    ("language", "subject", "sentence"),
    [
        ("en", "Wanted: 120 kg of ", "publish an offer"),
        ("it", "Cercasi: 120 kg di ", "pubblica un’offerta"),
        ("zh-Hans", "征集：120 公斤藏青羊毛", "请发布供应"),
    ],
)
def test_the_mail_says_what_and_how_much_and_not_for_whom(
    session: Session, market: Market, lacking: Run, language: str, subject: str, sentence: str
) -> None:
    once_offered(session, language)
    call_for_offers(session, market.acting(session, market.coordinator), lacking, 1)
    mail = session.scalars(select(Mail).where(Mail.template == "matches/call_for_offers")).one()
    assert mail.subject.startswith(subject)
    assert sentence in mail.body
    assert "#" in mail.body
    assert "/listings/new?side=offer" in mail.body
    for secret in ("Maglificio Blu", market.coordinator.name, "€"):
        assert secret not in mail.subject + mail.body


def test_who_needs_it_is_not_asked_for_it(session: Session, market: Market, lacking: Run) -> None:
    needy = session.scalars(select(Organisation).where(Organisation.name == "Maglificio Blu")).one()
    make_person(session, needy)
    make_offer(session, needy, **NOILS, state="withdrawn")
    with pytest.raises(NobodyToCall):
        call_for_offers(session, market.acting(session, market.coordinator), lacking, 1)
    assert asked(session) == []


def test_only_the_newest_published_run_calls(
    session: Session, market: Market, lacking: Run, solved: Solved, desk: FlaskClient
) -> None:
    once_offered(session)
    coordinator = market.acting(session, market.coordinator)
    newer = solved()
    with pytest.raises(NotNow):
        call_for_offers(session, coordinator, newer, 1)
    newer.state = "published"
    session.commit()
    with pytest.raises(NotNow):
        call_for_offers(session, coordinator, lacking, 1)
    assert "Ask firms for offers" not in desk.get(f"/runs/{lacking.id}/shortages").get_data(as_text=True)
    call_for_offers(session, coordinator, newer, 1)
    with pytest.raises(AlreadyCalled):
        call_for_offers(session, coordinator, newer, 1)


@pytest.mark.parametrize(("number", "status"), [("2", 409), ("0", 404), ("9" * 21, 404), ("x", 404)])
def test_a_call_that_is_not_there_is_refused(lacking: Run, desk: FlaskClient, number: str, status: int) -> None:
    pressed = form_values(desk, f"/runs/{lacking.id}/calls/1", f"/runs/{lacking.id}/shortages")
    assert desk.post(f"/runs/{lacking.id}/calls/{number}", data=pressed).status_code == status


@pytest.mark.parametrize("role", ["manager", "analyst", "admin", "officer"])
def test_nobody_else_calls(session: Session, app: Flask, market: Market, lacking: Run, role: str) -> None:
    person = market.giver if role == "manager" else make_person(session, make_body(session), role)
    once_offered(session)
    session.commit()
    client = sign_in(app.test_client(), person)
    pressed = form_values(client, "/sign-out", "/desk")
    assert client.post(f"/runs/{lacking.id}/calls/1", data=pressed).status_code in (403, 404)
    assert asked(session) == []
