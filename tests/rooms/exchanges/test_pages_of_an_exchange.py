# SPDX-License-Identifier: AGPL-3.0-or-later
"""The list, the sheet and the page of an exchange, and the forms of its loads, for everybody who may see them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.approvals import actions as approvals
from marketplace.exchanges import actions
from tests import world
from tests.browser import form_values, post
from tests.rooms.negotiations.deal import TAKES_WASTE, WASTE, Deal, give_permit

HOSTILE_MASSES = ["sNaN", "Infinity", "1e400", "9" * 200, "0.0004", "1_000", "١٢", "-1", "", "a\0b", "1.250"]
HOSTILE_DAYS = ["0001-01-01", "9999-12-31", "2024-02-30", "domani", "a\0b", "2046-12-31"]


@pytest.fixture
def sent(deal: Deal) -> Any:
    """An exchange with one load on its way; the price is a canary."""
    deal.approve(price_milli_eur_kg=7_531)
    load = deal.send()
    deal.session.commit()
    return load


def url(deal: Deal) -> str:
    return f"/exchanges/{deal.exchange.id}"


def rows_of(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    text = client.get(f"/exchanges.csv{query}").get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_load_goes_through_the_pages_of_three_people(deal: Deal, app: Flask, sent: Any) -> None:
    giver, taker = (world.sign_in(app.test_client(), who) for who in (deal.giver_manager, deal.taker_manager))
    desk = world.sign_in(app.test_client(), deal.coordinator)
    load = f"/loads/{sent.id}"
    assert "Weigh in" in taker.get(url(deal)).get_data(as_text=True)
    arrived = {"arrived_g": "398,5", "accepted_g": "390", "refusal_reason": "8,5 kg di etichette"}
    assert post(taker, f"{load}/weigh", data=arrived).status_code == 302
    assert post(giver, f"{load}/contest", data={"reason": "La tara era di 2 kg"}).status_code == 302
    assert "La tara era di 2 kg" in desk.get(url(deal)).get_data(as_text=True)
    assert post(desk, f"{load}/settle", data={"accepted_g": "392", "reason": "Bindello"}).status_code == 302
    assert post(taker, f"{load}/corrections", data={"accepted_g": "391", "reason": "Riletto"}).status_code == 302
    deal.session.expire_all()
    correction = f"/corrections/{sent.corrections[0].id}"
    assert post(desk, f"{correction}/settle", url(deal)).status_code == 302
    assert post(giver, f"{url(deal)}/loads", data={"mass_g": "9", "document_number": "129"}).status_code == 302
    deal.session.expire_all()
    second = f"/loads/{deal.exchange.deliveries[1].id}"
    assert post(taker, f"{second}/weigh", data={"arrived_g": "9", "accepted_g": "9"}).status_code == 302
    assert post(taker, f"{second}/confirm", url(deal)).status_code == 302
    deal.session.expire_all()
    assert (deal.exchange.state, deal.exchange.delivered_g) == ("delivered", 400_000)
    text = giver.get(url(deal)).get_data(as_text=True)
    for words in ("DDT 128/2026", "391 kg", "Everything agreed on has been delivered", "7.531 €/kg"):
        assert words in text


def test_waste_travels_with_a_fir(app: Flask, session: Session, client: FlaskClient) -> None:
    with app.app_context():
        deal = Deal(session, offer=WASTE, need=TAKES_WASTE)
        give_permit(session, deal.taker, "04 02 22")
        case = deal.agree()
        for person in (deal.coordinator, deal.second):
            approvals.approve(session, deal.actor(person), case)
        session.commit()
    world.sign_in(client, deal.giver_manager)
    typed = {"document_number": "FIR XF 77", "document_kind": "DDT", "state": "confirmed"}
    assert post(client, f"{url(deal)}/loads", data=typed).status_code == 302
    session.expire_all()
    load = deal.exchange.deliveries[0]
    assert (load.document_kind, load.document_number, load.state, load.sent_g) == ("FIR", "XF 77", "sent", 400_000)
    text = client.get(url(deal)).get_data(as_text=True)
    assert "FIR XF 77" in text
    assert "FIR FIR" not in text


def test_a_hostile_mass_gets_a_sentence_and_the_rest_is_kept(deal: Deal, client: FlaskClient, sent: Any) -> None:
    world.sign_in(client, deal.taker_manager)
    for field in ("arrived_g", "accepted_g"):
        for typed in HOSTILE_MASSES:
            data = {"arrived_g": "400", "accepted_g": "400", "refusal_reason": "what I typed", field: typed}
            answer = post(client, f"/loads/{sent.id}/weigh", data=data)
            assert (typed, answer.status_code) == (typed, 422)
            assert "what I typed" in answer.get_data(as_text=True)


def test_a_hostile_day_gets_a_sentence(deal: Deal, client: FlaskClient, sent: Any) -> None:
    world.sign_in(client, deal.taker_manager)
    for typed in HOSTILE_DAYS:
        data = {"arrived_g": "400", "accepted_g": "400", "on": typed}
        assert (typed, post(client, f"/loads/{sent.id}/weigh", data=data).status_code) == (typed, 422)


def test_a_hostile_document_number_gets_a_sentence(deal: Deal, client: FlaskClient, sent: Any) -> None:
    world.sign_in(client, deal.giver_manager)
    for typed in ("", "a\0b", "\u202egpj.exe", "\u200b", "x" * 61, "a\nb"):
        answer = post(client, f"{url(deal)}/loads", data={"mass_g": "1", "document_number": typed})
        assert (typed, answer.status_code) == (typed, 422)


def test_a_load_far_beyond_the_deal_is_said_at_the_field(deal: Deal, client: FlaskClient, sent: Any) -> None:
    world.sign_in(client, deal.giver_manager)
    typed = {"mass_g": "99999999", "document_number": "DDT 8/26"}
    answer = post(client, f"{url(deal)}/loads", data=typed)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Beside what is on its way, at most 80 kg can leave under this agreement." in page
    assert "DDT 8/26" in page
    assert len(deal.exchange.deliveries) == 1


WRONG_WEIGHINGS = [
    ({"arrived_g": "400", "accepted_g": "401"}, "More was accepted than has arrived."),
    ({"arrived_g": "400", "accepted_g": "399"}, "Please say why not everything was accepted."),
    ({"arrived_g": "500", "accepted_g": "500"}, "At most 400 kg are still to come"),
    ({"arrived_g": "400", "accepted_g": "400", "on": "2020-01-01"}, "before the day on which the load was sent"),
]


def test_a_wrong_weighing_is_said_at_the_field(deal: Deal, client: FlaskClient, sent: Any) -> None:
    world.sign_in(client, deal.taker_manager)
    for typed, words in WRONG_WEIGHINGS:
        answer = post(client, f"/loads/{sent.id}/weigh", data=typed)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)


def test_skipping_a_step_is_a_conflict(deal: Deal, client: FlaskClient, sent: Any) -> None:
    world.sign_in(client, deal.taker_manager)
    for act in ("contest", "corrections"):
        assert client.get(f"/loads/{sent.id}/{act}").status_code == 409
    assert client.get(f"/loads/{sent.id}/settle").status_code == 403


def test_a_member_weighs_and_a_manager_confirms(deal: Deal, client: FlaskClient, sent: Any) -> None:
    member = world.make_person(deal.session, deal.taker, "member")
    deal.session.commit()
    world.sign_in(client, member)
    typed = {"arrived_g": "400", "accepted_g": "400"}
    assert post(client, f"/loads/{sent.id}/weigh", data=typed).status_code == 302
    text = client.get(url(deal)).get_data(as_text=True)
    assert "Weighed, to be confirmed" in text
    assert "Confirm 400" not in text
    assert client.get(f"{url(deal)}/close").status_code == 403


def test_parties_and_coordinators_read_the_price(deal: Deal, app: Flask, sent: Any) -> None:
    for person in (deal.giver_manager, deal.taker_manager, deal.coordinator):
        client = world.sign_in(app.test_client(), person)
        assert "7.531" in client.get(url(deal)).get_data(as_text=True)
        assert [row["price_eur_kg"] for row in rows_of(client)] == ["7.531"]


def test_an_officer_reads_kilograms_of_members_and_neither_price_nor_counterpart(
    deal: Deal, client: FlaskClient, sent: Any
) -> None:
    union = world.make_body(deal.session, "association")
    deal.giver.association_id, deal.giver.mandate_given = union.id, True
    officer = world.make_person(deal.session, union, "officer")
    deal.session.commit()
    world.sign_in(client, officer)
    for text in (client.get(url(deal)).get_data(as_text=True), client.get("/exchanges").get_data(as_text=True)):
        assert "400 kg" in text
        assert deal.giver.name in text
        assert deal.taker.name not in text
        assert "7.531" not in text
        assert "128/2026" not in text
    (row,) = rows_of(client)
    assert "price_eur_kg" not in row
    assert (row["giver"], row["taker"], row["agreed_kg"]) == (deal.giver.name, "", "400")


@pytest.mark.parametrize("role", ["manager", "analyst", "officer", "admin"])
def test_for_others_it_does_not_exist(deal: Deal, client: FlaskClient, sent: Any, role: str) -> None:
    organisation = world.make_firm(deal.session) if role == "manager" else world.make_body(deal.session)
    person = world.make_person(deal.session, organisation, role)
    deal.session.commit()
    world.sign_in(client, person)
    assert client.get(url(deal)).status_code == 404
    for act in ("weigh", "contest", "settle", "corrections"):
        assert client.get(f"/loads/{sent.id}/{act}").status_code == 404
    listed = client.get("/exchanges.csv")
    assert listed.status_code in (200, 403)
    assert deal.giver.name not in listed.get_data(as_text=True)


def test_a_cell_of_the_sheet_is_never_a_formula(deal: Deal, client: FlaskClient, sent: Any) -> None:
    deal.giver.name = "=HYPERLINK(1)"
    deal.session.commit()
    world.sign_in(client, deal.taker_manager)
    assert rows_of(client)[0]["giver"] == "'=HYPERLINK(1)"


def test_the_list_and_the_sheet_bear_any_filter(deal: Deal, client: FlaskClient, sent: Any) -> None:
    world.sign_in(client, deal.taker_manager)
    for query in ("page=0", "page=99999999999999999999", "view=__class__", "view=closed", "view=waiting"):
        assert client.get(f"/exchanges?{query}").status_code == 200
        assert client.get(f"/exchanges.csv?{query}").status_code == 200


def test_the_taker_closes_it_with_a_reason(deal: Deal, client: FlaskClient) -> None:
    deal.approve()
    deal.session.commit()
    world.sign_in(client, deal.taker_manager)
    assert post(client, f"{url(deal)}/close", data={"reason": " "}).status_code == 422
    assert post(client, f"{url(deal)}/close", data={"reason": "Linea ferma"}).status_code == 302
    deal.session.expire_all()
    assert (deal.exchange.state, deal.exchange.closed_reason) == ("closed", "Linea ferma")
    assert "Linea ferma" in client.get(url(deal)).get_data(as_text=True)
    assert client.get(f"{url(deal)}/close").status_code == 409


def test_a_late_answer_to_a_settled_load_is_a_conflict(deal: Deal, client: FlaskClient, sent: Any) -> None:
    deal.weigh(sent, 400_000)
    deal.session.commit()
    world.sign_in(client, deal.taker_manager)
    confirm, again = (
        form_values(client, f"/loads/{sent.id}/{act}", page) for act, page in (("confirm", url(deal)), ("weigh", None))
    )
    actions.contest(deal.session, deal.actor(deal.giver_manager), sent, "no")
    deal.session.commit()
    assert client.post(f"/loads/{sent.id}/confirm", data=confirm).status_code == 409
    assert client.post(f"/loads/{sent.id}/weigh", data=again).status_code == 409
    assert deal.grams("delivered") == (0, 0)
