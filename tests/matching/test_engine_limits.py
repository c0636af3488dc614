# SPDX-License-Identifier: AGPL-3.0-or-later
"""Limits of proposals per firm: kept whatever the policy, with a bound that holds and a gap that is stated."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings

from matching import BadPolicyError, Fit, Mass, Needs, Offers, Policy, Run, Surplus, match
from matching.allocation.policy import Fairness, Stability
from matching.evidence.verify import verify
from tests.matching.markets import district, markets, needs_of, offers_of, simple

MASS_THEN_SURPLUS = Policy(objective=(Mass(tolerance=0), Surplus()), max_proposals_per_firm=1)
THREE_AND_FAIR = Policy(
    objective=(Fit(tolerance=Decimal("0.1")), Mass(tolerance=0), Surplus()),
    fairness=Fairness(max_price=0.1),
    max_proposals_per_firm=1,
)


def proposals_of_firms(run: Run) -> Counter[str]:
    sides = run.retained.view.sides
    offers, needs = (dict(zip(side.ids, side.firms, strict=True)) for side in (sides.offers, sides.needs))
    return Counter(firm for proposal in run.proposals for firm in (offers[proposal.offer_id], needs[proposal.need_id]))


@settings(max_examples=10, deadline=None)
@given(market=markets())
def test_no_firm_has_more_than_its_limit_and_the_result_passes(market: tuple[Offers, Needs]) -> None:
    free = match(*market, seconds=5)
    run = match(*market, policy=Policy(max_proposals_per_firm=1), seconds=5)
    assert max(proposals_of_firms(run).values(), default=0) <= 1
    assert run.summary["value"] <= run.summary["bound"]
    assert run.summary["value"] <= free.summary["bound"]
    assert verify(run.as_result()) == ()


@pytest.mark.parametrize("preset", ["best fit", "small firms first"])
def test_the_district_keeps_a_limit_and_says_what_it_may_cost(preset: str) -> None:
    market = simple(*district())
    free = match(*market, policy=Policy(preset=preset))
    most = max(proposals_of_firms(free).values())
    run = match(*market, policy=Policy(preset=preset, max_proposals_per_firm=2))
    assert most > 2 >= max(proposals_of_firms(run).values())
    assert 0.5 * free.summary["value"] < run.summary["value"] <= run.summary["bound"]
    assert run.summary["greedy_value"] is None
    assert verify(run.as_result()) == ()
    loose = match(*market, policy=Policy(preset=preset, max_proposals_per_firm=most))
    assert loose.proposal_rows() == free.proposal_rows()


def test_the_best_proposal_of_a_firm_is_the_one_it_keeps() -> None:
    offers = offers_of({"id": "O-1", "mass_kg": "300"}, {"id": "O-2", "mass_kg": "100"})
    run = match(offers, needs_of({}), policy=Policy(max_proposals_per_firm=1))
    assert [(proposal.offer_id, proposal.mass_g) for proposal in run.proposals] == [("O-1", 300_000)]


def test_a_limit_beyond_every_market_limits_nobody() -> None:
    market = offers_of({"id": "O-1"}, {"id": "O-2", "mass_kg": "100"}), needs_of({})
    endless = match(*market, policy=Policy(max_proposals_per_firm=10**20))
    assert endless.proposal_rows() == match(*market).proposal_rows()


def test_pins_beyond_a_limit_are_a_contradiction_that_is_named() -> None:
    offers = offers_of({"id": "O-1"}, {"id": "O-2", "mass_kg": "100"})
    policy = Policy(pins=(("O-1", "N-1"), ("O-2", "N-1")), max_proposals_per_firm=1)
    with pytest.raises(BadPolicyError) as caught:
        match(offers, needs_of({}), policy=policy)
    assert "max_proposals_per_firm: the pins give Tessitura more than 1" in caught.value.problems


def test_a_proposal_too_many_is_a_fault() -> None:
    offers = offers_of({"id": "O-1"}, {"id": "O-2", "mass_kg": "100"})
    result = match(offers, needs_of({})).as_result()
    faults = verify(replace(result, policy=Policy(max_proposals_per_firm=1)))
    assert "firm Tessitura: proposals: 2 proposals, at most 1" in map(str, faults)


def test_a_limit_that_lowers_a_floor_raises_the_bounds_above_it() -> None:
    offers = offers_of(
        {"id": "O-1", "firm": "F", "mass_kg": "100", "price_eur_kg": "1"},
        {"id": "O-2", "firm": "F", "mass_kg": "100", "price_eur_kg": "4.9"},
    )
    needs = needs_of(
        {"id": "N-1", "firm": "G", "mass_kg": "100", "price_eur_kg": "5"},
        {"id": "N-2", "firm": "H", "mass_kg": "100", "price_eur_kg": "1.2"},
    )
    run = match(offers, needs, policy=MASS_THEN_SURPLUS)
    first, second = run.summary["objectives"]
    assert (first["best"], first["bound"]) == ("100", "200")
    assert Decimal(second["value"]) == Decimal(second["best"]) == Decimal(str(run.summary["value"]))
    assert Decimal(second["bound"]) == Decimal(str(run.summary["bound"]))
    assert [(proposal.offer_id, proposal.need_id) for proposal in run.proposals] == [("O-1", "N-1")]


@pytest.mark.parametrize("policy", [MASS_THEN_SURPLUS, THREE_AND_FAIR], ids=["two", "three and fair"])
@settings(max_examples=8, deadline=None)
@given(market=markets())
def test_objectives_in_order_within_a_limit_pass_their_own_check(policy: Policy, market: tuple[Offers, Needs]) -> None:
    run = match(*market, policy=policy, seconds=5)
    assert max(proposals_of_firms(run).values(), default=0) <= 1
    assert verify(run.as_result()) == ()


def test_a_limit_that_moves_what_a_tax_kept_raises_the_bound() -> None:
    offers = offers_of({"id": "O-1", "mass_kg": "200"})
    needs = needs_of(
        {"id": "N-1", "firm": "G", "mass_kg": "100", "price_eur_kg": "1.2"},
        {"id": "N-2", "firm": "H", "mass_kg": "100", "price_eur_kg": "1.2"},
        {"id": "N-3", "firm": "I", "mass_kg": "200", "price_eur_kg": "2", "lot_kg": "200"},
    )
    before = match(offers, needs, policy=Policy(forbids=(("O-1", "N-3"),)))
    taxed = Policy(objective=(Surplus(),), stability=Stability(tax=1))
    free = match(offers, needs, policy=taxed, previous=before)
    run = match(offers, needs, policy=replace(taxed, max_proposals_per_firm=1), previous=before)
    assert [[proposal.need_id for proposal in found.proposals] for found in (free, run)] == [["N-1", "N-2"], ["N-3"]]
    assert free.summary["bound"] < run.summary["value"] <= run.summary["bound"]
