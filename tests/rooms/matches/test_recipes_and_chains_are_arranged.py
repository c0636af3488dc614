# SPDX-License-Identifier: AGPL-3.0-or-later
"""What takes more than two firms is kept with all its figures, for the coordinator to read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Permit
from marketplace.db import today
from marketplace.listings.models import Listing
from marketplace.matches import words
from marketplace.matches.models import Arrangement, Proposal, Run
from marketplace.matches.publication import publish_run
from marketplace.processors.models import Processor
from tests.browser import Page
from tests.browser import words as seen
from tests.rooms.matches.conftest import Market
from tests.world import make_firm, make_person, sign_in

Solved = Callable[[], Run]


def arrangements(session: Session, run: Run) -> list[Arrangement]:
    return list(session.scalars(select(Arrangement).where(Arrangement.run_id == run.id)))


def page(app: Flask, session: Session, market: Market, path: str) -> str:
    session.commit()
    return sign_in(app.test_client(), market.coordinator).get(path).get_data(as_text=True)


def test_a_way_through_a_processor_is_an_arrangement(
    session: Session, market: Market, plant: Processor, solved: Solved
) -> None:
    run = solved()
    [chain] = arrangements(session, run)
    [leg] = chain.legs
    [step] = leg.steps
    assert (chain.kind, chain.delivered_g, leg.offer_id) == ("chain", 200_000, market.offer.id)
    assert leg.delivered_g == leg.taken_g * 830_000 // 1_000_000
    assert (step.processor_id, step.taken_g, step.yield_ppm) == (plant.id, leg.taken_g, 830_000)
    assert sum(reason["amount_micro"] for reason in leg.reasons) == leg.score_micro
    proposed = session.scalars(select(Proposal).where(Proposal.run_id == run.id)).all()
    assert [proposal.need_id for proposal in proposed] == [market.need.id]
    assert (run.summary["proposals"], run.summary["arrangements"], run.summary["arranged_kg"]) == (1, 1, 200)


def test_runs_count_what_goes_straight_and_what_passes_processors_apart_and_alike_everywhere(
    session: Session, app: Flask, market: Market, plant: Processor, solved: Solved
) -> None:
    run = solved()
    listed = Page(page(app, session, market, "/runs"))
    cells = {cell.get("data-label"): seen(cell) for cell in listed.all("td")}
    assert (cells["Straight from giver to taker"], cells["Through processors"]) == ("1", "1")
    found = page(app, session, market, f"/runs/{run.id}")
    assert "The run ended. Straight from giver to taker: 1. Through processors: 1." in found
    assert "each of its stages becomes a proposal when the run is published" in found
    publish_run(session, market.chief, run)
    assert "stands here once for each of its stages" in page(app, session, market, f"/runs/{run.id}")


def test_a_recipe_of_two_offers_is_one_arrangement(
    session: Session, market: Market, recipe: list[Listing], solved: Solved
) -> None:
    run = solved()
    [found] = arrangements(session, run)
    assert found.kind == "recipe"
    assert {leg.offer_id for leg in found.legs} == {offer.id for offer in recipe}
    assert sum(leg.delivered_g for leg in found.legs) == found.delivered_g
    assert found.delivered_g == pytest.approx(100_000, abs=1)
    shares = dict(map(tuple, found.facts["composition"]))
    assert 45 <= shares["WO"] <= 55
    assert shares["WO"] + shares["CO"] == pytest.approx(100)
    assert found.facts["delta_e"] <= 2
    assert (run.summary["recipes"], run.summary["arrangements"], run.summary["arranged_kg"]) == (1, 0, 0)


def test_a_recipe_of_one_offer_is_an_ordinary_proposal(session: Session, market: Market, solved: Solved) -> None:
    market.need.blend = True
    session.flush()
    run = solved()
    assert arrangements(session, run) == []
    assert session.scalars(select(Proposal.need_id).where(Proposal.run_id == run.id)).all() == [market.need.id]


@pytest.mark.parametrize(("days_left", "found"), [(0, 1), (-1, 0)], ids=["its last day", "the day after"])
def test_a_processor_takes_waste_only_while_its_permit_lasts(
    session: Session, market: Market, plant: Processor, solved: Solved, days_left: int, found: int
) -> None:
    market.offer.regime = "WASTE"
    plant.regimes, plant.waste_codes, plant.end_of_waste = "WASTE", "04 02 22", True
    until = today(session) + timedelta(days=days_left)
    session.add(Permit(firm_id=plant.firm_id, waste_code="04 02 22", valid_until=until))
    spinner = session.scalars(select(Listing).where(Listing.forms == "REGEN_WOOL")).one()
    spinner.regime = "EOW"
    session.flush()
    assert len(arrangements(session, solved())) == found


def test_a_processor_that_cannot_be_read_is_named_and_stops_nothing(
    session: Session, app: Flask, market: Market, plant: Processor, solved: Solved
) -> None:
    plant.output_form = "NO_SUCH_FORM"
    session.flush()
    run = solved()
    assert run.state == "done"
    assert "Processors left out" in page(app, session, market, f"/runs/{run.id}")


def test_the_coordinator_reads_route_yield_cost_and_stages(
    session: Session, app: Flask, market: Market, plant: Processor, solved: Solved
) -> None:
    run = solved()
    [chain] = arrangements(session, run)
    path = f"/arrangements/{chain.id}"
    text = page(app, session, market, path)
    for shown in ("Sfilacciatura Dente", "Filatura Bisenzio", "83%", "0.45 €/kg", "200 kg", "Not shown to firms yet"):
        assert shown in text, shown
    for price in ("0.31", "0.790"):
        assert price not in text, price
    publish_run(session, market.chief, run)
    text = page(app, session, market, path)
    for shown in ("Proposed to its firms", "Sfilacciatura Dente → Filatura Sette Fusi"):
        assert shown in text, shown


def test_the_coordinator_reads_the_recipe_with_its_colour_in_words(
    session: Session, app: Flask, market: Market, recipe: list[Listing], solved: Solved
) -> None:
    run = solved()
    [found] = arrangements(session, run)
    text = page(app, session, market, f"/arrangements/{found.id}")
    for shown in ("ΔE00", found.facts["swatch"], "#212b40", "wool", "Cernita del Fiume"):
        assert shown in text, shown
    assert f"/arrangements/{found.id}" in page(app, session, market, f"/runs/{run.id}")


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        ("WO at least", "not less wool"),
        ("* at most", "not more other fibres"),
        ("colour ΔE00 at most 2", "the colour tolerance"),
        ("mass of O-12", "all that offer 12 has"),
        ("mass wanted", "all that is wanted"),
        ("price", "the highest price"),
    ],
)
def test_what_limits_a_mix_is_said_in_words(in_app: Flask, limit: str, shown: str) -> None:
    with in_app.test_request_context(headers={"Accept-Language": "en"}):
        assert words.binding(limit) == shown


def test_the_list_of_proposals_shows_what_takes_more_than_two_firms(
    session: Session, app: Flask, market: Market, plant: Processor, solved: Solved
) -> None:
    run = solved()
    [chain] = arrangements(session, run)
    assert f"/arrangements/{chain.id}" not in page(app, session, market, "/proposals")
    run.state = "published"
    assert f"/arrangements/{chain.id}" in page(app, session, market, "/proposals")


def test_an_arrangement_is_for_coordinators_alone(
    session: Session, app: Flask, market: Market, plant: Processor, solved: Solved
) -> None:
    run = solved()
    publish_run(session, market.chief, run)
    [chain] = arrangements(session, run)
    people = [market.giver, make_person(session, plant.firm), make_person(session, make_firm(session))]
    session.commit()
    for person in people:
        client = sign_in(app.test_client(), person)
        assert client.get(f"/arrangements/{chain.id}").status_code == 404
        assert "Recipes and ways through processors" not in client.get("/proposals").get_data(as_text=True)
