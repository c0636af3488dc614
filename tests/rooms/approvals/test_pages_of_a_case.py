# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk and the page of a case, as coordinators, parties and others meet them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.approvals import actions
from marketplace.db import today
from tests import world
from tests.browser import form_values, post
from tests.rooms.negotiations.deal import TAKES_WASTE, WASTE, Deal, give_permit


@pytest.fixture
def desk(deal: Deal, client: FlaskClient) -> FlaskClient:
    """A coordinator with one case waiting."""
    deal.agree(quality="Lana scelta")
    deal.session.commit()
    return world.sign_in(client, deal.coordinator)


def page(deal: Deal, act: str = "") -> str:
    return f"/cases/{deal.case.id}" + (f"/{act}" if act else "")


def test_a_coordinator_finds_reads_and_approves(deal: Deal, desk: FlaskClient) -> None:
    assert deal.giver.name in desk.get("/cases").get_data(as_text=True)
    text = desk.get(page(deal)).get_data(as_text=True)
    for words in ("Lana scelta", "400 kg", "DM 264/2016 art. 5", "Met:", "To be checked:"):
        assert words in text
    assert post(desk, page(deal, "approve"), page(deal)).status_code == 302
    deal.session.expire_all()
    assert deal.case.state == "approved"
    assert "Approved" in desk.get(page(deal)).get_data(as_text=True)
    assert deal.giver.name not in desk.get("/cases").get_data(as_text=True)
    assert deal.giver.name in desk.get("/cases?view=approved").get_data(as_text=True)


@pytest.mark.parametrize(("act", "state"), [("return", "returned"), ("refuse", "refused")])
def test_the_reason_reaches_both_firms(deal: Deal, desk: FlaskClient, app: Flask, act: str, state: str) -> None:
    assert post(desk, page(deal, act), data={"reason": " \u200b "}).status_code == 422
    assert post(desk, page(deal, act), data={"reason": "Manca la <scheda>"}).status_code == 302
    deal.session.expire_all()
    assert deal.case.state == state
    for person in (deal.giver_manager, deal.taker_manager):
        reader = world.sign_in(app.test_client(), person)
        answer = reader.get(f"/negotiations/{deal.negotiation.id}/case", follow_redirects=True)
        assert "Manca la &lt;scheda&gt;" in answer.get_data(as_text=True)
        assert "Manca la &lt;scheda&gt;" in reader.get(f"/negotiations/{deal.negotiation.id}").get_data(as_text=True)


def test_a_double_click_approves_once(deal: Deal, desk: FlaskClient) -> None:
    values = form_values(desk, page(deal, "approve"), page(deal))
    assert [desk.post(page(deal, "approve"), data=values).status_code for _ in range(2)] == [302, 302]
    assert deal.grams("committed") == (400_000, 400_000)


def test_a_decision_on_a_decided_case_is_a_conflict(deal: Deal, desk: FlaskClient) -> None:
    approval = form_values(desk, page(deal, "approve"), page(deal))
    refusal = form_values(desk, page(deal, "refuse"))
    actions.return_case(deal.session, deal.actor(deal.second), deal.case, "Prima io")
    deal.session.commit()
    assert desk.post(page(deal, "approve"), data=approval).status_code == 409
    assert desk.post(page(deal, "refuse"), data={**refusal, "reason": "Poi io"}).status_code == 409
    assert desk.get(page(deal, "refuse")).status_code == 409
    deal.session.expire_all()
    assert (deal.case.state, deal.case.reason) == ("returned", "Prima io")


def test_what_the_rules_forbid_is_named(app: Flask, session: Session, client: FlaskClient) -> None:
    with app.app_context():
        deal = Deal(session, offer=WASTE, need=TAKES_WASTE)
        permit = give_permit(session, deal.taker, "04 02 22", today(session) + timedelta(days=365))
        deal.agree()
        session.commit()
    world.sign_in(client, deal.coordinator)
    values = form_values(client, page(deal, "approve"), page(deal))
    session.delete(permit)
    session.commit()
    answer = client.post(page(deal, "approve"), data=values)
    assert answer.status_code == 409
    text = client.get(page(deal)).get_data(as_text=True)
    assert "As long as a line is red" in text
    assert page(deal, "approve") not in text
    assert "The taker has no permit for the code 04 02 22." in answer.get_data(as_text=True)


def test_an_approval_of_other_terms_is_a_conflict(deal: Deal, desk: FlaskClient) -> None:
    for forged in ("0" * 64, "x", ""):
        answer = post(desk, page(deal, "approve"), page(deal), {"seen_sha256": forged})
        assert (forged, answer.status_code) == (forged, 409)
    deal.session.expire_all()
    assert deal.case.state == "waiting"


def test_fields_that_no_form_has_change_nothing(deal: Deal, desk: FlaskClient) -> None:
    forged = {"state": "approved", "two_needed": "", "first_approver_id": "1", "version": "99", "reason": "perché"}
    assert post(desk, page(deal, "return"), data=forged).status_code == 302
    deal.session.expire_all()
    assert (deal.case.state, deal.case.first_approver_id) == ("returned", None)


@pytest.mark.parametrize("who", ["giver_manager", "taker_manager"])
def test_the_parties_read_and_do_not_decide(deal: Deal, client: FlaskClient, who: str) -> None:
    deal.agree()
    deal.session.commit()
    world.sign_in(client, getattr(deal, who))
    text = client.get(page(deal)).get_data(as_text=True)
    assert "Waiting for the coordinator" in text
    assert "Refuse" not in text
    assert client.get("/cases").status_code == 403
    assert client.get(page(deal, "refuse")).status_code == 403


@pytest.mark.parametrize("role", ["manager", "analyst", "officer", "admin"])
def test_for_others_the_case_does_not_exist(deal: Deal, client: FlaskClient, role: str) -> None:
    deal.agree()
    organisation = world.make_firm(deal.session) if role == "manager" else world.make_body(deal.session)
    person = world.make_person(deal.session, organisation, role)
    deal.session.commit()
    world.sign_in(client, person)
    assert client.get(page(deal)).status_code == 404
    assert client.get("/cases/987654321").status_code == 404


def test_a_coordinator_who_works_for_a_party_reads_and_does_not_decide(deal: Deal, client: FlaskClient) -> None:
    world.join(deal.session, deal.coordinator, deal.giver, "member")
    deal.agree()
    deal.session.commit()
    world.sign_in(client, deal.coordinator)
    assert 'action="' + page(deal, "approve") not in client.get(page(deal)).get_data(as_text=True)
    assert client.get(page(deal, "return")).status_code == 403


def test_the_desk_bears_any_filter(deal: Deal, desk: FlaskClient) -> None:
    for query in ("page=0", "page=99999999999999999999", "view=__class__", "view=void", "view=all"):
        assert desk.get(f"/cases?{query}").status_code == 200
