# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run weighs by how likely firms accept, and changes little of what they see, where the coordinator asks for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.listings.models import Listing
from marketplace.matches import actions
from marketplace.matches.models import Proposal, Run
from marketplace.matches.policies import PRESETS, Wish, read, written
from marketplace.matches.publication import publish_run
from marketplace.matches.runs import take_up
from marketplace.matches.solving import solve
from marketplace.matches.stages import make_stages
from matching import Acceptance, Policy
from matching.pairing.score import MICRO
from tests.browser import form_values, post
from tests.rooms.matches.conftest import Market
from tests.rooms.matches.test_past_answers_teach import live
from tests.world import make_arrangement, make_firm, make_need, make_processor, sign_in

Solved = Callable[[], Run]
Asked = Callable[..., Run]
MODEL = Acceptance(intercept_micro=-3 * MICRO, weight_micro={"distance": 6 * MICRO}, prior_micro=MICRO // 2)
"""Firms take what is near and hardly what is far."""


@pytest.fixture
def desk(session: Session, app: Flask, market: Market) -> FlaskClient:
    session.commit()
    return sign_in(app.test_client(), market.coordinator)


@pytest.fixture
def asked(session: Session, database: Database, desk: FlaskClient) -> Asked:
    """Ask for a run by the form and solve it in this process; the first worker is lost on the way."""

    def go(**ticked: str) -> Run:
        answer = post(desk, "/runs", data={"preset": "best-fit", "seconds": "10", **ticked})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        run = session.scalars(select(Run).order_by(Run.id.desc())).first()
        assert run is not None
        assert take_up(database, run.id) == 1
        session.expire_all()
        run.heartbeat_at = None
        session.commit()
        assert take_up(database, run.id) == 2
        assert solve(database, run.id) == "done"
        session.expire_all()
        return run

    return go


def partners(session: Session, run: Run) -> dict[int, int]:
    """Need → grams that a run proposes for it."""
    found = session.scalars(select(Proposal).where(Proposal.run_id == run.id))
    return {proposal.need_id: proposal.mass_g for proposal in found}


def shown(session: Session, market: Market, solved: Solved) -> Run:
    """A run that firms see."""
    run = solved()
    publish_run(session, market.chief, run)
    session.commit()
    return run


def rival(session: Session, market: Market) -> Listing:
    """A need next door that suits the offer better than the first one, and wants all of it."""
    offer, firm = market.offer, make_firm(session, "Lanificio Vicino")
    more = {"mass_g": 1_000_000, "price_milli_eur_kg": 2_000, "description": offer.description}
    return make_need(session, firm, lat=offer.lat, lon=offer.lon, **more)


def test_without_holding_on_what_firms_see_moves_to_the_better_place(
    session: Session, market: Market, solved: Solved, asked: Asked
) -> None:
    shown(session, market, solved)
    better = rival(session, market)
    session.commit()
    assert partners(session, asked())[better.id] == 1_000_000


def test_a_run_that_holds_on_leaves_what_firms_see_where_it_is(
    session: Session, desk: FlaskClient, market: Market, solved: Solved, asked: Asked
) -> None:
    shown(session, market, solved)
    better = rival(session, market)
    session.commit()
    run = asked(steady="y", tax="0.9")
    assert partners(session, run) == {market.need.id: 600_000, better.id: 400_000}
    assert (run.summary["kept_kg"], run.summary["moved_kg"]) == (600, 0)
    assert read(run.policy) == Wish("best-fit", None, 900)
    text = desk.get(f"/runs/{run.id}").get_data(as_text=True)
    for words in ("Best fit", "a kilogram moves only for at least 0.9 points more", "600 kg", "not weighed"):
        assert words in text, words


def test_a_small_tax_holds_back_only_what_brings_less(
    session: Session, market: Market, solved: Solved, asked: Asked
) -> None:
    shown(session, market, solved)
    better = rival(session, market)
    session.commit()
    run = asked(steady="y", tax="0,001")
    assert partners(session, run) == {better.id: 1_000_000}
    assert run.summary["moved_kg"] == 600


def test_a_way_through_a_processor_is_held_on_to_as_well(
    session: Session, market: Market, solved: Solved, asked: Asked
) -> None:
    wanted = make_need(session, make_firm(session), forms="REGEN_WOOL", mass_g=200_000, price_milli_eur_kg=None)
    way = make_arrangement(session, market.offer, wanted, make_processor(session, make_firm(session)))
    for stage in make_stages(session, way):
        stage.state = "open"
    session.commit()
    run = asked(steady="y", tax="1")
    assert (run.summary["kept_kg"], run.summary["moved_kg"]) == (83, 0)


def test_a_repair_of_a_run_that_held_on_asks_for_nothing_of_the_kind(
    session: Session, database: Database, market: Market, solved: Solved
) -> None:
    shown(session, market, solved)
    repair = actions.start_run(session, None, written(Wish("best-fit", None, 900)), 10, is_repair=True)
    session.commit()
    take_up(database, repair.id)
    assert solve(database, repair.id) == "done"
    session.expire_all()
    assert "kept_kg" not in repair.summary


def test_a_weighed_run_proposes_what_both_are_likely_to_accept(
    session: Session, desk: FlaskClient, market: Market, solved: Solved, asked: Asked
) -> None:
    market.need.lat = (market.offer.lat or 0) + 1.0
    near = {"price_milli_eur_kg": 500, "lat": market.offer.lat, "lon": market.offer.lon, "use": "recover"}
    close = make_need(session, make_firm(session), mass_g=600_000, composition="WO:0-100;*:0-100", **near)
    live(session, market)
    taught = solved()
    run = asked(weigh="y")
    model = read(run.policy).acceptance
    assert model is not None
    assert model.weight_micro == taught.acceptance["weight_micro"]
    assert run.summary["unit"] == "expected score·kg"
    assert partners(session, taught) == {market.need.id: 600_000, close.id: 400_000}
    assert partners(session, run) == {market.need.id: 400_000, close.id: 600_000}
    text = desk.get(f"/runs/{run.id}").get_data(as_text=True)
    assert "each pair counts as much as past answers make both firms likely to accept it" in text
    assert "points × kg to be expected" in text


def test_the_form_says_why_it_offers_neither_in_a_new_installation(desk: FlaskClient) -> None:
    text = desk.get("/runs").get_data(as_text=True)
    assert "Past answers cannot be weighed yet: a first run has to read them." in text
    assert "There is no published run yet from which little could change." in text
    assert {"weigh", "steady", "tax"}.isdisjoint(form_values(desk, "/runs"))


def test_the_form_says_that_there_are_too_few_answers(desk: FlaskClient, solved: Solved) -> None:
    solved()
    assert "there are too few to learn from (0)" in desk.get("/runs").get_data(as_text=True)


def test_the_form_says_that_answers_tell_nothing(session: Session, desk: FlaskClient, solved: Solved) -> None:
    run = solved()
    run.acceptance = Acceptance(basis="no better than the prior", answers=300).as_json()
    session.commit()
    assert "they do not tell better than chance" in desk.get("/runs").get_data(as_text=True)


@pytest.mark.parametrize("ticked", ["weigh", "steady"])
def test_what_is_not_offered_is_refused_with_its_reason_and_kept_as_typed(
    session: Session, desk: FlaskClient, ticked: str
) -> None:
    answer = post(desk, "/runs", data={"preset": "short-ways", "seconds": "77", ticked: "y", "tax": "0.25"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert ("cannot be weighed yet" if ticked == "weigh" else "There is no published run yet") in text
    assert 'value="77"' in text
    assert f'checked id="{ticked}"' in text
    assert session.scalars(select(Run)).all() == []


@pytest.mark.parametrize("tax", ["", "0", "-1", "1.001", "NaN", "1e-3", "0.0001", "much", "9" * 40, "\x00"])
def test_odd_taxes_are_refused_with_a_sentence_and_kept(
    session: Session, desk: FlaskClient, market: Market, solved: Solved, tax: str
) -> None:
    shown(session, market, solved)
    answer = post(desk, "/runs", data={"steady": "y", "tax": tax})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="tax-error"' in text
    assert 'checked id="steady"' in text
    assert tax.replace("\x00", "") in text
    assert len(session.scalars(select(Run)).all()) == 1


def test_a_tax_is_not_asked_of_whom_does_not_hold_on(
    session: Session, desk: FlaskClient, market: Market, solved: Solved
) -> None:
    shown(session, market, solved)
    assert post(desk, "/runs", data={"tax": ""}).status_code == 302
    run = session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert run is not None
    assert run.policy == PRESETS["best-fit"].toml


@pytest.mark.parametrize("preset", PRESETS)
def test_every_policy_goes_with_both(
    session: Session, market: Market, solved: Solved, asked: Asked, preset: str
) -> None:
    shown(session, market, solved)
    rival(session, market)
    live(session, market)
    solved()
    run = asked(preset=preset, steady="y", tax="1", weigh="y")
    assert run.summary["kept_kg"] > 0
    assert read(run.policy).preset == preset


@pytest.mark.parametrize("preset", PRESETS)
def test_what_was_asked_is_read_back_from_the_policy(preset: str) -> None:
    for wish in (Wish(preset), Wish(preset, None, 50), Wish(preset, MODEL.stated), Wish(preset, MODEL.stated, 1)):
        assert read(written(wish)) == wish
    assert (
        Policy.from_toml(written(Wish(preset, None, 50))).objective == Policy.from_toml(PRESETS[preset].toml).objective
    )


def test_another_policy_is_called_so() -> None:
    assert read("max_proposals_per_firm = 3\n") == Wish("")
    assert read("no policy") == Wish("")
    assert read('preset = "best fit"\nclose_enough = 0.001\n') == Wish("best-fit")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("it", "un chilo si sposta solo per almeno 0,9 punti in più"),
        ("zh-Hans", "每公斤至少多带来 0.9 分才会改动"),
    ],
)
def test_each_language_says_what_a_run_was_asked_for(
    session: Session, app: Flask, market: Market, solved: Solved, language: str, words: str
) -> None:
    run = solved()
    run.policy = written(Wish("best-fit", None, 900))
    market.coordinator.language = language
    session.commit()
    assert words in sign_in(app.test_client(), market.coordinator).get(f"/runs/{run.id}").get_data(as_text=True)


def test_two_runs_side_by_side_say_what_each_was_asked_for(
    session: Session, desk: FlaskClient, market: Market, solved: Solved, asked: Asked
) -> None:
    shown(session, market, solved)
    rival(session, market)
    session.commit()
    asked()
    run = asked(steady="y", tax="0.9")
    text = desk.get(f"/runs/{run.id}/compare").get_data(as_text=True)
    for words in ("free to change everything", "at least 0.9 points more", "Kept of what firms saw before"):
        assert words in text, words
