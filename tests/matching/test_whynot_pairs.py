# SPDX-License-Identifier: AGPL-3.0-or-later
"""A pair that got nothing has one reason: a rule, the policy, a better offer elsewhere, or nothing left."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings

from matching import Needs, Offers, Policy, Run, match
from matching.evidence.outcome import outcome_of
from matching.evidence.view_market import view_of
from matching.evidence.whynot import (
    EXHAUSTED,
    NOT_COMPETITIVE,
    POLICY,
    PROPOSED,
    RULE,
    WhyNot,
    why_not_pair,
)
from matching.pairing.score import distance_closeness, price_closeness, weighed
from tests.matching.markets import district, markets, needs_of, offers_of


@cache
def run() -> Run:
    return match(*district())


def reason_of(found: Run, offer: str, need: str) -> WhyNot:
    answer = found.why_not(offer=offer, need=need)
    assert isinstance(answer, WhyNot)
    return answer


@settings(max_examples=60, deadline=None)
@given(markets())
def test_every_pair_has_the_one_reason_that_is_true(market: tuple[Offers, Needs]) -> None:
    found = match(*market)
    shipped = {(proposal.offer_id, proposal.need_id) for proposal in found.proposals}
    for offer in market[0].ids:
        for need in market[1].ids:
            answer = reason_of(found, offer, need)
            assert (answer.reason == PROPOSED) == ((offer, need) in shipped)
            assert (answer.reason == RULE) == bool(answer.broken)
            assert (answer.reason == NOT_COMPETITIVE) == (answer.shortfall_micro > 0)
            if answer.reason == EXHAUSTED:
                assert answer.takers or answer.suppliers
            assert str(answer).startswith(f"{offer} → {need}: {answer.reason}")


def test_whoever_lost_the_jumpers_hears_who_has_them() -> None:
    answer = reason_of(run(), "O-158", "N-048")
    assert answer.reason == EXHAUSTED
    assert [(taker.listing_id, taker.mass_g) for taker in answer.takers] == [("N-038", 640_000)]


def test_an_outbid_pair_hears_by_how_much_in_score_kilometres_and_euro() -> None:
    answer = reason_of(run(), "O-008", "N-057")
    assert answer.reason == NOT_COMPETITIVE
    assert answer.shortfall_micro == answer.offer_price_micro + answer.need_price_micro - answer.score_micro > 0
    terms = {term.name: term for term in run().explain("O-008", "N-057").terms}
    weights = Policy().weight_micro
    metres = round(float(terms["distance"].offer.removesuffix(" km")) * 1000)
    assert answer.nearer_m is not None
    assert answer.cheaper_milli is not None
    nearer = [int(weighed(distance_closeness(metres - answer.nearer_m + k), weights["distance"])) for k in (0, 1)]
    gains = [amount - terms["distance"].amount_micro for amount in nearer]
    assert gains[0] >= answer.shortfall_micro > gains[1]
    ask, highest = (
        round(float(text.removesuffix(" EUR/kg")) * 1000) for text in (terms["price"].offer, terms["price"].need)
    )
    cheaper = [int(weighed(price_closeness(ask - answer.cheaper_milli + k, highest), weights["price"])) for k in (0, 1)]
    gains = [amount - terms["price"].amount_micro for amount in cheaper]
    assert gains[0] >= answer.shortfall_micro > gains[1]


def test_no_distance_makes_up_for_what_is_worth_too_little() -> None:
    offers = offers_of({"id": "O-1"}, {"id": "O-2", "composition": "WO:60;PA:35;EA:5", "lat": "43.9", "lon": "11.12"})
    needs = needs_of({"composition": "WO:60-100", "mass_kg": "300"})
    answer = reason_of(match(offers, needs), "O-2", "N-1")
    assert answer.reason == NOT_COMPETITIVE
    assert answer.nearer_m is None
    assert [supplier.listing_id for supplier in answer.suppliers] == ["O-1"]


def test_an_open_price_can_t_be_made_cheaper() -> None:
    offers = offers_of({"id": "O-1", "price_eur_kg": "0"}, {"id": "O-2", "price_eur_kg": ""})
    answer = reason_of(match(offers, needs_of({"mass_kg": "300"})), "O-2", "N-1")
    assert (answer.reason, answer.cheaper_milli) == (NOT_COMPETITIVE, None)


def test_a_forbidden_pair_and_one_without_value_are_the_policy_s_doing() -> None:
    forbidden = match(offers_of({}), needs_of({}), policy=Policy(forbids=(("O-1", "N-1"),)))
    assert reason_of(forbidden, "O-1", "N-1").reason == POLICY
    nothing = dict.fromkeys(Policy().weight_micro, 0) | {"text": 1}
    worthless = match(offers_of({"description": ""}), needs_of({}), policy=Policy(weights=nothing))
    assert reason_of(worthless, "O-1", "N-1").reason == POLICY


def test_a_pair_that_a_run_does_not_look_at_is_the_policy_s_doing_too() -> None:
    offers, needs = offers_of({"id": "O-1"}, {"id": "O-2"}), needs_of({"mass_kg": "150"})
    run = match(offers, needs, policy=Policy(around=("O-1",)))
    assert run.why_not(offer="O-2", need="N-1").reason == POLICY


def test_a_pair_of_a_recipe_is_not_refused_for_what_the_mix_must_meet() -> None:
    assert reason_of(run(), "O-149", "N-060").reason == PROPOSED


def test_a_written_result_gives_the_same_reasons() -> None:
    result = run().as_result()
    outcome = outcome_of(result, view_of(result.offers, result.needs, result.policy))
    for offer, need in (("O-158", "N-048"), ("O-008", "N-057"), ("O-137", "N-001"), ("O-097", "N-003")):
        rows = result.offers.ids.index(offer), result.needs.ids.index(need)
        assert why_not_pair(outcome, *rows) == reason_of(run(), offer, need)


def test_illegible_rows_of_a_written_result_are_passed_over() -> None:
    result = run().as_result()
    rows = [dict(row) for row in result.proposal_rows]
    spoilt = next(row for row in rows if row["offer_id"] == "O-158")
    spoilt["mass_kg"] = "much"
    outcome = outcome_of(replace(result, proposal_rows=rows), view_of(result.offers, result.needs, result.policy))
    assert outcome.takers(result.offers.ids.index("O-158")) == ()


def test_why_not_asks_about_something() -> None:
    with pytest.raises(TypeError, match="an offer, a need, or both"):
        run().why_not()
