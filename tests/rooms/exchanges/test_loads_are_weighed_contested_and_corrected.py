# SPDX-License-Identifier: AGPL-3.0-or-later
"""What counts as delivered, gram by gram: partial acceptance, contested loads, corrections, early ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.approvals.rules import NotYourCase
from marketplace.db import today
from marketplace.errors import NotAllowed, Refused
from marketplace.exchanges import actions, bounds, queries, rules
from marketplace.exchanges.models import Correction, Delivery
from marketplace.listings.actions import withdraw as withdraw_listing
from tests import world
from tests.rooms.negotiations.deal import Deal


@pytest.fixture
def open_deal(deal: Deal) -> Deal:
    """An exchange of 400 kg, nothing sent yet."""
    deal.approve()
    return deal


@pytest.fixture
def delivered(open_deal: Deal) -> tuple[Deal, Delivery]:
    """300 of the 400 kg are delivered."""
    return open_deal, open_deal.deliver(300_000)


def counted(deal: Deal) -> tuple[int, int]:
    """Grams still committed and delivered, the same on both sides and in the exchange."""
    committed, delivered = deal.grams("committed"), deal.grams("delivered")
    assert committed[0] == committed[1]
    assert delivered[0] == delivered[1] == deal.exchange.delivered_g
    assert delivered[0] == sum(load.accepted_g or 0 for load in deal.exchange.deliveries if load.state == "confirmed")
    return committed[0], delivered[0]


def ask(deal: Deal, load: Delivery, accepted_g: int) -> Correction:
    """The giver asks for a correction."""
    return actions.propose_correction(deal.session, deal.actor(deal.giver_manager), load, accepted_g, "Tara sbagliata")


def test_the_exchange_keeps_its_own_copy_of_the_terms(open_deal: Deal) -> None:
    exchange = open_deal.exchange
    open_deal.offer.composition, open_deal.offer.regime = "PL:100", "PRODUCT"
    open_deal.offer.place_code = "VAIANO"
    open_deal.session.flush()
    open_deal.session.refresh(exchange)
    assert (exchange.regime, exchange.material, exchange.waste_code) == ("BYPRODUCT", "wool", "04 02 22")
    assert (exchange.form_code, exchange.theme_code, exchange.offer_place_code) == ("CUT_KNIT", "TEX", "PRATO")


def test_a_load_counts_only_once_it_is_confirmed(open_deal: Deal) -> None:
    load = open_deal.send(250_000)
    assert (open_deal.exchange.state, load.document_kind) == ("delivering", "DDT")
    assert counted(open_deal) == (400_000, 0)
    open_deal.weigh(load, 248_500)
    assert counted(open_deal) == (400_000, 0)
    open_deal.confirm(load)
    assert counted(open_deal) == (151_500, 248_500)
    assert open_deal.mail(open_deal.taker_manager)[-2:] == ["exchanges/sent", "exchanges/weighed"]
    assert open_deal.mail(open_deal.giver_manager)[-1] == "exchanges/confirmed"


def test_a_partial_refusal_on_receipt_leaves_the_rest_to_come(open_deal: Deal) -> None:
    load = open_deal.send(400_000)
    with pytest.raises(bounds.ReasonMissing):
        open_deal.weigh(load, 400_000, 320_000)
    open_deal.weigh(load, 400_000, 320_000, "80 kg bagnati")
    open_deal.confirm(load)
    assert counted(open_deal) == (80_000, 320_000)
    assert open_deal.exchange.state == "delivering"
    open_deal.deliver(80_000)
    assert open_deal.exchange.state == "delivered"


def test_a_load_turned_away_altogether_counts_nothing(open_deal: Deal) -> None:
    load = open_deal.send()
    open_deal.weigh(load, 400_000, 0, "Contaminato")
    open_deal.confirm(load)
    assert counted(open_deal) == (400_000, 0)


def test_more_than_was_agreed_is_refused_with_words(open_deal: Deal) -> None:
    load = open_deal.send(450_000)
    with pytest.raises(bounds.TooMuch) as refusal:
        open_deal.weigh(load, 450_000)
    assert refusal.value.facts == {"mass_g": 400_000}
    open_deal.weigh(load, 450_000, 400_000, "50 kg oltre l'accordo")
    open_deal.confirm(load)
    assert counted(open_deal) == (0, 400_000)


def test_two_loads_on_the_way_do_not_deliver_more_than_agreed(open_deal: Deal) -> None:
    one, two = open_deal.send(240_000), open_deal.send(240_000)
    open_deal.weigh(one, 240_000)
    open_deal.weigh(two, 240_000)
    open_deal.confirm(one)
    with pytest.raises(bounds.TooMuch):
        open_deal.confirm(two)
    open_deal.session.refresh(two)
    open_deal.weigh(two, 240_000, 160_000, "Il resto non era concordato")
    open_deal.confirm(two)
    assert counted(open_deal) == (0, 400_000)
    assert open_deal.exchange.state == "delivered"


def test_the_same_load_is_not_sent_twice(open_deal: Deal) -> None:
    load = open_deal.send(400_000)
    with pytest.raises(bounds.TooMuchSent) as refusal:
        open_deal.send(400_000)
    assert refusal.value.facts == {"mass_g": 80_000}
    open_deal.weigh(load, 400_000, 150_000, "250 kg bagnati")
    assert queries.mass_to_send(open_deal.session, open_deal.exchange) == 250_000
    open_deal.send(250_000 + 80_000)
    with pytest.raises(bounds.TooMuchSent) as refusal:
        open_deal.send(1)
    assert refusal.value.facts == {"mass_g": 0}


def test_a_late_load_is_weighed_out_at_nothing(open_deal: Deal) -> None:
    late = open_deal.send(1_000)
    open_deal.deliver(400_000)
    open_deal.weigh(late, 1_000, 0, "Già consegnato tutto")
    open_deal.confirm(late)
    assert counted(open_deal) == (0, 400_000)


def test_goods_arrive_after_they_left_and_not_tomorrow(open_deal: Deal) -> None:
    load = open_deal.send()
    day = today(open_deal.session)
    taker = open_deal.actor(open_deal.taker_manager)
    for on, refusal in (
        (day - timedelta(days=1), bounds.BeforeItWasSent),
        (day + timedelta(days=9), bounds.InTheFuture),
    ):
        with pytest.raises(refusal):
            actions.weigh(open_deal.session, taker, load, actions.Weighed(400_000, 400_000, on))


def test_goods_leave_after_the_approval(open_deal: Deal) -> None:
    day = open_deal.exchange.approved_at.date()
    giver = open_deal.actor(open_deal.giver_manager)
    with pytest.raises(bounds.BeforeApproval):
        actions.send(open_deal.session, giver, open_deal.exchange, actions.Sent(1_000, "1", day - timedelta(days=1)))
    assert actions.send(open_deal.session, giver, open_deal.exchange, actions.Sent(1_000, "1", day)).sent_on == day


def test_each_side_does_its_own_part(open_deal: Deal) -> None:
    session, giver, taker = open_deal.session, open_deal.giver_manager, open_deal.taker_manager
    sent = actions.Sent(1_000, "1", today(session))
    with pytest.raises(rules.NotYourPart):
        actions.send(session, open_deal.actor(taker), open_deal.exchange, sent)
    load = open_deal.send()
    weighed = actions.Weighed(400_000, 400_000, today(session))
    for stranger in (giver, open_deal.coordinator):
        with pytest.raises(rules.NotYourPart):
            actions.weigh(session, open_deal.actor(stranger), load, weighed)
    open_deal.weigh(load, 400_000)
    with pytest.raises(rules.NotYourPart):
        actions.confirm(session, open_deal.actor(giver), load)
    open_deal.confirm(load)
    with pytest.raises(rules.NoSuchMove):
        open_deal.confirm(load)
    with pytest.raises(rules.NoSuchMove):
        open_deal.send()


@pytest.mark.parametrize("who", ["giver_manager", "taker_manager"])
def test_a_contested_load_is_settled_by_a_coordinator(open_deal: Deal, who: str) -> None:
    load = open_deal.send()
    open_deal.weigh(load, 380_000)
    actions.contest(open_deal.session, open_deal.actor(getattr(open_deal, who)), load, "Il DDT dice 400")
    assert load.state == "contested"
    assert open_deal.mail(open_deal.coordinator)[-1] == "exchanges/to_settle"
    with pytest.raises(rules.NoSuchMove):
        open_deal.confirm(load)
    coordinator = open_deal.actor(open_deal.coordinator)
    assert queries.list_waiting_for(open_deal.session, coordinator) == [open_deal.exchange]
    with pytest.raises(bounds.TooMuch):
        actions.settle_contest(open_deal.session, coordinator, load, 400_001, "Pesa pubblica")
    open_deal.session.refresh(load)
    actions.settle_contest(open_deal.session, coordinator, load, 390_000, "Pesa pubblica")
    assert (load.state, load.settled_by_id) == ("confirmed", open_deal.coordinator.id)
    assert counted(open_deal) == (10_000, 390_000)


@pytest.mark.parametrize("involved", [True, False])
def test_only_an_uninvolved_coordinator_settles(delivered: tuple[Deal, Delivery], involved: bool) -> None:
    deal, load = delivered
    correction = ask(deal, load, 290_000)
    somebody = deal.coordinator if involved else world.make_person(deal.session, world.make_firm(deal.session))
    if involved:
        world.join(deal.session, somebody, deal.taker, "member")
    for settle in (actions.settle_correction, actions.refuse_correction):
        with pytest.raises((NotYourCase, NotAllowed)):
            settle(deal.session, deal.actor(somebody), correction, "no")
    assert (correction.state, counted(deal)) == ("proposed", (100_000, 300_000))


@pytest.mark.parametrize(
    ("accepted_g", "expected"),
    [(290_000, (110_000, 290_000)), (350_000, (50_000, 350_000)), (400_000, (0, 400_000)), (0, (400_000, 0))],
)
def test_a_correction_while_the_exchange_is_under_way(
    delivered: tuple[Deal, Delivery], accepted_g: int, expected: tuple[int, int]
) -> None:
    deal, load = delivered
    correction = ask(deal, load, accepted_g)
    assert counted(deal) == (100_000, 300_000)
    actions.settle_correction(deal.session, deal.actor(deal.coordinator), correction)
    assert counted(deal) == expected
    assert (load.accepted_g, correction.was_g, correction.state) == (accepted_g, 300_000, "settled")
    assert deal.exchange.state == ("delivered" if accepted_g == 400_000 else "delivering")
    assert deal.grams("free") == (600_000, 600_000)


def test_a_correction_after_the_end_moves_what_is_free(open_deal: Deal) -> None:
    load = open_deal.deliver(400_000)
    actions.settle_correction(open_deal.session, open_deal.actor(open_deal.coordinator), ask(open_deal, load, 380_000))
    assert counted(open_deal) == (0, 380_000)
    assert open_deal.grams("free") == (620_000, 620_000)
    actions.settle_correction(open_deal.session, open_deal.actor(open_deal.coordinator), ask(open_deal, load, 395_000))
    assert counted(open_deal) == (0, 395_000)
    assert open_deal.exchange.state == "delivered"


def test_a_refused_correction_changes_no_gram(delivered: tuple[Deal, Delivery]) -> None:
    deal, load = delivered
    correction = ask(deal, load, 1)
    actions.refuse_correction(deal.session, deal.actor(deal.coordinator), correction, "Bindello letto")
    assert (correction.state, correction.settled_reason, load.accepted_g) == ("refused", "Bindello letto", 300_000)
    assert counted(deal) == (100_000, 300_000)
    assert ask(deal, load, 2).state == "proposed"


def test_one_correction_at_a_time_and_only_a_real_one(delivered: tuple[Deal, Delivery]) -> None:
    deal, load = delivered
    with pytest.raises(rules.NothingChanges):
        ask(deal, load, 300_000)
    with pytest.raises(bounds.TooMuch):
        ask(deal, load, 400_001)
    ask(deal, load, 299_999)
    with pytest.raises(rules.AskedAlready):
        ask(deal, load, 299_998)


@pytest.mark.parametrize("move", ["settle_correction", "refuse_correction"])
def test_a_settled_correction_is_not_settled_again(delivered: tuple[Deal, Delivery], move: str) -> None:
    deal, load = delivered
    correction = ask(deal, load, 290_000)
    actions.settle_correction(deal.session, deal.actor(deal.coordinator), correction)
    with pytest.raises(rules.NoSuchMove):
        getattr(actions, move)(deal.session, deal.actor(deal.second), correction, "ancora")
    assert counted(deal) == (110_000, 290_000)


def test_the_taker_ends_it_early_and_the_rest_is_free(delivered: tuple[Deal, Delivery]) -> None:
    deal, _load = delivered
    with pytest.raises(rules.NotYourPart):
        actions.complete(deal.session, deal.actor(deal.giver_manager), deal.exchange, "Basta")
    actions.complete(deal.session, deal.actor(deal.taker_manager), deal.exchange, "Basta così")
    assert (deal.exchange.state, deal.exchange.closed_reason) == ("delivered", "Basta così")
    assert counted(deal) == (0, 300_000)
    assert deal.grams("free") == (700_000, 700_000)
    assert deal.mail(deal.giver_manager)[-1] == "exchanges/closed"


def test_an_exchange_of_which_nothing_came_is_closed_and_not_delivered(open_deal: Deal) -> None:
    actions.complete(open_deal.session, open_deal.actor(open_deal.taker_manager), open_deal.exchange, "Mai partito")
    assert open_deal.exchange.state == "closed"
    assert open_deal.grams("free") == (1_000_000, 1_000_000)


@pytest.mark.parametrize("how_far", ["sent", "weighed", "contested"])
def test_it_does_not_end_while_a_load_is_under_way(open_deal: Deal, how_far: str) -> None:
    load = open_deal.send()
    if how_far != "sent":
        open_deal.weigh(load, 400_000)
    if how_far == "contested":
        actions.contest(open_deal.session, open_deal.actor(open_deal.giver_manager), load, "no")
    with pytest.raises(rules.LoadsUnderWay):
        actions.complete(open_deal.session, open_deal.actor(open_deal.taker_manager), open_deal.exchange, "Basta")


def test_grams_given_back_to_a_withdrawn_listing_are_closed(delivered: tuple[Deal, Delivery]) -> None:
    deal, _load = delivered
    withdraw_listing(deal.session, deal.actor(deal.giver_manager), deal.offer, "Fine lotto")
    actions.complete(deal.session, deal.actor(deal.taker_manager), deal.exchange, "Basta")
    assert deal.grams("free") == (0, 700_000)
    assert deal.grams("closed") == (700_000, 0)


def test_a_correction_upwards_takes_back_what_was_closed_with_the_listing(open_deal: Deal) -> None:
    deal, load = open_deal, open_deal.deliver(400_000)
    coordinator = deal.actor(deal.coordinator)
    actions.settle_correction(deal.session, coordinator, ask(deal, load, 380_000))
    withdraw_listing(deal.session, deal.actor(deal.giver_manager), deal.offer, "Fine lotto")
    assert deal.grams("closed") == (620_000, 0)
    actions.settle_correction(deal.session, coordinator, ask(deal, load, 395_000))
    assert counted(deal) == (0, 395_000)
    assert deal.grams("closed") == (605_000, 0)
    assert deal.grams("free") == (0, 605_000)


def test_what_waits_for_whom(open_deal: Deal) -> None:
    def waits() -> list[str]:
        people = {"giver": open_deal.giver_manager, "taker": open_deal.taker_manager, "desk": open_deal.coordinator}
        return [n for n, p in people.items() if queries.count_waiting_for(open_deal.session, open_deal.actor(p))]

    assert waits() == ["giver"]
    load = open_deal.send(300_000)
    assert waits() == ["taker"]
    open_deal.weigh(load, 300_000)
    assert waits() == ["taker"]
    open_deal.confirm(load)
    assert waits() == []
    ask(open_deal, load, 1)
    assert waits() == ["desk"]


steps = st.lists(
    st.tuples(
        st.sampled_from(["deliver", "partly", "ask", "settle", "refuse", "contest", "close"]), st.integers(0, 500_000)
    ),
    max_size=12,
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=steps)
def test_no_story_loses_or_invents_a_gram(app: Flask, session: Session, story: list[tuple[str, int]]) -> None:
    with app.app_context(), session.begin_nested() as undone:
        deal = Deal(session)
        deal.approve()
        for act, grams in story:
            try:
                with session.begin_nested():
                    _play(deal, act, grams)
            except (Refused, NotAllowed):
                session.expire_all()
            counted(deal)
        undone.rollback()


def _play(deal: Deal, act: str, grams: int) -> None:
    session, coordinator = deal.session, deal.actor(deal.coordinator)
    loads = queries.list_loads(session, deal.exchange)
    if act in ("deliver", "partly", "contest"):
        load = deal.send(max(1, grams))
        deal.weigh(load, grams, grams // (2 if act == "partly" else 1), "perché")
        if act == "contest":
            actions.contest(session, deal.actor(deal.giver_manager), load, "no")
            actions.settle_contest(session, coordinator, load, grams // 2, "ecco")
        else:
            deal.confirm(load)
    elif act == "close":
        actions.complete(session, deal.actor(deal.taker_manager), deal.exchange, "basta")
    elif loads and act == "ask":
        ask(deal, loads[-1], grams)
    elif loads and (correction := queries.find_open_correction(session, loads[-1])) is not None:
        settle = actions.settle_correction if act == "settle" else actions.refuse_correction
        settle(session, coordinator, correction, "ecco")
