# SPDX-License-Identifier: AGPL-3.0-or-later
"""A way through processors is proposed stage by stage and walks to its delivery; its stages stand and fall together."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.analytics.queries import list_contributions
from marketplace.analytics.rules import Step, Table
from marketplace.approvals.queries import list_checks
from marketplace.approvals.rules import Forbidden
from marketplace.exchanges.models import Exchange
from marketplace.ledger.actions import reconcile
from marketplace.listings.models import Listing
from marketplace.listings.queries import list_matchable
from marketplace.matches import actions, queries
from marketplace.matches.models import ForbiddenPair, Proposal, Run
from marketplace.matches.publication import publish_run
from marketplace.matches.rules import NotNow
from marketplace.negotiations.models import Negotiation
from marketplace.processors.models import Processor
from tests.browser import post
from tests.deals import Deal, walk
from tests.rooms.matches.conftest import Market
from tests.world import make_firm, make_offer, make_person, sign_in

Solved = Callable[[], Run]


def stages_of(session: Session, run: Run) -> list[Proposal]:
    return list(
        session.scalars(
            select(Proposal).where(Proposal.run_id == run.id, Proposal.leg_id.is_not(None)).order_by(Proposal.id)
        )
    )


@pytest.fixture
def shown(session: Session, market: Market, plant: Processor, solved: Solved) -> list[Proposal]:
    """Both stages of a published way: to the processor, and from it."""
    run = solved()
    publish_run(session, market.chief, run)
    return stages_of(session, run)


def deal_of(session: Session, stage: Proposal) -> Deal:
    return Deal(stage, *(make_person(session, listing.firm) for listing in (stage.offer, stage.need)))


def answer(session: Session, market: Market, stage: Proposal, side: str, said: str) -> None:
    person = make_person(session, getattr(stage, side).firm)
    actions.answer_proposal(session, market.acting(session, person), stage, said, "distance" if said == "no" else "")


def test_nothing_of_a_way_is_there_before_its_run_is_published(
    session: Session, market: Market, plant: Processor, solved: Solved
) -> None:
    run = solved()
    assert stages_of(session, run) == []
    done = publish_run(session, market.chief, run)
    assert len(stages_of(session, run)) == 2
    assert (done.opened, done.dropped) == (3, 0)


def test_each_stage_has_its_own_firms_mass_and_goods(market: Market, plant: Processor, shown: list[Proposal]) -> None:
    into, out_of = shown
    assert (into.offer_id, into.need_firm_id) == (market.offer.id, plant.firm_id)
    assert (out_of.offer_firm_id, out_of.mass_g) == (plant.firm_id, 200_000)
    assert out_of.mass_g == into.mass_g * 830_000 // 1_000_000
    assert (out_of.offer.forms, out_of.offer.composition, out_of.offer.regime) == ("REGEN_WOOL", "WO:100", "PRODUCT")
    assert into.need.regime == plant.regimes
    assert {into.state, out_of.state} == {"open"}


def test_no_stage_tells_a_price(shown: list[Proposal]) -> None:
    for stage in shown:
        assert stage.reasons
        assert not [reason for reason in stage.reasons if reason["name"].startswith("price")]


def test_what_was_arranged_is_seen_by_its_firm_alone_and_read_by_no_run(
    session: Session, app: Flask, market: Market, plant: Processor, shown: list[Proposal]
) -> None:
    arranged = [shown[0].need, shown[1].offer]
    assert not {one.id for one in arranged} & {one.id for one in list_matchable(session)}
    people = {
        "own": make_person(session, plant.firm),
        "giver": make_person(session, market.offer.firm),
        "other": make_person(session, make_firm(session)),
    }
    session.commit()
    for listing in arranged:
        statuses = {
            who: sign_in(app.test_client(), person).get(f"/listings/{listing.id}").status_code
            for who, person in people.items()
        }
        assert statuses == {"own": 200, "giver": 404, "other": 404}


def test_a_way_walks_to_its_delivery_to_the_gram(session: Session, market: Market, shown: list[Proposal]) -> None:
    deals = [walk(session, deal_of(session, stage), "proposal", "case") for stage in shown]
    deals = [walk(session, deal, "case", "delivered") for deal in deals]
    into, out_of = (deal.exchange for deal in deals)
    assert into is not None
    assert out_of is not None
    assert into.delivered_g == min(250_000, into.mass_g) - 500
    assert out_of.delivered_g == 199_500
    spinner = shown[1].need
    assert spinner.account is not None
    assert (spinner.account.delivered_g, spinner.account.committed_g) == (199_500, 500)
    assert reconcile(session) == []
    for step, grams in ((Step.APPROVED, into.mass_g), (Step.DELIVERED, into.delivered_g)):
        assert [one.grams for one in list_contributions(session, step, Table.THEME)] == [grams]


def test_what_a_processor_passes_on_is_not_counted_again(session: Session, shown: list[Proposal]) -> None:
    for stage in shown:
        walk(session, deal_of(session, stage), "proposal", "case")
    for negotiation in session.scalars(select(Negotiation)):
        assert negotiation.state == "agreed"
    for step in (Step.PROPOSED, Step.AGREED):
        counted = list(list_contributions(session, step, Table.THEME))
        assert sum(one.grams for one in counted) >= shown[0].mass_g
        assert shown[1].mass_g not in [one.grams for one in counted]


def test_no_stage_is_approved_while_another_is_talked_about(session: Session, shown: list[Proposal]) -> None:
    into = walk(session, deal_of(session, shown[0]), "proposal", "case")
    assert into.case is not None
    assert [check.colour for check in list_checks(session, into.case) if check.key == "recipe"] == ["red"]
    with pytest.raises(Forbidden):
        walk(session, into, "case", "exchange")


def test_one_no_lets_the_whole_way_fall_and_forbids_its_ends(
    session: Session, market: Market, shown: list[Proposal]
) -> None:
    answer(session, market, shown[1], "offer", "no")
    assert [stage.state for stage in shown] == ["retired", "declined"]
    assert [one.state for one in (shown[0].need, shown[1].offer)] == ["withdrawn", "withdrawn"]
    forbidden = session.scalars(select(ForbiddenPair)).one()
    assert (forbidden.offer_id, forbidden.need_id) == (market.offer.id, shown[1].need_id)
    assert reconcile(session) == []


def test_a_processor_says_yes_to_both_its_stages_at_once(
    session: Session, app: Flask, plant: Processor, shown: list[Proposal]
) -> None:
    person = make_person(session, plant.firm)
    session.commit()
    client = sign_in(app.test_client(), person)
    assert "Yes to all our parts" in client.get(f"/proposals/{shown[0].id}").get_data(as_text=True)
    path = f"/proposals/{shown[0].id}"
    assert post(client, f"{path}/yes-to-all", path).status_code == 302
    session.expire_all()
    assert (shown[0].need_answer, shown[1].offer_answer) == ("yes", "yes")
    assert (shown[0].offer_answer, shown[1].need_answer) == (None, None)


def test_who_has_one_stage_is_not_asked_for_all(
    session: Session, market: Market, app: Flask, shown: list[Proposal]
) -> None:
    session.commit()
    page = sign_in(app.test_client(), market.giver).get(f"/proposals/{shown[0].id}").get_data(as_text=True)
    assert "Yes, we want to talk" in page
    assert "Yes to all our parts" not in page
    assert f"/proposals/{shown[1].id}" not in page


def test_a_newer_run_retires_the_way_and_what_was_arranged(
    session: Session, market: Market, shown: list[Proposal], solved: Solved
) -> None:
    newer = solved()
    publish_run(session, market.chief, newer)
    assert {stage.state for stage in shown} == {"retired"}
    assert {shown[0].need.state, shown[1].offer.state} == {"withdrawn"}
    assert len(stages_of(session, newer)) == 2


def test_a_way_that_no_longer_fits_is_dropped_whole(
    session: Session, market: Market, plant: Processor, solved: Solved
) -> None:
    run = solved()
    assert market.offer.account is not None
    market.offer.account.reserved_g = 900_000
    session.flush()
    publish_run(session, market.chief, run)
    assert stages_of(session, run) == []
    assert session.scalars(select(Listing).where(Listing.state == "arranged")).all() == []


def test_a_way_that_is_talked_about_is_not_proposed_again(
    session: Session, market: Market, shown: list[Proposal], solved: Solved
) -> None:
    for stage in shown:
        walk(session, deal_of(session, stage), "proposal", "negotiation")
    assert (market.offer.id, shown[1].need_id) in queries.talked_about_pairs(session)
    assert session.scalars(select(Exchange)).all() == []
    publish_run(session, market.chief, newer := solved())
    assert stages_of(session, newer) == []
    assert {stage.state for stage in shown} == {"negotiating"}


def test_whoever_has_answered_all_parts_cannot_again(session: Session, market: Market, shown: list[Proposal]) -> None:
    processor = market.acting(session, make_person(session, shown[0].need.firm))
    actions.want_all(session, processor, shown[0])
    with pytest.raises(NotNow):
        actions.want_all(session, processor, shown[1])


def test_a_firm_that_would_deal_with_itself_is_asked_nothing(
    session: Session, market: Market, plant: Processor, solved: Solved
) -> None:
    plant.firm_id = market.offer.firm_id
    session.flush()
    run = solved()
    done = publish_run(session, market.chief, run)
    assert stages_of(session, run) == []
    assert (done.opened, done.dropped) == (1, 1)


def test_a_component_that_needs_no_processor_is_no_stage(
    session: Session, market: Market, plant: Processor, solved: Solved
) -> None:
    spinner = session.scalars(select(Listing).where(Listing.forms == "REGEN_WOOL")).one()
    spinner.blend, spinner.composition = True, "WO:40-60;CO:40-60"
    cotton = make_offer(session, make_firm(session), forms="REGEN_COTTON", composition="CO:100", regime="PRODUCT")
    spinner.forms = "REGEN_WOOL;REGEN_COTTON"
    session.flush()
    run = solved()
    publish_run(session, market.chief, run)
    [whole] = queries.list_ways(session, run)
    assert whole.kind == "recipe"
    stages = {one.leg_id is not None: one for one in whole.components if one.need_id == spinner.id}
    assert stages[False].offer_id == cotton.id
    assert sum(reason["amount_micro"] for reason in stages[False].reasons) == stages[False].score_micro
    assert stages[True].offer.state == "arranged"
    assert sum(one.mass_g for one in stages.values()) == whole.delivered_g
    shipped = [one for one in queries.outcome_of(session, run).shipments if one.way[1] == spinner.id]
    assert sum(one.mass_g for one in shipped) == whole.delivered_g


def test_a_way_that_is_proposed_again_counts_once(
    session: Session, market: Market, shown: list[Proposal], solved: Solved
) -> None:
    before = sorted(one.grams for one in list_contributions(session, Step.PROPOSED, Table.THEME))
    publish_run(session, market.chief, solved())
    assert sorted(one.grams for one in list_contributions(session, Step.PROPOSED, Table.THEME)) == before


def test_a_recipe_that_was_dropped_is_not_called_proposed(
    session: Session, app: Flask, market: Market, recipe: list[Listing], solved: Solved
) -> None:
    run = solved()
    assert recipe[0].account is not None
    recipe[0].account.reserved_g = 30_000
    session.flush()
    publish_run(session, market.chief, run)
    [whole] = queries.list_arrangements(session, run)
    session.commit()
    page = sign_in(app.test_client(), market.coordinator).get(f"/arrangements/{whole.id}").get_data(as_text=True)
    assert "Not shown to firms: something had changed" in page
    assert "Proposed to its firms" not in page


def test_a_run_s_page_says_that_stages_count_several_times(
    session: Session, app: Flask, market: Market, shown: list[Proposal]
) -> None:
    session.commit()
    page = sign_in(app.test_client(), market.coordinator).get(f"/runs/{shown[0].run_id}").get_data(as_text=True)
    assert "once for each of its stages" in page
