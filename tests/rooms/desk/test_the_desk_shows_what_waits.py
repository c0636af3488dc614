# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first page after sign-in: what waits for this person, and nothing that waits for others."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.db import now
from marketplace.exchanges import actions as exchanges
from marketplace.jobs.upkeep import beat
from marketplace.matches.models import LeftOut, Run
from marketplace.outbox.models import Mail
from tests.browser import Page, words
from tests.deals import Deal, acting, make_deal
from tests.world import make_body, make_firm, make_need, make_offer, make_person, make_proposal, sign_in


def desk(client: FlaskClient) -> dict[str, str]:
    """Heading of each section that has something → its text."""
    answer = client.get("/desk")
    assert answer.status_code == 200
    sections = [e for e in Page(answer.get_data(as_text=True)).all("section") if e.get("class") == "desk-section"]
    return {words(next(section.iter("h2"))): " ".join(" ".join(section.itertext()).split()) for section in sections}


def test_a_visitor_is_sent_to_sign_in(client: FlaskClient) -> None:
    assert "/sign-in" in client.get("/desk").headers["Location"]


def test_a_negotiation_waits_for_the_side_whose_turn_it_is_and_not_for_the_other(
    session: Session, client: FlaskClient
) -> None:
    deal = make_deal(session, upto="terms")
    session.commit()
    assert "Your turn (1)" in desk(sign_in(client, deal.taker))
    client.delete_cookie("session")
    assert not [heading for heading in desk(sign_in(client, deal.giver)) if heading.startswith("Your turn")]


def test_a_proposal_waits_for_the_firm_that_has_not_answered(session: Session, client: FlaskClient) -> None:
    offer, need = make_offer(session, make_firm(session)), make_need(session, make_firm(session))
    manager, stranger = make_person(session, need.firm), make_person(session, make_firm(session))
    make_proposal(session, offer, need)
    session.commit()
    found = desk(sign_in(client, manager))
    assert "1,000 kg" in found["Proposals to answer (1)"]
    client.delete_cookie("session")
    assert "Proposals to answer (1)" not in desk(sign_in(client, stranger))


@pytest.mark.parametrize(
    ("upto", "side", "to_do"),
    [
        ("exchange", "giver", "to be sent"),
        ("sent", "taker", "to be weighed in"),
        ("weighed", "taker", "to be confirmed"),
    ],
)
def test_goods_wait_for_whoever_has_to_act_and_say_how(
    upto: str, side: str, to_do: str, session: Session, client: FlaskClient
) -> None:
    deal = make_deal(session, upto=upto)
    session.commit()
    found = desk(sign_in(client, deal.giver if side == "giver" else deal.taker))
    assert f"{to_do}: 400 kg" in found["Goods to send, weigh or settle (1)"]


def test_a_case_waits_for_a_coordinator_with_the_oldest_first(session: Session, client: FlaskClient) -> None:
    deals = [make_deal(session, upto="case") for _ in range(2)]
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    text = desk(sign_in(client, coordinator))["Cases to decide (2)"]
    assert text.index(_giver(deals[0])) < text.index(_giver(deals[1]))


def test_a_contested_load_and_a_correction_wait_for_a_coordinator(session: Session, client: FlaskClient) -> None:
    deal = make_deal(session, upto="weighed")
    make_deal(session, upto="corrected")
    assert deal.load is not None
    exchanges.contest(session, acting(session, deal.giver), deal.load, "Al nostro peso erano di più")
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    text = desk(sign_in(client, coordinator))["Goods to send, weigh or settle (2)"]
    assert "contested, to be settled" in text
    assert "correction to be settled" in text


def test_a_firm_to_verify_and_a_run_to_publish_wait_for_a_coordinator(session: Session, client: FlaskClient) -> None:
    make_firm(session, "Lanificio Nuovo", state="pending", verified_at=None)
    run = Run(state="done", policy="", queued_at=now(session), summary={})
    session.add(run)
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    found = desk(sign_in(client, coordinator))
    assert "Lanificio Nuovo" in found["Firms to verify (1)"]
    assert f"Run {run.id}" in found["Matching runs (1)"]


def test_drafts_and_listings_that_a_run_left_out_wait_for_their_firm(session: Session, client: FlaskClient) -> None:
    firm = make_firm(session)
    make_offer(session, firm, state="draft", description="Da completare")
    left = make_offer(session, firm, lot_g=50_000)
    run = Run(state="published", policy="", queued_at=now(session), summary={})
    session.add(run)
    session.flush()
    session.add(LeftOut(run_id=run.id, listing_id=left.id, reason="lots"))
    member = make_person(session, firm, "member")
    session.commit()
    found = desk(sign_in(client, member))
    assert "Drafts to complete (1)" in found
    assert "Waiting for a later matching (1)" in found


def test_an_analyst_reads_the_totals_of_the_volumes(session: Session, client: FlaskClient) -> None:
    make_deal(session, upto="delivered")
    analyst = make_person(session, make_body(session, "university"), "analyst")
    session.commit()
    text = desk(sign_in(client, analyst))["Volumes of the district"]
    assert "Delivered withheld" in text, "one deal alone is nobody's business"


def test_an_administrator_sees_mail_that_failed_and_when_the_worker_was_last_seen(
    session: Session, client: FlaskClient
) -> None:
    admin = make_person(session, make_body(session), "admin")
    at = now(session)
    mail = {"to_address": "a@b.example", "language": "it", "template": "x/y", "subject": "s", "body": "b"}
    session.add(Mail(**mail, state="failed", queued_at=at, next_try_at=at))
    session.commit()
    found = desk(sign_in(client, admin))
    assert "Mail that could not be sent: 1" in found["Operation (2)"]
    assert "Worker last seen never" in found["Operation (2)"]
    beat(session, "here:1")
    session.commit()
    assert "Worker last seen never" not in desk(client)["Operation (1)"]


def test_a_list_longer_than_a_section_says_how_many_there_are(session: Session, client: FlaskClient) -> None:
    need = make_need(session, make_firm(session), mass_g=50_000_000)
    manager = make_person(session, need.firm)
    for _ in range(12):
        make_proposal(session, make_offer(session, make_firm(session)), need)
    session.commit()
    text = desk(sign_in(client, manager))["Proposals to answer (12)"]
    assert "Show all 12" in text


def _giver(deal: Deal) -> str:
    return deal.proposal.offer.firm.name
