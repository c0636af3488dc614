# SPDX-License-Identifier: AGPL-3.0-or-later
"""A coordinator lays two runs side by side, and reads what was missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.matches.comparison import Comparison, Outcome, Shipment
from marketplace.matches.models import Run
from tests.rooms.matches.conftest import Market
from tests.world import make_body, make_firm, make_need, make_person, make_processor, sign_in

Solved = Callable[[], Run]


@pytest.fixture
def desk(session: Session, app: Flask, market: Market) -> FlaskClient:
    session.commit()
    return sign_in(app.test_client(), market.coordinator)


def outcome(*shipped: tuple[int, int, int], unit: str = "score·kg") -> Outcome:
    """Grams by offer and need; offer 1 belongs to firm 101, need 2 to firm 202."""
    rows = [Shipment((offer, need, ()), (100 + offer, 200 + need), grams) for offer, need, grams in shipped]
    return Outcome(Run(summary={"unit": unit}), rows)


def test_what_changed_adds_up_to_the_difference() -> None:
    before = outcome((1, 1, 500), (1, 2, 300), (2, 2, 700))
    after = outcome((1, 1, 500), (1, 2, 450), (3, 2, 900))
    compared = Comparison(before, after)
    assert [(one.way[:2], one.more_g) for one in compared.changes] == [((3, 2), 900), ((2, 2), -700), ((1, 2), 150)]
    assert compared.counts == (("new", 1, 900), ("gone", 1, 700), ("other mass", 1, 150), ("unchanged", 1, 500))
    assert sum(one.more_g for one in compared.changes) == after.mass_g - before.mass_g
    assert (before.firms, after.listings) == (frozenset({101, 102, 201, 202}), 4)


def test_the_same_pair_through_a_processor_is_another_way() -> None:
    direct = Outcome(Run(summary={}), [Shipment((1, 1, ()), (101, 201), 500)])
    chained = Outcome(Run(summary={}), [Shipment((1, 1, (9,)), (101, 201), 400)])
    assert [one.more_g for one in Comparison(direct, chained).changes] == [-500, 400]


def test_values_of_different_kinds_are_not_compared() -> None:
    assert Comparison(outcome((1, 1, 5)), outcome((1, 1, 5))).is_one_unit
    assert not Comparison(outcome((1, 1, 5)), outcome((1, 1, 5), unit="EUR")).is_one_unit


def test_two_runs_side_by_side(session: Session, desk: FlaskClient, market: Market, solved: Solved) -> None:
    first = solved()
    wanted = {"forms": "REGEN_WOOL", "mass_g": 200_000, "price_milli_eur_kg": None}
    make_need(session, make_firm(session, "Filatura Sette Fusi"), **wanted)
    make_processor(session, make_firm(session))
    session.commit()
    second = solved()
    text = desk.get(f"/runs/{second.id}/compare").get_data(as_text=True)
    for shown in (f"Run {second.id} beside run {first.id}", "800 kg", "600 kg", "Filatura Sette Fusi", "200 kg"):
        assert shown in text, shown
    assert "through processors" in text
    assert "Best fit" in text
    back = desk.get(f"/runs/{first.id}/compare?other={second.id}").get_data(as_text=True)
    assert "-200 kg" in back


def test_the_price_of_fairness_stands_beside_the_other_figures(
    session: Session, desk: FlaskClient, solved: Solved
) -> None:
    fair = (solved(), solved())[1]
    fair.summary = {**fair.summary, "price_of_fairness": 0.0277}
    session.commit()
    text = desk.get(f"/runs/{fair.id}/compare").get_data(as_text=True)
    assert "Price of fairness" in text
    assert "2.77% of the value" in text


@pytest.mark.parametrize("other", ["", "0", "999999", "\x00", "-1", "٣", "9" * 40])
def test_odd_wishes_to_compare_are_harmless(desk: FlaskClient, solved: Solved, other: str) -> None:
    run = solved()
    answer = desk.get(f"/runs/{run.id}/compare", query_string={"other": other})
    assert answer.status_code == 200
    assert "There is no other finished run" in answer.get_data(as_text=True)


def test_what_is_missing_is_called_for_by_material(
    session: Session, desk: FlaskClient, market: Market, solved: Solved
) -> None:
    wanted = {"forms": "NOIL", "composition": "WO:80-100", "colour": "#222c41", "delta_e_milli": 2_000}
    make_need(session, make_firm(session, "Maglificio Blu"), mass_g=120_000, length_um=20_000, **wanted)
    session.commit()
    run = solved()
    text = desk.get(f"/runs/{run.id}/shortages").get_data(as_text=True)
    for shown in ("120 kg", "wool", "≥ 20 mm", "Maglificio Blu"):
        assert shown in text, shown


def test_needs_that_compete_for_too_little_are_named(
    session: Session, desk: FlaskClient, market: Market, solved: Solved
) -> None:
    rival = make_need(session, make_firm(session, "Cardatura Rivale"), mass_g=900_000, price_milli_eur_kg=790)
    session.commit()
    run = solved()
    [competition] = run.shortage["competitions"]
    assert competition == {
        "needs": [market.need.id, rival.id],
        "offers": [market.offer.id],
        "wanted_g": 1_500_000,
        "offered_g": 1_000_000,
    }
    text = desk.get(f"/runs/{run.id}/shortages").get_data(as_text=True)
    for shown in ("Cardatura Rivale", "Filatura Bisenzio", "1,500 kg", "1,000 kg", "500 kg"):
        assert shown in text, shown


def test_administrators_read_neither(session: Session, app: Flask, market: Market, solved: Solved) -> None:
    run = solved()
    admin = make_person(session, make_body(session), "admin")
    session.commit()
    client = sign_in(app.test_client(), admin)
    for page in ("shortages", "compare"):
        assert client.get(f"/runs/{run.id}/{page}").status_code == 403
        assert page not in client.get(f"/runs/{run.id}").get_data(as_text=True)
