# SPDX-License-Identifier: AGPL-3.0-or-later
"""Of a mix only the whole is of use: no component is approved while another one is still talked about."""

from __future__ import annotations

from copy import copy

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.approvals import actions, queries, rules
from marketplace.matches.models import Arrangement
from marketplace.negotiations import actions as negotiations
from tests import world
from tests.rooms.negotiations.deal import Deal


@pytest.fixture
def other(session: Session, deal: Deal) -> Deal:
    """A second giver for the same need: with the first, a recipe of 400 kg each."""
    second = copy(deal)
    second.giver = world.make_firm(session)
    second.giver_manager = world.make_person(session, second.giver)
    second.offer = world.make_offer(session, second.giver)
    second.proposal = world.make_proposal(session, second.offer, deal.need, state="negotiating", mass_g=400_000)
    second.negotiation = negotiations.open_from_proposal(session, None, second.proposal)
    whole = {"run_id": deal.proposal.run_id, "need_id": deal.need.id, "need_firm_id": deal.taker.id}
    recipe = Arrangement(kind="recipe", delivered_g=800_000, **whole)
    deal.proposal.mass_g = 400_000
    deal.proposal.arrangement = second.proposal.arrangement = recipe
    session.flush()
    return second


def colour(deal: Deal) -> str | None:
    found = {check.key: check.colour for check in queries.list_checks(deal.session, deal.case)}
    return found.get("recipe")


def approve(deal: Deal) -> None:
    actions.approve(deal.session, deal.actor(deal.coordinator), deal.case)


def test_a_deal_that_is_no_component_is_not_asked(deal: Deal) -> None:
    deal.agree(mass_g=400_000)
    assert colour(deal) is None


def test_one_component_waits_until_the_other_is_agreed(deal: Deal, other: Deal) -> None:
    deal.agree(mass_g=400_000)
    assert colour(deal) == "red"
    with pytest.raises(rules.Forbidden) as refused:
        approve(deal)
    assert [check.key for check in refused.value.red] == ["recipe"]
    other.agree(mass_g=400_000)
    assert (colour(deal), colour(other)) == ("green", "green")
    approve(deal)
    assert colour(other) == "green"
    approve(other)
    assert (deal.case.state, other.case.state) == ("approved", "approved")
    assert deal.grams("committed") == (400_000, 800_000)


def test_after_a_component_fell_away_the_taker_is_to_be_asked(deal: Deal, other: Deal) -> None:
    deal.agree(mass_g=400_000)
    negotiations.withdraw(deal.session, deal.actor(other.giver_manager), other.negotiation, "Venduto altrove")
    assert colour(deal) == "amber"


def test_other_kilograms_than_computed_are_another_mix(deal: Deal, other: Deal) -> None:
    deal.agree(mass_g=390_000)
    other.agree(mass_g=400_000)
    assert (colour(deal), colour(other)) == ("amber", "green")


def test_the_case_of_a_component_leads_the_coordinator_to_the_others_and_a_party_nowhere(
    deal: Deal, other: Deal, app: Flask
) -> None:
    deal.agree(mass_g=400_000)
    deal.session.commit()
    case, whole = f"/cases/{deal.case.id}", f"/arrangements/{deal.proposal.arrangement_id}"
    desk = world.sign_in(app.test_client(), deal.coordinator)
    text = desk.get(case).get_data(as_text=True)
    assert "part of a recipe" in text
    assert f'href="{whole}"' in text
    assert desk.get(whole).status_code == 200
    text = world.sign_in(app.test_client(), deal.giver_manager).get(case).get_data(as_text=True)
    assert "part of a recipe" in text
    assert whole not in text


def test_who_refuses_a_component_is_told_what_is_approved_already_and_the_firms_that_one_fell_away(
    deal: Deal, other: Deal, app: Flask
) -> None:
    for one in (deal, other):
        one.agree(mass_g=400_000)
    desk = world.sign_in(app.test_client(), deal.coordinator)
    warning = "approved already: 1"
    deal.session.commit()
    assert warning not in desk.get(f"/cases/{other.case.id}/refuse").get_data(as_text=True)
    approve(deal)
    deal.session.commit()
    assert warning in desk.get(f"/cases/{other.case.id}/refuse").get_data(as_text=True)
    taker = world.sign_in(app.test_client(), deal.taker_manager)
    exchange = f"/exchanges/{deal.exchange.id}"
    assert "fell away" not in taker.get(exchange).get_data(as_text=True)
    actions.refuse(deal.session, deal.actor(deal.coordinator), other.case, "Manca la scheda")
    deal.session.commit()
    assert "fell away" in taker.get(exchange).get_data(as_text=True)
