# SPDX-License-Identifier: AGPL-3.0-or-later
"""A coordinator starts, watches, cancels and publishes runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.jobs.queue import queue_of
from marketplace.matches import fair
from marketplace.matches.actions import start_run
from marketplace.matches.models import LeftOut, Run
from marketplace.matches.policies import PRESETS
from matching import Policy
from tests.browser import Page, form_values, post, words
from tests.rooms.matches.conftest import Market
from tests.world import make_body, make_need, make_person, sign_in

Solved = Callable[[], Run]


@pytest.fixture
def desk(session: Session, app: Flask, market: Market) -> FlaskClient:
    session.commit()
    return sign_in(app.test_client(), market.coordinator)


def test_a_run_is_started_and_queued(session: Session, app: Flask, desk: FlaskClient) -> None:
    answer = post(desk, "/runs", data={"preset": "short-ways", "seconds": "20"})
    assert answer.status_code == 302
    run = session.scalars(select(Run)).one()
    assert (run.state, run.seconds) == ("queued", 20)
    assert "distance" in run.policy
    assert queue_of(app).pending_count() == 1
    text = desk.get(answer.location).get_data(as_text=True)
    assert "Waiting for a worker" in text
    assert "data-hx-get" in text


def test_the_same_form_sent_twice_starts_one_run(session: Session, desk: FlaskClient) -> None:
    values = form_values(desk, "/runs")
    first = desk.post("/runs", data=values)
    second = desk.post("/runs", data=values)
    assert first.location == second.location
    assert len(session.scalars(select(Run)).all()) == 1


def test_a_second_run_is_a_409_with_words(desk: FlaskClient) -> None:
    post(desk, "/runs")
    answer = post(desk, "/runs")
    assert answer.status_code == 409
    assert "already under way" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "seconds", ["", "sNaN", "Infinity", "1e3", "1_0", "١٢", "-5", "4", "601", "9" * 200, "30.5", "0x10", "3\x000"]
)
def test_odd_time_limits_are_refused_with_a_sentence(session: Session, desk: FlaskClient, seconds: str) -> None:
    answer = post(desk, "/runs", data={"seconds": seconds})
    assert answer.status_code == 422
    assert session.scalars(select(Run)).all() == []


@pytest.mark.parametrize("preset", ["", "worst fit", "best-fit'--", "\x00"])
def test_a_policy_comes_from_the_list(desk: FlaskClient, preset: str) -> None:
    assert post(desk, "/runs", data={"preset": preset}).status_code == 422


def test_a_run_under_way_shows_how_far_it_is(session: Session, desk: FlaskClient, market: Market) -> None:
    run = start_run(session, market.chief, "")
    run.state, run.phase, run.per_cent = "running", "allocation", 65
    run.value_text, run.bound_text = "1500.000000000", "2000.000000000"
    session.commit()
    text = desk.get(f"/runs/{run.id}").get_data(as_text=True)
    for shown in ("65%", "1,500.000", "2,000.000", "25.000%", "Deciding how many kilograms go where"):
        assert shown in text, shown
    assert post(desk, f"/runs/{run.id}/cancel", f"/runs/{run.id}").status_code == 302
    session.refresh(run)
    assert (run.state, run.cancel_asked) == ("running", True)


def test_a_finished_run_shows_its_results_and_is_published(
    session: Session, desk: FlaskClient, market: Market, solved: Solved
) -> None:
    run = solved()
    session.add(LeftOut(run_id=run.id, listing_id=market.need.id, reason="incomplete: colour"))
    session.commit()
    text = desk.get(f"/runs/{run.id}").get_data(as_text=True)
    for shown in (
        "Filatura Bisenzio",
        "600 kg",
        "the best possible result",
        "0.000%",
        "The engine cannot read it as it is: colour.",
    ):
        assert shown in text, shown
    answer = post(desk, f"/runs/{run.id}/publish", f"/runs/{run.id}")
    assert answer.status_code == 302
    text = desk.get(answer.location).get_data(as_text=True)
    assert "Proposals shown to firms: 1 " in text
    assert "published the run" in text
    assert "Publish:" not in text


def test_lists_of_runs_say_what_tells_them_apart(session: Session, desk: FlaskClient, solved: Solved) -> None:
    solved()
    other, repair = solved(), solved()
    other.policy, repair.is_repair = PRESETS["most-tonnes"].toml, True
    session.commit()
    text = words(Page(desk.get("/runs").get_data(as_text=True)).root)
    listed = text[text.index("Runs so far") :]
    assert listed.index("after refusals") < listed.index("Most tonnes") < listed.index("Best fit")
    first = session.scalars(select(Run.id).order_by(Run.id)).first()
    assert "· Most tonnes ·" in desk.get(f"/runs/{first}/compare").get_data(as_text=True)


def test_the_menu_marks_the_runs_on_every_page_about_them(session: Session, desk: FlaskClient, solved: Solved) -> None:
    run = solved()
    session.commit()
    for path in (
        "/runs",
        "/runs/acceptance",
        f"/runs/{run.id}",
        f"/runs/{run.id}/compare",
        f"/runs/{run.id}/shortages",
    ):
        page = Page(desk.get(path).get_data(as_text=True))
        assert [link.get("href") for link in page.all("a") if link.get("aria-current") == "true"] == ["/runs"], path


def test_a_run_says_what_its_value_measures_and_what_fairness_costs(
    session: Session, desk: FlaskClient, solved: Solved
) -> None:
    run = solved()
    assert run.summary["unit"] == "score·kg"
    aims = [{"unit": "kg", "value": "590.5", "best": "600"}, {"unit": "EUR", "value": "42", "best": "42"}]
    run.summary = {**run.summary, "unit": "EUR", "price_of_fairness": 0.0125, "favoured_kg": 300, "objectives": aims}
    session.commit()
    text = desk.get(f"/runs/{run.id}").get_data(as_text=True)
    for shown in (
        "What the value measures",
        "euro",
        "1.25% of the value",
        "300 kg",
        "kg delivered",
        "590.500",
        "600.000",
    ):
        assert shown in text, shown


@pytest.mark.parametrize("preset", PRESETS)
def test_the_engine_can_follow_every_policy_of_the_list(preset: str) -> None:
    assert Policy.from_toml(PRESETS[preset].toml).stages


def test_the_sheet_has_no_price_and_no_formula(
    session: Session, desk: FlaskClient, market: Market, solved: Solved
) -> None:
    market.offer.firm.name = "=HYPERLINK(1)"
    run = solved()
    session.commit()
    answer = desk.get(f"/runs/{run.id}/proposals.csv")
    assert answer.mimetype == "text/csv"
    [row] = csv.DictReader(io.StringIO(answer.get_data(as_text=True)))
    assert row["mass_kg"] == "600.000"
    assert row["offer_firm"] == "'=HYPERLINK(1)"
    assert "points price" in row
    assert "0.310" not in row.values()
    assert "0.790" not in row.values()


def test_a_failed_run_says_why(session: Session, desk: FlaskClient, market: Market) -> None:
    run = start_run(session, market.chief, "")
    run.state, run.unfinished, run.fault = "failed", None, "unknown key <objektive>"
    session.commit()
    assert "unknown key &lt;objektive&gt;" in desk.get(f"/runs/{run.id}").get_data(as_text=True)


def test_administrators_see_runs_but_neither_their_pairs_nor_a_button(
    session: Session, app: Flask, market: Market, solved: Solved
) -> None:
    admin = make_person(session, make_body(session), "admin")
    run = solved()
    session.commit()
    client = sign_in(app.test_client(), admin)
    text = client.get(f"/runs/{run.id}").get_data(as_text=True)
    assert "Proposals by state" in text
    assert "Filatura Bisenzio" not in text
    assert "Publish:" not in text
    assert client.get(f"/runs/{run.id}/proposals.csv").status_code == 403


def test_firms_know_nothing_of_runs(session: Session, app: Flask, market: Market, solved: Solved) -> None:
    run = solved()
    session.commit()
    person: Person = market.giver
    client = sign_in(app.test_client(), person)
    assert client.get("/runs").status_code == 403
    assert client.get(f"/runs/{run.id}").status_code == 404
    assert client.get(f"/runs/{run.id}/proposals.csv").status_code == 404


def test_a_listing_that_was_left_out_says_so_to_its_firm(
    session: Session, app: Flask, market: Market, solved: Solved
) -> None:
    odd = make_need(session, market.need.firm, forms="NO_SUCH_FORM")
    solved()
    session.commit()
    own = sign_in(app.test_client(), market.taker).get(f"/listings/{odd.id}").get_data(as_text=True)
    assert "The engine cannot read it as it is" in own
    other = sign_in(app.test_client(), market.giver).get(f"/listings/{odd.id}").get_data(as_text=True)
    assert "The engine cannot read it as it is" not in other


def test_a_run_whose_fair_prices_were_not_found_keeps_its_proposals_and_says_so(
    desk: FlaskClient, solved: Solved, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = "not found: the solver failed"
    run = solved()
    assert run.summary["proposals"]
    assert sentence not in desk.get(f"/runs/{run.id}").get_data(as_text=True)
    monkeypatch.setattr(fair, "ranges", lambda market, solution: None)
    late = solved()
    assert late.summary["proposals"] == run.summary["proposals"]
    assert sentence in desk.get(f"/runs/{late.id}").get_data(as_text=True)
