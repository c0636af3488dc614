# SPDX-License-Identifier: AGPL-3.0-or-later
"""A firm says what it does to material for others; the coordinator reads all of it, other firms nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Permit
from marketplace.processors.models import Processor
from marketplace.processors.queries import list_usable
from tests.browser import form_values, post
from tests.world import make_body, make_firm, make_person, make_processor, sign_in

PULLING: dict[str, Any] = {
    "process_code": "PULL_DRY",
    "input_forms": ["CUT_KNIT", "CUT_WOVEN"],
    "output_form": "REGEN_WOOL",
    "output_share": "83,25",
    "capacity_kg": "18000",
    "min_batch_kg": "150",
    "cost": "0,45",
    "regimes": ["BYPRODUCT", "PRODUCT"],
}


@pytest.fixture
def firm(session: Session) -> Organisation:
    firm = make_firm(session, "Sfilacciatura Dente")
    session.add(Permit(firm_id=firm.id, waste_code="04 02 22"))
    session.flush()
    return firm


@pytest.fixture
def mill(session: Session, app: Flask, firm: Organisation) -> FlaskClient:
    manager = make_person(session, firm)
    session.commit()
    return sign_in(app.test_client(), manager)


def stated(session: Session) -> list[Processor]:
    return list(session.scalars(select(Processor)))


def test_a_process_is_stated_and_the_engine_may_use_it(session: Session, mill: FlaskClient, firm: Organisation) -> None:
    assert post(mill, "/processing", data=PULLING).status_code == 302
    [found] = stated(session)
    assert (found.firm_id, found.yield_ppm, found.capacity_g, found.min_batch_g) == (
        firm.id,
        832_500,
        18_000_000,
        150_000,
    )
    assert (found.input_forms, found.regimes, found.cost_milli_eur_kg) == (
        "CUT_KNIT;CUT_WOVEN",
        "BYPRODUCT;PRODUCT",
        450,
    )
    assert list_usable(session) == [found]
    text = mill.get("/processing").get_data(as_text=True)
    for shown in ("83.25%", "18,000 kg", "150 kg", "0.45 €/kg"):
        assert shown in text, shown


WRONG = [
    {"process_code": ""},
    {"process_code": "ALCHEMY"},
    {"input_forms": []},
    {"output_form": "NO_SUCH_FORM"},
    {"output_share": "0"},
    {"output_share": "100.1"},
    {"output_share": "sNaN"},
    {"capacity_kg": "0"},
    {"capacity_kg": ""},
    {"min_batch_kg": "18001"},
    {"cost": ""},
    {"regimes": []},
    {"regimes": ["WASTE"]},
    {"regimes": ["WASTE"], "waste_codes": ["19 12 08"]},
    {"end_of_waste": "y"},
    {"removes": ["XX"]},
]


@pytest.mark.parametrize("typed", WRONG, ids=str)
def test_what_no_plant_can_do_is_refused_beside_the_field(
    session: Session, mill: FlaskClient, typed: dict[str, Any]
) -> None:
    answer = post(mill, "/processing", data={**PULLING, **typed})
    assert answer.status_code == 422
    assert stated(session) == []


def test_waste_goes_in_under_a_code_of_the_permit(session: Session, mill: FlaskClient) -> None:
    waste = {"regimes": ["WASTE"], "waste_codes": ["04 02 22"], "end_of_waste": "y"}
    assert post(mill, "/processing", data={**PULLING, **waste}).status_code == 302
    [found] = stated(session)
    assert (found.waste_codes, found.end_of_waste) == ("04 02 22", True)


def test_a_withdrawn_process_is_used_no_more(session: Session, mill: FlaskClient, firm: Organisation) -> None:
    processor = make_processor(session, firm)
    session.commit()
    path = f"/processing/{processor.id}/withdraw"
    assert post(mill, path, "/processing").status_code == 302
    assert list_usable(session) == []
    assert path not in mill.get("/processing").get_data(as_text=True)


def test_withdrawing_what_a_colleague_withdrew_is_a_409(
    session: Session, mill: FlaskClient, firm: Organisation
) -> None:
    processor = make_processor(session, firm)
    session.commit()
    path = f"/processing/{processor.id}/withdraw"
    seen = form_values(mill, path, "/processing")
    assert post(mill, path, "/processing").status_code == 302
    assert mill.post(path, data=seen).status_code == 409


def test_members_read_and_only_managers_state(session: Session, app: Flask, firm: Organisation) -> None:
    make_processor(session, firm)
    member = make_person(session, firm, "member")
    session.commit()
    text = sign_in(app.test_client(), member).get("/processing").get_data(as_text=True)
    assert "Sfilacciatura Dente" in text
    assert "State a process" not in text


def test_the_coordinator_reads_every_firms_and_others_their_own(
    session: Session, app: Flask, mill: FlaskClient, firm: Organisation
) -> None:
    make_processor(session, firm)
    make_processor(session, make_firm(session, "Carbonizzo Fumo"))
    coordinator = make_person(session, make_body(session), "coordinator")
    session.commit()
    own = mill.get("/processing").get_data(as_text=True)
    assert "Carbonizzo Fumo" not in own
    everything = sign_in(app.test_client(), coordinator).get("/processing").get_data(as_text=True)
    assert "Carbonizzo Fumo" in everything
    assert "Sfilacciatura Dente" in everything
    assert "Withdraw</button>" not in everything


@pytest.mark.parametrize("standing", ["pending", "suspended"])
def test_only_verified_firms_process(session: Session, firm: Organisation, standing: str) -> None:
    make_processor(session, firm)
    firm.state = standing
    session.flush()
    assert list_usable(session) == []
