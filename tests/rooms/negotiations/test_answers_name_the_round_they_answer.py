# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever answers an old round is told what changed, and nothing is changed."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.negotiations import actions, rules
from marketplace.negotiations.terms import Answered
from tests.browser import form_values, post
from tests.rooms.negotiations.deal import Deal
from tests.world import sign_in


def test_an_answer_to_an_old_round_is_refused_with_the_difference(deal: Deal) -> None:
    deal.propose(mass_g=400_000)
    seen = deal.answered
    deal.counter(deal.taker_manager, mass_g=350_000)
    deal.counter(deal.giver_manager, mass_g=380_000, price_milli_eur_kg=500)
    with pytest.raises(rules.OldRound) as refusal:
        actions.accept(deal.session, deal.actor(deal.taker_manager), deal.negotiation, seen)
    assert refusal.value.seen is not None
    assert refusal.value.now is not None
    assert (refusal.value.seen.mass_g, refusal.value.now.mass_g) == (400_000, 380_000)
    assert deal.negotiation.state == "open"
    assert deal.grams("reserved") == (0, 0)


@pytest.mark.parametrize("answered", [Answered(1, "0" * 64), Answered(7, "0" * 64), Answered(0)])
def test_a_forged_round_is_an_old_round(deal: Deal, answered: Answered) -> None:
    deal.propose()
    with pytest.raises(rules.OldRound):
        actions.accept(deal.session, deal.actor(deal.taker_manager), deal.negotiation, answered)


def test_two_first_offers_meet_and_the_second_sees_the_first(deal: Deal) -> None:
    deal.propose()
    with pytest.raises(rules.OldRound) as refusal:
        actions.propose(deal.session, deal.actor(deal.taker_manager), deal.negotiation, deal.terms(mass_g=1))
    assert refusal.value.seen is None


def test_the_proposer_waits(deal: Deal) -> None:
    deal.propose()
    giver = deal.actor(deal.giver_manager)
    with pytest.raises(rules.NotYourTurn):
        actions.accept(deal.session, giver, deal.negotiation, deal.answered)
    with pytest.raises(rules.NotYourTurn):
        actions.counter(deal.session, giver, deal.negotiation, deal.answered, deal.terms(mass_g=1))


def test_a_colleague_who_answers_after_an_agreement_is_told_that_it_has_moved_on(deal: Deal) -> None:
    deal.propose()
    seen = deal.answered
    deal.accept(deal.taker_manager)
    with pytest.raises(rules.NoSuchMove):
        actions.counter(deal.session, deal.actor(deal.taker_manager), deal.negotiation, seen, deal.terms(mass_g=1))


@pytest.mark.parametrize("statement", ["UPDATE round SET mass_g = 1", "DELETE FROM round"])
def test_a_round_is_never_changed(deal: Deal, session: Session, statement: str) -> None:
    deal.propose()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))


def test_the_page_of_a_stale_answer_shows_label_seen_and_now(deal: Deal, client: FlaskClient) -> None:
    deal.propose(mass_g=400_000, quality="Senza etichette", sample=False)
    deal.session.commit()
    sign_in(client, deal.taker_manager)
    page = f"/negotiations/{deal.negotiation.id}"
    values = form_values(client, f"{page}/accept", page)
    deal.counter(deal.taker_manager, mass_g=300_000)
    deal.counter(deal.giver_manager, mass_g=320_500, quality="Con etichette", sample=True, transport="taker")
    deal.session.commit()
    answer = client.post(f"{page}/accept", data=values)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    for words in ("Quantity", "400 kg", "320.5 kg", "Senza etichette", "Con etichette", "The taker fetches it"):
        assert words in text
    assert "Price" not in text
    assert f'href="{page}"' in text
    deal.session.refresh(deal.negotiation)
    assert (deal.negotiation.state, deal.negotiation.round) == ("open", 3)


def test_the_page_speaks_the_reader_s_language(deal: Deal, client: FlaskClient) -> None:
    deal.propose(mass_g=400_000)
    deal.taker_manager.language = "it"
    deal.session.commit()
    sign_in(client, deal.taker_manager)
    page = f"/negotiations/{deal.negotiation.id}"
    values = form_values(client, f"{page}/accept", page)
    deal.counter(deal.taker_manager, mass_g=1_250_500 // 5)
    deal.counter(deal.giver_manager, mass_g=320_500)
    deal.session.commit()
    text = client.post(f"{page}/accept", data=values).get_data(as_text=True)
    assert "320,5 kg" in text
    assert "Quantità" in text


def test_a_counter_offer_starts_identical_to_what_it_answers(deal: Deal, client: FlaskClient) -> None:
    deal.propose(mass_g=412_300, quality="Lana scelta", note="Balle da 300 kg", sample=True, transport="carrier")
    deal.session.commit()
    sign_in(client, deal.taker_manager)
    url = f"/negotiations/{deal.negotiation.id}/terms"
    assert post(client, url, data={"price_milli_eur_kg": "0,40"}).status_code == 302
    deal.session.expire_all()
    first, second = deal.negotiation.rounds
    assert second.terms == deal.terms(
        mass_g=412_300,
        quality="Lana scelta",
        note="Balle da 300 kg",
        sample=True,
        transport="carrier",
        price_milli_eur_kg=400,
    )
    assert (first.price_milli_eur_kg, second.firm_id) == (450, deal.taker.id)
