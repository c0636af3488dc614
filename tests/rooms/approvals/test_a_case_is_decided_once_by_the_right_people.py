# SPDX-License-Identifier: AGPL-3.0-or-later
"""Four eyes, terms bound to their digest, and what follows from each decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import MembershipRow
from marketplace.approvals import actions, queries, rules
from marketplace.approvals.models import Case
from marketplace.db import today
from marketplace.errors import NotAllowed
from marketplace.matches.models import ForbiddenPair
from marketplace.negotiations import actions as negotiations
from marketplace.negotiations.rules import NoSuchMove
from tests import world
from tests.rooms.negotiations.deal import TAKES_WASTE, WASTE, Deal, give_permit


@pytest.fixture
def waste(app: Flask, session: Session) -> Any:
    """Agreed terms over waste that the taker may receive: two coordinators must approve."""
    with app.app_context():
        deal = Deal(session, offer=WASTE, need=TAKES_WASTE)
        give_permit(session, deal.taker, "04 02 22", today(session) + timedelta(days=365))
        deal.agree()
        yield deal


def approve(deal: Deal, person: Any, case: Case | None = None) -> None:
    actions.approve(deal.session, deal.actor(person), case or deal.case)


def test_an_approval_opens_the_exchange_commits_the_grams_and_tells_both(deal: Deal) -> None:
    exchange = deal.approve(mass_g=400_000)
    assert deal.grams("committed") == (400_000, 400_000)
    assert (deal.case.state, deal.case.first_approver_id) == ("approved", deal.coordinator.id)
    assert deal.case.decided_at is not None
    assert (exchange.mass_g, exchange.price_milli_eur_kg, exchange.regime) == (400_000, 450, "BYPRODUCT")
    assert deal.mail(deal.giver_manager)[-1] == deal.mail(deal.taker_manager)[-1] == "approvals/approved"
    assert deal.events(deal.case) == ["approvals:open", "approvals:approve"]


def test_a_return_frees_the_grams_and_asks_for_new_terms(deal: Deal) -> None:
    case = deal.agree()
    actions.return_case(deal.session, deal.actor(deal.coordinator), case, "Manca il giorno del ritiro")
    assert (case.state, case.reason) == ("returned", "Manca il giorno del ritiro")
    assert deal.grams("reserved") == (0, 0)
    assert (deal.negotiation.state, deal.negotiation.round, deal.negotiation.agreed_round) == ("returned", 1, None)
    assert deal.negotiation.closed_reason == "Manca il giorno del ritiro"
    with pytest.raises(NoSuchMove):
        deal.accept(deal.taker_manager)

    deal.counter(deal.giver_manager, mass_g=350_000)
    assert (deal.negotiation.state, deal.negotiation.closed_reason) == ("open", "")
    deal.accept(deal.taker_manager)
    assert deal.case.id != case.id
    approve(deal, deal.coordinator)
    assert deal.grams("committed") == (350_000, 350_000)


def test_a_refusal_frees_the_grams_and_forbids_the_pair(deal: Deal) -> None:
    case = deal.agree()
    actions.refuse(deal.session, deal.actor(deal.coordinator), case, "Nessuna scheda tecnica")
    assert (case.state, deal.negotiation.state) == ("refused", "refused")
    assert deal.grams("free") == (1_000_000, 1_000_000)
    pair = select(ForbiddenPair).where(ForbiddenPair.offer_id == deal.offer.id, ForbiddenPair.need_id == deal.need.id)
    assert deal.session.scalar(pair) is not None
    assert deal.mail(deal.giver_manager)[-1] == "approvals/refused"


@pytest.mark.parametrize("first", ["approve", "return", "refuse", "void"])
@pytest.mark.parametrize("second", ["approve", "return", "refuse"])
def test_a_second_decision_comes_too_late(deal: Deal, first: str, second: str) -> None:
    case = deal.agree()
    actor = deal.actor(deal.coordinator)
    decisions: dict[str, Callable[[], object]] = {
        "approve": lambda: actions.approve(deal.session, actor, case),
        "return": lambda: actions.return_case(deal.session, actor, case, "perché"),
        "refuse": lambda: actions.refuse(deal.session, actor, case, "perché"),
        "void": lambda: negotiations.withdraw(deal.session, deal.actor(deal.giver_manager), deal.negotiation, "perché"),
    }
    decisions[first]()
    before = (case.state, deal.grams("committed"), deal.grams("reserved"))
    with pytest.raises(rules.AlreadyDecided):
        decisions[second]()
    assert (case.state, deal.grams("committed"), deal.grams("reserved")) == before


def test_two_different_coordinators_approve_waste(waste: Deal) -> None:
    assert waste.case.two_needed
    approve(waste, waste.coordinator)
    assert waste.case.state == "seconding"
    assert waste.grams("committed") == (0, 0)
    assert waste.mail(waste.second)[-1] == "approvals/second_needed"
    with pytest.raises(rules.FourEyes):
        approve(waste, waste.coordinator)
    assert queries.count_waiting_for(waste.session, waste.actor(waste.coordinator)) == 0
    assert queries.list_waiting_for(waste.session, waste.actor(waste.second)) == [waste.case]
    approve(waste, waste.second)
    assert waste.case.state == "approved"
    assert waste.grams("committed") == (400_000, 400_000)


def test_the_first_of_two_may_still_send_it_back(waste: Deal) -> None:
    approve(waste, waste.coordinator)
    actions.return_case(waste.session, waste.actor(waste.coordinator), waste.case, "Ripensandoci")
    assert (waste.case.state, waste.grams("reserved")) == ("returned", (0, 0))


def test_a_party_that_steps_back_voids_half_an_approval(waste: Deal) -> None:
    approve(waste, waste.coordinator)
    negotiations.withdraw(waste.session, waste.actor(waste.taker_manager), waste.negotiation, "no")
    assert waste.case.state == "void"
    with pytest.raises(rules.AlreadyDecided):
        approve(waste, waste.second)


def test_a_red_check_blocks_the_approval_and_only_that(app: Flask, session: Session) -> None:
    with app.app_context():
        deal = Deal(session, offer=WASTE, need=TAKES_WASTE)
        case = deal.agree()
        with pytest.raises(rules.Forbidden) as refusal:
            approve(deal, deal.coordinator)
        assert [check.key for check in refusal.value.red] == ["permit"]
        assert case.state == "waiting"
        give_permit(session, deal.taker, "04 02 22", today(session) + timedelta(days=365))
        approve(deal, deal.coordinator)
        assert case.state == "seconding"


@pytest.mark.parametrize("side", ["giver", "taker"])
@pytest.mark.parametrize("role", ["member", "analyst"])
def test_nobody_decides_on_a_deal_of_their_own_organisation(deal: Deal, side: str, role: str) -> None:
    world.join(deal.session, deal.coordinator, getattr(deal, side), role)
    case = deal.agree()
    assert case.two_needed
    assert queries.count_waiting_for(deal.session, deal.actor(deal.coordinator)) == 0
    for decide in (actions.approve, actions.return_case, actions.refuse):
        with pytest.raises(rules.NotYourCase):
            decide(deal.session, deal.actor(deal.coordinator), case, "x" if decide is not actions.approve else None)
    assert case.state == "waiting"
    assert deal.mail(deal.coordinator) == []


def test_an_organisation_that_was_suspended_is_still_one_s_own(deal: Deal) -> None:
    world.join(deal.session, deal.coordinator, deal.giver, "member")
    case = deal.agree()
    deal.giver.state = "suspended"
    deal.session.flush()
    with pytest.raises(rules.NotYourCase):
        approve(deal, deal.coordinator, case)


@pytest.mark.parametrize("loss", ["membership", "organisation"])
def test_a_right_taken_away_in_the_meantime_is_not_used_any_more(deal: Deal, loss: str) -> None:
    case = deal.agree()
    stale = deal.actor(deal.coordinator)
    if loss == "membership":
        deal.session.execute(delete(MembershipRow).where(MembershipRow.person_id == deal.coordinator.id))
    else:
        deal.comune.state = "suspended"
    deal.session.flush()
    with pytest.raises(NotAllowed):
        actions.approve(deal.session, stale, case)
    assert case.state == "waiting"


@pytest.mark.parametrize("role", ["manager", "analyst", "officer", "admin"])
def test_no_other_role_decides(deal: Deal, role: str) -> None:
    case = deal.agree()
    person = world.make_person(deal.session, world.make_body(deal.session), role)
    with pytest.raises(NotAllowed):
        approve(deal, person, case)


def test_the_decision_is_bound_to_the_terms_that_were_looked_at(deal: Deal) -> None:
    case = deal.agree()
    with pytest.raises(rules.OtherTerms):
        actions.approve(deal.session, deal.actor(deal.coordinator), case, "0" * 64)
    case.terms_sha256 = "1" * 64
    deal.session.flush()
    with pytest.raises(rules.OtherTerms):
        approve(deal, deal.coordinator)


def test_five_tonnes_need_two(app: Flask, session: Session) -> None:
    with app.app_context():
        deal = Deal(session, offer={"mass_g": 9_000_000}, need={"mass_g": 9_000_000})
        assert not deal.agree(mass_g=4_999_999).two_needed
        negotiations.withdraw(session, deal.actor(deal.giver_manager), deal.negotiation, "no")
        other = Deal(session, offer={"mass_g": 9_000_000}, need={"mass_g": 9_000_000})
        assert other.agree(mass_g=5_000_000).two_needed


def test_coordinators_hear_of_a_case_and_those_of_a_party_do_not(deal: Deal) -> None:
    world.join(deal.session, deal.second, deal.giver, "member")
    deal.agree()
    assert deal.mail(deal.coordinator) == ["approvals/opened"]
    assert deal.mail(deal.second) == []
