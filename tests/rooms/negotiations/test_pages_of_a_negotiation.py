# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people of the two firms, and others, see and can send."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from marketplace.db import today
from marketplace.negotiations import actions
from tests import world
from tests.browser import form_values, post
from tests.rooms.negotiations.deal import Deal

HOSTILE_NUMBERS = [
    *("sNaN", "NaN", "Infinity", "1e400", "9" * 200, "0.0004", "1_000", "١٢", "１２", "-0", "0", "-1", "0x10", "1e3"),
    *("2147483648000", "9223372036854775808", "", "   ", "a\0b", "1.250", "'; DROP TABLE round;--"),
]
HOSTILE_TEXTS = ["a\0b", "\u202egpj.exe", "\u200b", "x" * 5000, "\x1b[31m"]
HOSTILE_DAYS = ["0001-01-01", "9999-12-31", "2024-02-30", "2027-13-01", "ieri", "1" * 5000, "a\0b"]

HARMLESS = (302, 400, 409, 422)


@pytest.fixture
def taker(deal: Deal, client: FlaskClient) -> FlaskClient:
    """The taker's manager before the giver's first terms."""
    deal.propose(quality="Lana scelta")
    deal.session.commit()
    return world.sign_in(client, deal.taker_manager)


def page(deal: Deal, act: str = "") -> str:
    return f"/negotiations/{deal.negotiation.id}" + (f"/{act}" if act else "")


def test_a_deal_is_made_through_the_pages(deal: Deal, taker: FlaskClient) -> None:
    assert "Your turn" in taker.get("/negotiations").get_data(as_text=True)
    assert (
        post(taker, page(deal, "messages"), page(deal), {"words": "Quando possiamo <vedere> le balle?"}).status_code
        == 302
    )
    text = taker.get(page(deal)).get_data(as_text=True)
    assert "Quando possiamo &lt;vedere&gt; le balle?" in text
    assert "Lana scelta" in text
    assert post(taker, page(deal, "accept"), page(deal)).status_code == 302
    deal.session.expire_all()
    assert deal.negotiation.state == "agreed"
    assert "waiting for the coordinator" in taker.get(page(deal)).get_data(as_text=True)
    assert post(taker, page(deal, "withdraw"), data={"reason": "Non serve più"}).status_code == 302
    deal.session.expire_all()
    assert (deal.negotiation.state, deal.negotiation.closed_reason) == ("withdrawn", "Non serve più")
    assert deal.grams("reserved") == (0, 0)


def test_a_proposal_leads_to_its_negotiation_and_back(deal: Deal, taker: FlaskClient) -> None:
    proposal = f"/proposals/{deal.proposal.id}"
    assert f'href="{proposal}"' in taker.get(page(deal)).get_data(as_text=True)
    deal.proposal.offer_answer = deal.proposal.need_answer = "yes"
    deal.session.commit()
    assert f'href="{proposal}/negotiation"' in taker.get(proposal).get_data(as_text=True)
    assert taker.get(f"{proposal}/negotiation").location == page(deal)
    coordinator = world.sign_in(taker.application.test_client(), deal.coordinator)
    assert f'href="{proposal}/negotiation"' not in coordinator.get(proposal).get_data(as_text=True)


def test_the_first_terms_start_from_the_proposal_without_anybody_s_price(deal: Deal, client: FlaskClient) -> None:
    deal.session.commit()
    world.sign_in(client, deal.taker_manager)
    text = client.get(page(deal, "terms")).get_data(as_text=True)
    assert 'value="1000"' in text
    assert "0.5" not in text.split("price_milli_eur_kg", 1)[1].split(">", 1)[0]
    answer = post(client, page(deal, "terms"), data={"price_milli_eur_kg": "0,50", "transport": "taker"})
    assert answer.status_code == 302
    deal.session.expire_all()
    assert deal.negotiation.rounds[0].price_milli_eur_kg == 500


def test_the_first_terms_propose_no_day_that_has_passed(deal: Deal, client: FlaskClient) -> None:
    this_day = today(deal.session)
    deal.offer.from_day, deal.offer.until_day = this_day - timedelta(days=90), this_day + timedelta(days=30)
    deal.need.from_day = deal.need.until_day = None
    deal.session.commit()
    known = form_values(world.sign_in(client, deal.taker_manager), page(deal, "terms"))
    assert known["pickup_from"] == [this_day.isoformat()]
    assert known["pickup_until"] == [(this_day + timedelta(days=30)).isoformat()]


@pytest.mark.parametrize("field", ["mass_g", "price_milli_eur_kg"])
def test_a_hostile_number_gets_a_sentence_and_is_kept(deal: Deal, taker: FlaskClient, field: str) -> None:
    for typed in HOSTILE_NUMBERS:
        if field == "price_milli_eur_kg" and typed in ("0", "-0", "-1"):
            continue
        answer = post(taker, page(deal, "terms"), data={field: typed, "note": "what I typed"})
        text = answer.get_data(as_text=True)
        assert (typed, answer.status_code) == (typed, 422)
        assert "what I typed" in text
        assert 'class="field-error"' in text


def test_a_hostile_day_gets_a_sentence(deal: Deal, taker: FlaskClient) -> None:
    for typed in HOSTILE_DAYS:
        answer = post(taker, page(deal, "terms"), data={"pickup_from": typed, "note": "what I typed"})
        assert (typed, answer.status_code) == (typed, 422)
        assert "what I typed" in answer.get_data(as_text=True)


def test_a_hostile_text_gets_a_sentence(deal: Deal, taker: FlaskClient) -> None:
    for field in ("quality", "note"):
        for typed in HOSTILE_TEXTS:
            answer = post(taker, page(deal, "terms"), data={field: typed})
            assert (typed, answer.status_code) == (typed, 422)


def test_bytes_that_are_no_text_do_no_harm(deal: Deal, taker: FlaskClient) -> None:
    values = form_values(taker, page(deal, "terms"))
    for field in values:
        body = urlencode({k: v[0] for k, v in values.items() if k != field}) + f"&{field}=%ED%A0%80%FF"
        answer = taker.post(page(deal, "terms"), data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in HARMLESS


def test_a_form_with_something_missing_or_twice_does_no_harm(deal: Deal, taker: FlaskClient) -> None:
    values = form_values(taker, page(deal, "terms"))
    for field in values:
        rest = {k: v for k, v in values.items() if k != field}
        assert taker.post(page(deal, "terms"), data=rest).status_code in HARMLESS
        assert taker.post(page(deal, "terms"), data={**values, field: ["1", "999"]}).status_code in HARMLESS


def test_a_forged_form_is_not_understood(deal: Deal, taker: FlaskClient) -> None:
    for forged in (
        {"transport": "plane"},
        {"pickup_from": "2027-02-02", "pickup_until": "2027-02-01"},
    ):
        assert (forged, post(taker, page(deal, "terms"), data=forged).status_code) == (forged, 422)


@pytest.mark.parametrize("act", ["terms", "accept"])
def test_a_forged_round_was_never_seen(deal: Deal, taker: FlaskClient, act: str) -> None:
    open_page = page(deal, "terms") if act == "terms" else page(deal)
    for forged in (
        {"seen_round": "-1"},
        {"seen_round": "0"},
        {"seen_round": "1" * 300},
        {"seen_round": "١"},
        {"seen_round": ""},
        {"seen_sha256": "x"},
        {"seen_sha256": "0" * 64},
    ):
        answer = post(taker, page(deal, act), open_page, forged)
        assert (forged, answer.status_code) == (forged, 409)
        assert "The terms on the table have changed since you opened the page." in answer.get_data(as_text=True)


def test_more_than_is_free_is_said_at_the_field(deal: Deal, taker: FlaskClient) -> None:
    answer = post(taker, page(deal, "terms"), data={"mass_g": "1000,001"})
    assert answer.status_code == 422
    assert "At most 1,000 kg are still free" in answer.get_data(as_text=True)


def test_a_gate_fee_for_a_byproduct_is_said_at_the_field(deal: Deal, taker: FlaskClient) -> None:
    answer = post(taker, page(deal, "terms"), data={"price_milli_eur_kg": "-0,10"})
    assert answer.status_code == 422
    assert "A by-product cannot have a price below zero" in answer.get_data(as_text=True)


def test_fields_that_no_form_has_change_nothing(deal: Deal, taker: FlaskClient) -> None:
    forged: dict[str, Any] = {
        "firm_id": str(deal.giver.id),
        "number": "9",
        "round": "9",
        "state": "approved",
        "version": "999",
        "negotiation_id": "1",
        "terms_sha256": "0" * 64,
        "role": "admin",
    }
    assert post(taker, page(deal, "terms"), data=forged).status_code == 302
    deal.session.expire_all()
    made = deal.negotiation.rounds[-1]
    assert (made.number, made.firm_id, deal.negotiation.state) == (2, deal.taker.id, "open")
    assert made.terms_sha256 == made.terms.sha256


def test_the_same_form_sent_twice_is_one_round(deal: Deal, taker: FlaskClient) -> None:
    values = form_values(taker, page(deal, "terms"))
    answers = [taker.post(page(deal, "terms"), data=values) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    deal.session.expire_all()
    assert deal.negotiation.round == 2


def test_a_withdrawal_needs_a_reason(deal: Deal, taker: FlaskClient) -> None:
    assert post(taker, page(deal, "withdraw"), data={"reason": "  "}).status_code == 422
    deal.session.expire_all()
    assert deal.negotiation.state == "open"


def test_a_member_reads_and_writes_but_does_not_bind(deal: Deal, client: FlaskClient) -> None:
    deal.propose()
    member = world.make_person(deal.session, deal.taker, "member")
    deal.session.commit()
    world.sign_in(client, member)
    text = client.get(page(deal)).get_data(as_text=True)
    assert "Accept these terms" not in text
    assert "A manager of your firm makes and accepts terms." in text
    assert post(client, page(deal, "messages"), page(deal), {"words": "Buongiorno"}).status_code == 302
    assert client.get(page(deal, "terms")).status_code == 403
    assert client.get(page(deal, "withdraw")).status_code == 403


@pytest.mark.parametrize("role", ["coordinator", "analyst", "officer", "admin", "manager"])
def test_for_others_it_does_not_exist(deal: Deal, client: FlaskClient, role: str) -> None:
    deal.propose(quality="canary-quality", note="canary-note")
    actions.write_message(deal.session, deal.actor(deal.giver_manager), deal.negotiation, "canary-message")
    organisation = world.make_firm(deal.session) if role == "manager" else world.make_body(deal.session)
    person = world.make_person(deal.session, organisation, role)
    deal.session.commit()
    world.sign_in(client, person)
    for act in ("", "terms", "withdraw", "case", "exchange"):
        assert client.get(page(deal, act)).status_code in (403, 404)
    unknown = client.get("/negotiations/987654321")
    assert unknown.status_code == client.get(page(deal)).status_code == 404
    listed = client.get("/negotiations")
    assert listed.status_code in (200, 403)
    assert "canary" not in listed.get_data(as_text=True)


def test_the_list_bears_any_filter_and_an_impossible_key_is_an_unknown_page(deal: Deal, taker: FlaskClient) -> None:
    for query in ("page=0", "page=-1", "page=99999999999999999999", "page=x", "view=__class__", "view=", "page=%00"):
        assert taker.get(f"/negotiations?{query}").status_code == 200
    for key in ("0", "2147483648", "9223372036854775808", "9" * 30, "-1", "x", "%00"):
        assert taker.get(f"/negotiations/{key}").status_code == 404


def test_a_long_thread_is_read_from_its_end(deal: Deal, taker: FlaskClient) -> None:
    author = deal.actor(deal.giver_manager)
    for number in range(1, 66):
        actions.write_message(deal.session, author, deal.negotiation, f"message no. {number:03}")
    deal.session.commit()
    for at, (first, last, links) in enumerate([(36, 65, ["2"]), (6, 35, ["3", "1"]), (1, 5, ["2"])], start=1):
        text = taker.get(f"{page(deal)}?page={at}").get_data(as_text=True)
        shown = [int(number) for number in re.findall(r"message no\. (\d+)", text)]
        assert shown == list(range(first, last + 1))
        assert re.findall(rf'href="{page(deal)}\?page=(\d)#messages"', text) == links
        assert "wrote a message" not in text
    assert "message no. 065" in taker.get(f"{page(deal)}?page=0").get_data(as_text=True)
    assert "message no. 001" in taker.get(f"{page(deal)}?page=99").get_data(as_text=True)
    refused = post(taker, page(deal, "messages"), page(deal), {"words": " "})
    assert refused.status_code == 422
    assert f'href="{page(deal)}?page=2#messages"' in refused.get_data(as_text=True)
