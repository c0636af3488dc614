# SPDX-License-Identifier: AGPL-3.0-or-later
"""A recipe of offers that go straight to a need is proposed to its firms; its components stand and fall together."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.listings.models import Listing
from marketplace.matches import actions
from marketplace.matches.models import Arrangement, ForbiddenPair, Proposal, Run
from marketplace.matches.publication import publish_run
from marketplace.matches.rules import NotNow
from marketplace.negotiations.models import Negotiation
from tests.browser import post
from tests.rooms.matches.conftest import Market
from tests.world import make_person, sign_in

Solved = Callable[[], Run]


def components(session: Session, run: Run) -> list[Proposal]:
    return list(
        session.scalars(select(Proposal).where(Proposal.run_id == run.id, Proposal.arrangement_id.is_not(None)))
    )


@pytest.fixture
def shown(session: Session, market: Market, recipe: list[Listing], solved: Solved) -> list[Proposal]:
    """Both components of a published recipe, in the order of the offers."""
    run = solved()
    publish_run(session, market.chief, run)
    place = [offer.id for offer in recipe]
    return sorted(components(session, run), key=lambda one: place.index(one.offer_id))


def giver_of(session: Session, proposal: Proposal) -> Person:
    return make_person(session, proposal.offer.firm)


def answer(session: Session, market: Market, person: Person, proposal: Proposal, said: str, reason: str = "") -> None:
    actions.answer_proposal(session, market.acting(session, person), proposal, said, reason)


def test_each_component_is_a_proposal_to_its_two_firms(
    session: Session, market: Market, recipe: list[Listing], solved: Solved
) -> None:
    run = solved()
    [whole] = session.scalars(select(Arrangement).where(Arrangement.run_id == run.id))
    found = components(session, run)
    assert whole.is_direct
    assert {one.arrangement_id for one in found} == {whole.id}
    assert {one.offer_id: one.mass_g for one in found} == {leg.offer_id: leg.taken_g for leg in whole.legs}
    assert {one.need_firm_id for one in found} == {whole.need_firm_id}
    assert all(sum(reason["amount_micro"] for reason in one.reasons) == one.score_micro for one in found)
    assert run.summary["proposals"] == 3
    assert whole.delivered_g == sum(one.mass_g for one in found)


def test_a_recipe_is_shown_as_computed_or_not_at_all(
    session: Session, market: Market, recipe: list[Listing], solved: Solved
) -> None:
    run = solved()
    assert recipe[0].account is not None
    recipe[0].account.reserved_g = 30_000
    session.flush()
    done = publish_run(session, market.chief, run)
    assert (done.opened, done.dropped) == (1, 2)
    assert {one.state for one in components(session, run)} == {"dropped"}


def test_what_a_dropped_recipe_would_have_taken_is_there_for_others(
    session: Session, market: Market, recipe: list[Listing], solved: Solved
) -> None:
    run = solved()
    plain = session.scalars(select(Proposal).where(Proposal.run_id == run.id, Proposal.arrangement_id.is_(None))).one()
    first, second = components(session, run)
    first.score_micro = second.score_micro = 1_000_000  # looked at before the plain one
    first.offer_id, first.mass_g = market.offer.id, 900_000
    assert market.offer.account is not None
    market.offer.account.reserved_g = 400_000
    session.flush()
    publish_run(session, market.chief, run)
    assert (first.state, second.state) == ("dropped", "dropped")
    assert (plain.state, plain.mass_g) == ("open", 600_000)


def test_one_no_lets_the_other_open_components_fall(session: Session, market: Market, shown: list[Proposal]) -> None:
    answer(session, market, giver_of(session, shown[0]), shown[0], "no", "quality")
    assert [one.state for one in shown] == ["declined", "retired"]
    pairs = session.execute(select(ForbiddenPair.offer_id, ForbiddenPair.need_id)).all()
    assert [tuple(pair) for pair in pairs] == [(shown[0].offer_id, shown[0].need_id)]


def test_a_listing_that_closes_takes_the_whole_recipe_with_it(
    session: Session, market: Market, shown: list[Proposal]
) -> None:
    actions.retire_proposals_of(session, None, shown[1].offer)
    assert [one.state for one in shown] == ["retired", "retired"]
    actions.retire_proposals_of(session, None, shown[0].need)


def test_the_taker_says_yes_to_all_of_it_at_once(session: Session, market: Market, shown: list[Proposal]) -> None:
    taker = make_person(session, shown[0].need.firm)
    actions.want_all(session, market.acting(session, taker), shown[0])
    assert [(one.state, one.need_answer) for one in shown] == [("open", "yes")] * 2
    with pytest.raises(NotNow):
        actions.want_all(session, market.acting(session, taker), shown[1])
    for one in shown:
        answer(session, market, giver_of(session, one), one, "yes")
    talks = session.scalars(select(Negotiation.proposal_id)).all()
    assert sorted(talks) == sorted(one.id for one in shown)


def test_a_giver_answers_for_itself_only(session: Session, market: Market, shown: list[Proposal]) -> None:
    actions.want_all(session, market.acting(session, giver_of(session, shown[0])), shown[0])
    assert [one.offer_answer for one in shown] == ["yes", None]


def test_talks_that_end_without_a_deal_let_what_is_still_open_fall(
    session: Session, market: Market, shown: list[Proposal]
) -> None:
    taker = make_person(session, shown[0].need.firm)
    for person in (taker, giver_of(session, shown[0])):
        answer(session, market, person, shown[0], "yes")
    actions.free_pair(session, None, SimpleNamespace(proposal=shown[0]))
    assert [one.state for one in shown] == ["retired", "retired"]


def test_a_newer_run_leaves_the_rest_of_a_recipe_that_is_talked_about(
    session: Session, market: Market, shown: list[Proposal], solved: Solved
) -> None:
    taker = make_person(session, shown[0].need.firm)
    for person in (taker, giver_of(session, shown[0])):
        answer(session, market, person, shown[0], "yes")
    done = publish_run(session, market.chief, solved())
    assert [one.state for one in shown] == ["negotiating", "open"]
    assert done.retired == 1


def test_the_taker_reads_the_mix_and_answers_with_one_button(
    session: Session, app: Flask, market: Market, shown: list[Proposal]
) -> None:
    taker = make_person(session, shown[0].need.firm)
    session.commit()
    client = sign_in(app.test_client(), taker)
    path = f"/proposals/{shown[0].id}"
    text = client.get(path).get_data(as_text=True)
    for told in (
        "Part of a recipe",
        "#212b40",
        "ΔE00",
        f"/proposals/{shown[1].id}",
        "Yes to the whole recipe",
        "100 kg",
    ):
        assert told in text, told
    for kept_back in ("highest price", "What limits the mix"):
        assert kept_back not in text, kept_back
    assert text.count('data-label="Colour"') == 2
    assert "part of a recipe" in client.get("/proposals").get_data(as_text=True)
    assert post(client, f"{path}/yes-to-all", path).status_code == 302
    session.expire_all()
    assert [one.need_answer for one in shown] == ["yes", "yes"]
    assert "Yes to the whole recipe" not in client.get(path).get_data(as_text=True)


def test_the_coordinator_reads_on_a_component_what_limits_the_mix(
    session: Session, app: Flask, market: Market, shown: list[Proposal]
) -> None:
    session.commit()
    text = sign_in(app.test_client(), market.coordinator).get(f"/proposals/{shown[0].id}").get_data(as_text=True)
    assert "What limits the mix" in text
    assert "#212b40" in text


def test_a_giver_reads_its_own_share_and_nothing_of_the_others(
    session: Session, app: Flask, market: Market, shown: list[Proposal]
) -> None:
    giver = giver_of(session, shown[0])
    session.commit()
    text = sign_in(app.test_client(), giver).get(f"/proposals/{shown[0].id}").get_data(as_text=True)
    assert "Part of a recipe" in text
    assert "Share of your offer" in text
    for hidden in (f"/proposals/{shown[1].id}", "ΔE00", "Yes to the whole recipe"):
        assert hidden not in text, hidden


def test_the_coordinator_sees_where_each_component_stands(
    session: Session, app: Flask, market: Market, shown: list[Proposal]
) -> None:
    answer(session, market, giver_of(session, shown[0]), shown[0], "no", "colour")
    session.commit()
    client = sign_in(app.test_client(), market.coordinator)
    text = client.get(f"/arrangements/{shown[0].arrangement_id}").get_data(as_text=True)
    for told in ("Proposed to its firms", "Declined", "No longer current"):
        assert told in text, told
    assert "Cernita del Fiume" in client.get(f"/proposals/{shown[1].id}").get_data(as_text=True)
