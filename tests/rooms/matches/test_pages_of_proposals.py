# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each person reads on the pages of proposals, and how hostile answers are taken."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.matches.compared import bars, compared
from marketplace.matches.models import Proposal
from marketplace.matches.sight import ShownTerm, Sight
from tests.browser import form_values, post
from tests.rooms.matches.conftest import Market
from tests.world import make_firm, make_person, make_proposal, sign_in

REASONS = [
    {"name": "composition", "amount_micro": 210_000, "offer": "WO 100", "need": "WO 80-100"},
    {"name": "price", "amount_micro": 91_234, "offer": "0.31", "need": "0.79"},
    {"name": "distance", "amount_micro": 80_000, "offer": "4.2", "need": ""},
]


@pytest.fixture
def proposal(session: Session, market: Market) -> Proposal:
    return make_proposal(session, market.offer, market.need, reasons=REASONS, score_micro=381_234)


def page(app: Flask, person: Person, path: str) -> str:
    answer = sign_in(app.test_client(), person).get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_firm_reads_goods_and_reasons_but_neither_name_nor_price(
    session: Session, app: Flask, market: Market, proposal: Proposal
) -> None:
    session.commit()
    text = page(app, market.taker, f"/proposals/{proposal.id}")
    assert "600 kg" in text
    assert "Composition" in text
    for secret in ("Bisenzio", "0.31", "0,31", "0.09", "91234", "0.38", market.giver.name):
        assert secret not in text, secret
    assert "met" in text
    assert "0.29" in text, "the total of what is shown"


@pytest.mark.parametrize(("state", "is_said"), [("open", True), ("negotiating", False), ("declined", False)])
def test_what_could_be_is_said_only_while_it_waits_for_answers(
    session: Session, app: Flask, market: Market, proposal: Proposal, state: str, is_said: bool
) -> None:
    proposal.state = state
    session.commit()
    path = f"/proposals/{proposal.id}"
    assert ("could give you this" in page(app, market.taker, path)) is is_said
    assert ("could take this from you" in page(app, market.giver, path)) is is_said


def test_no_total_lets_the_price_be_worked_out(market: Market, session: Session, proposal: Proposal) -> None:
    sight = Sight(proposal, market.acting(session, market.taker))
    assert sight.total == sum((t.amount for t in sight.terms if t.amount is not None), Decimal(0)) == Decimal("0.29")
    assert [t.amount for t in sight.terms if t.name == "price"] == [None]


def test_the_coordinator_reads_both_names_and_the_price_as_points(
    session: Session, app: Flask, market: Market, proposal: Proposal
) -> None:
    session.commit()
    text = page(app, market.coordinator, f"/proposals/{proposal.id}")
    assert "Filatura Bisenzio" in text
    assert "Tessitura Calvana" in text
    assert "+0.09" in text
    for price in ("0.31", "0.79", "Yes, we want to talk"):
        assert price not in text


def test_names_are_shown_once_both_want_to_talk(
    session: Session, app: Flask, market: Market, proposal: Proposal
) -> None:
    session.commit()
    path = f"/proposals/{proposal.id}"
    for person in (market.giver, market.taker):
        client = sign_in(app.test_client(), person)
        assert post(client, f"{path}/yes", path).status_code == 302
    assert "Filatura Bisenzio" in page(app, market.taker, path)
    assert "Tessitura Calvana" in page(app, market.giver, "/proposals")


def test_the_list_tells_whose_turn_it_is_and_filters_by_state(
    session: Session, app: Flask, market: Market, proposal: Proposal
) -> None:
    session.commit()
    client = sign_in(app.test_client(), market.giver)
    assert "Waiting for your answer" in client.get("/proposals").get_data(as_text=True)
    assert f"/proposals/{proposal.id}" in client.get("/proposals?state=open").get_data(as_text=True)
    assert f"/proposals/{proposal.id}" not in client.get("/proposals?state=declined").get_data(as_text=True)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=99999999999999999999", "page=%00", "state=%00", "state=x'"]
)
def test_odd_addresses_of_the_list_are_harmless(session: Session, app: Flask, market: Market, query: str) -> None:
    session.commit()
    assert sign_in(app.test_client(), market.giver).get(f"/proposals?{query}").status_code == 200


def test_computed_proposals_are_as_unknown_to_their_firms_as_none(
    session: Session, app: Flask, market: Market, proposal: Proposal
) -> None:
    proposal.state = "computed"
    session.commit()
    client = sign_in(app.test_client(), market.giver)
    known, unknown = client.get(f"/proposals/{proposal.id}"), client.get("/proposals/999999")
    assert known.status_code == unknown.status_code == 404
    assert known.data == unknown.data or len(known.data) == len(unknown.data)


def test_strangers_get_the_404_of_an_unknown_proposal(
    session: Session, app: Flask, market: Market, proposal: Proposal
) -> None:
    stranger = make_person(session, make_firm(session))
    session.commit()
    client = sign_in(app.test_client(), stranger)
    assert client.get(f"/proposals/{proposal.id}").status_code == 404
    assert client.get("/proposals/" + "9" * 30).status_code == 404


def test_members_read_but_do_not_answer(session: Session, app: Flask, market: Market, proposal: Proposal) -> None:
    member = make_person(session, market.offer.firm, "member")
    session.commit()
    text = page(app, member, f"/proposals/{proposal.id}")
    assert "Managers of your firm answer proposals." in text
    assert "Yes, we want to talk" not in text


NO = {"reason": "colour", "words": ""}


@pytest.mark.parametrize(
    "typed",
    [
        {"reason": ""},
        {"reason": "because"},
        {"reason": "a\x00b"},
        {"words": "x" * 501},
        {"words": "a\x00b"},
        {"words": "\u202egpj.exe"},
        {"words": "\u200b"},
    ],
    ids=str,
)
def test_hostile_reasons_get_a_sentence_and_are_kept_on_the_page(
    session: Session, app: Flask, market: Market, proposal: Proposal, typed: dict[str, Any]
) -> None:
    session.commit()
    client = sign_in(app.test_client(), market.giver)
    path = f"/proposals/{proposal.id}"
    answer = post(client, f"{path}/no", path, {**NO, **typed})
    assert answer.status_code == 422
    assert "need your attention" in answer.get_data(as_text=True)
    session.refresh(proposal)
    assert proposal.state == "open"


def test_no_with_a_reason_declines(session: Session, app: Flask, market: Market, proposal: Proposal) -> None:
    session.commit()
    client = sign_in(app.test_client(), market.giver)
    path = f"/proposals/{proposal.id}"
    words = "<script>alert(1)</script> {{7*7}}"
    assert post(client, f"{path}/no", path, {**NO, "words": words}).status_code == 302
    own = client.get(path).get_data(as_text=True)
    assert "&lt;script&gt;" in own
    other = page(app, market.taker, path)
    assert "The colour does not fit" not in other
    assert "7*7" not in other


def test_an_answer_to_a_proposal_that_closed_meanwhile_is_a_409(
    session: Session, app: Flask, market: Market, proposal: Proposal
) -> None:
    session.commit()
    client = sign_in(app.test_client(), market.giver)
    values = form_values(client, f"/proposals/{proposal.id}/yes", f"/proposals/{proposal.id}")
    proposal.state = "retired"
    session.commit()
    assert client.post(f"/proposals/{proposal.id}/yes", data=values).status_code == 409


COMPARED = [
    (
        "composition",
        "WO:70;PA:30",
        "WO:60-100;*:0-5",
        "70% wool, 30% polyamide or nylon → at least 60% wool, at most 5% other fibres",
    ),
    ("colour", "#202a40", "NAVY", "#202a40 → "),
    ("form", "CUT_KNIT", "recycle", " → recycling"),
    ("hierarchy", "", "reuse", "reuse"),
    ("distance", "4.212 km", "≤ 24 km", "4.2 km → at most 24.0 km"),
    ("time", "2027-01-04/..", "../2027-03-31", "from 4 Jan 2027 on → until 31 Mar 2027"),
    ("time", "../..", "2027-01-04/2027-03-31", "any day → 4 Jan 2027 – 31 Mar 2027"),
    ("price", "0.31 EUR/kg", "", "you ask 0.31 €/kg"),
    ("price", "", "-0.05 EUR/kg", "you pay at most -0.05 €/kg"),
    ("text", "a", "b", ""),
    ("in the recipe", "WO:100", "WO:50-60", ""),
    ("composition", "written otherwise", "", "written otherwise"),
]


@pytest.mark.parametrize(("name", "offer", "need", "shown"), COMPARED)
def test_the_values_behind_a_reason_are_shown_in_words(
    in_app: Flask, name: str, offer: str, need: str, shown: str
) -> None:
    with in_app.test_request_context(headers={"Accept-Language": "en"}):
        assert shown in compared(ShownTerm(name, Decimal(0), offer, need))
        assert shown or not compared(ShownTerm(name, Decimal(0), offer, need))


def test_the_two_reasons_of_a_mix_are_told_apart(in_app: Flask) -> None:
    terms = [ShownTerm(name, Decimal(0)) for name in ("in the recipe", "in the recipe", "form")]
    with in_app.test_request_context(headers={"Accept-Language": "en"}):
        labels = [bar["label"] for bar in bars(terms)]
    assert labels == ["Composition, in the recipe", "Colour, in the recipe", "Suitable form"]


def test_each_firm_reads_its_own_price_beside_that_it_is_met(
    session: Session, app: Flask, market: Market, proposal: Proposal
) -> None:
    proposal.reasons = [{"name": "price", "amount_micro": 91_234, "offer": "0.31 EUR/kg", "need": "0.79 EUR/kg"}]
    session.commit()
    pages = {
        one: page(app, one, f"/proposals/{proposal.id}") for one in (market.giver, market.taker, market.coordinator)
    }
    assert ["0.31 €/kg" in text for text in pages.values()] == [True, False, False]
    assert ["0.79 €/kg" in text for text in pages.values()] == [False, True, False]
