# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a negotiation goes on and how it ends: states, grams, history and mail together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from marketplace.audit.models import Event
from marketplace.db import now
from marketplace.errors import Stale
from marketplace.ledger.rules import NotEnoughGrams
from marketplace.negotiations import actions, queries, rules
from marketplace.outbox.models import Mail
from tests import world
from tests.rooms.negotiations.deal import Deal


def test_opening_tells_both_firms_that_it_is_their_turn(deal: Deal) -> None:
    assert (deal.negotiation.state, deal.negotiation.round) == ("open", 0)
    assert deal.mail(deal.giver_manager) == deal.mail(deal.taker_manager) == ["negotiations/your_turn"]
    assert deal.events(deal.negotiation) == ["negotiations:open"]


def test_one_firm_does_not_negotiate_with_itself(deal: Deal) -> None:
    need = world.make_need(deal.session, deal.giver)
    own = world.make_proposal(deal.session, deal.offer, need)
    with pytest.raises(rules.SameFirm):
        actions.open_from_proposal(deal.session, None, own)


def test_the_turn_passes_from_one_side_to_the_other(deal: Deal) -> None:
    def turns() -> tuple[int, int]:
        people = (deal.giver_manager, deal.taker_manager)
        giver, taker = (queries.count_my_turn(deal.session, deal.actor(person)) for person in people)
        return giver, taker

    assert turns() == (1, 1)
    deal.propose()
    assert turns() == (0, 1)
    assert queries.list_my_turn(deal.session, deal.actor(deal.taker_manager)) == [deal.negotiation]
    deal.counter(deal.taker_manager)
    assert turns() == (1, 0)
    deal.accept(deal.giver_manager)
    assert turns() == (0, 0)
    assert queries.count_my_turn(deal.session, deal.actor(deal.coordinator)) == 0


def test_an_agreement_reserves_grams_tells_both_and_opens_a_case(deal: Deal) -> None:
    case = deal.agree(mass_g=600_000)
    assert (deal.negotiation.state, deal.negotiation.agreed_round) == ("agreed", 1)
    assert deal.grams("reserved") == (600_000, 600_000)
    assert (case.state, case.terms_sha256) == ("waiting", deal.negotiation.rounds[0].terms_sha256)
    assert deal.mail(deal.giver_manager)[-1] == deal.mail(deal.taker_manager)[-1] == "negotiations/agreed"
    assert deal.mail(deal.coordinator) == ["approvals/opened"]
    assert deal.events(deal.negotiation)[-1] == "negotiations:accept"


def test_more_than_is_free_on_either_side_is_not_put_on_the_table(deal: Deal) -> None:
    with pytest.raises(rules.TooMuch) as refusal:
        deal.propose(mass_g=1_000_001)
    assert refusal.value.facts == {"mass_g": 1_000_000}


def test_grams_that_went_elsewhere_in_the_meantime_are_not_promised_again(deal: Deal) -> None:
    deal.propose(mass_g=700_000)
    other = Deal.__new__(Deal)
    other.__dict__.update(deal.__dict__)
    need = world.make_need(deal.session, deal.taker)
    proposal = world.make_proposal(deal.session, deal.offer, need, state="negotiating")
    other.need, other.negotiation = need, actions.open_from_proposal(deal.session, None, proposal)
    other.agree(mass_g=400_000)
    with pytest.raises(NotEnoughGrams):
        deal.accept(deal.taker_manager)
    assert deal.grams("reserved") == (400_000, 0)
    assert deal.negotiation.agreed_round is None


def test_an_exhausted_listing_says_so_and_comes_back(deal: Deal) -> None:
    deal.agree(mass_g=1_000_000)
    assert (deal.offer.state, deal.need.state) == ("exhausted", "exhausted")
    actions.withdraw(deal.session, deal.actor(deal.giver_manager), deal.negotiation, "Macchina ferma")
    assert (deal.offer.state, deal.need.state) == ("published", "published")


@pytest.mark.parametrize("who", ["giver_manager", "taker_manager"])
def test_either_firm_withdraws_before_and_after_the_agreement(deal: Deal, who: str) -> None:
    case = deal.agree()
    actions.withdraw(deal.session, deal.actor(getattr(deal, who)), deal.negotiation, "Il cliente ha disdetto")
    assert (deal.negotiation.state, deal.negotiation.closed_reason) == ("withdrawn", "Il cliente ha disdetto")
    assert deal.grams("reserved") == (0, 0)
    assert deal.grams("free") == (1_000_000, 1_000_000)
    assert case.state == "void"
    left = deal.taker_manager if who == "giver_manager" else deal.giver_manager
    assert deal.mail(left)[-1] == "negotiations/withdrawn"


def test_the_reason_of_a_withdrawal_stays_between_the_two(deal: Deal) -> None:
    actions.withdraw(deal.session, deal.actor(deal.giver_manager), deal.negotiation, "canary-4f1e")
    assert "canary-4f1e" not in str(deal.session.scalars(select(Event.facts)).all())
    assert "canary-4f1e" not in str(deal.session.scalars(select(Mail.body)).all())


def test_a_withdrawal_from_what_has_been_agreed_in_the_meantime_is_stale(deal: Deal) -> None:
    deal.agree()
    with pytest.raises(Stale):
        actions.withdraw(deal.session, deal.actor(deal.giver_manager), deal.negotiation, "no", seen_state="open")
    assert deal.negotiation.state == "agreed"


@pytest.mark.parametrize("days", [-1, 0])
def test_nothing_is_accepted_at_the_deadline_or_after_it(deal: Deal, days: int) -> None:
    deal.propose()
    at = now(deal.session)
    deal.session.info["clock"] = lambda: at
    deal.negotiation.expires_at = at + timedelta(days=days)
    deal.session.flush()
    with pytest.raises(rules.TimeIsUp):
        deal.accept(deal.taker_manager)
    with pytest.raises(rules.TimeIsUp):
        deal.counter(deal.taker_manager)


def test_what_nobody_answers_expires_once(deal: Deal) -> None:
    deal.propose()
    assert actions.expire_due(deal.session) == 0
    start = now(deal.session)
    deal.session.info["clock"] = lambda: start + timedelta(days=rules.DAYS_PER_ROUND, seconds=5)
    assert actions.expire_due(deal.session) == 1
    assert deal.negotiation.state == "expired"
    assert deal.events(deal.negotiation)[-1] == "negotiations:expire"
    assert deal.mail(deal.giver_manager)[-1] == "negotiations/expired"
    assert deal.proposal.state != "negotiating"
    assert actions.expire_due(deal.session) == 0


def test_an_agreement_does_not_expire_while_the_coordinator_decides(deal: Deal) -> None:
    deal.agree()
    start = now(deal.session)
    deal.session.info["clock"] = lambda: start + timedelta(days=99)
    assert actions.expire_due(deal.session) == 0


def test_whoever_s_turn_it_is_is_reminded_once_per_round(deal: Deal) -> None:
    deal.propose()
    start = now(deal.session)
    assert actions.remind_due(deal.session) == 0
    deal.session.info["clock"] = lambda: start + timedelta(days=12)
    assert actions.remind_due(deal.session) == 1
    assert actions.remind_due(deal.session) == 0
    assert deal.mail(deal.taker_manager)[-1] == "negotiations/reminder"
    assert "negotiations/reminder" not in deal.mail(deal.giver_manager)
    deal.counter(deal.taker_manager)
    deal.session.info["clock"] = lambda: start + timedelta(days=24)
    assert actions.remind_due(deal.session) == 1
    assert deal.mail(deal.giver_manager)[-1] == "negotiations/reminder"


def test_each_round_renews_the_time(deal: Deal) -> None:
    start = now(deal.session)
    deal.session.info["clock"] = lambda: start + timedelta(days=10)
    deal.propose()
    assert deal.negotiation.expires_at == start + timedelta(days=10 + rules.DAYS_PER_ROUND)


@pytest.mark.parametrize("person", ["coordinator", "outsider"])
def test_nobody_else_moves_it(deal: Deal, person: str) -> None:
    deal.propose()
    somebody = (
        deal.coordinator if person == "coordinator" else world.make_person(deal.session, world.make_firm(deal.session))
    )
    actor = deal.actor(somebody)
    attempts: list[Any] = [
        lambda: actions.accept(deal.session, actor, deal.negotiation, deal.answered),
        lambda: actions.counter(deal.session, actor, deal.negotiation, deal.answered, deal.terms()),
        lambda: actions.withdraw(deal.session, actor, deal.negotiation, "no"),
        lambda: actions.write_message(deal.session, actor, deal.negotiation, "hello"),
    ]
    for attempt in attempts:
        with pytest.raises(rules.NoSuchMove):
            attempt()
    assert (deal.negotiation.state, deal.negotiation.round) == ("open", 1)


def test_a_message_tells_the_other_side_without_saying_what(deal: Deal) -> None:
    actions.write_message(deal.session, deal.actor(deal.giver_manager), deal.negotiation, "canary-77aa")
    assert deal.mail(deal.taker_manager)[-1] == "negotiations/message"
    assert deal.mail(deal.giver_manager) == ["negotiations/your_turn"]
    assert deal.events(deal.negotiation)[-1] == "negotiations:write"
