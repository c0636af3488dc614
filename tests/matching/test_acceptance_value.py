# SPDX-License-Identifier: AGPL-3.0-or-later
"""Expected value: a run that counts how probable a yes is, exact to the micro-point and re-derived by verify."""

from dataclasses import replace

import pytest

from matching import Acceptance, BadPolicyError, Mass, Policy, match, verify
from matching.allocation.flow import transport
from matching.allocation.prices import exact_dot
from matching.pairing.acceptance import features
from matching.pairing.score import MICRO
from tests.matching.markets import district, needs_of, offers_of, simple

MODEL = Acceptance(-1_500_000, {"distance": 3_000_000, "both priced": 250_001}, prior_micro=700_000)


def test_a_likely_pair_is_preferred_to_a_slightly_better_one_that_is_often_refused() -> None:
    offers = offers_of({"mass_kg": "100", "description": ""})
    far = {"id": "N-far", "lat": "44.4", "description": "", "price_eur_kg": "2.4"}
    needs = needs_of({"mass_kg": "100", "radius_km": "", "description": ""}, {**far, "radius_km": "", "mass_kg": "100"})
    weights = {"price": 1, "distance": 0.3}
    plain = match(offers, needs, policy=Policy(weights=weights))
    minded = match(
        offers, needs, policy=Policy(weights=weights, acceptance=Acceptance(-3_000_000, {"distance": 6_000_000}))
    )
    assert [one.need_id for one in plain.proposals] == ["N-far"]
    assert [one.need_id for one in minded.proposals] == ["N-1"]
    assert minded.summary["unit"] == "expected score·kg"


def test_the_expected_value_is_the_greatest_there_is_exactly() -> None:
    run = match(*simple(*district()), policy=Policy(acceptance=MODEL))
    view = run.retained.view
    scores = view.scorer.scores(view.pairs.offer, view.pairs.need)
    probability = MODEL.probability_micro(features(view.scorer, view.pairs.offer, view.pairs.need))
    expected = scores * probability // MICRO
    assert view.legs.value.tolist() == expected.tolist()
    limits = view.limits
    best = transport(limits.supply_g, limits.demand_g, view.legs.offer, view.legs.need, expected)
    assert sum(one.value for one in run.proposals) == exact_dot(best, expected)
    assert run.summary["status"] == "optimal"
    assert all(one.value < one.score_micro * one.delivered_g for one in run.proposals)


def test_verify_derives_the_expected_values_again() -> None:
    result = match(*district(), policy=Policy(acceptance=MODEL)).as_result()
    assert not verify(result)
    other = replace(MODEL, intercept_micro=MODEL.intercept_micro + 1_000)
    for policy in (Policy(), Policy(acceptance=other)):
        assert "value" in {fault.kind for fault in verify(replace(result, policy=policy))}


def test_other_objectives_are_expected_too() -> None:
    policy = Policy(objective=(Mass(),), acceptance=Acceptance(prior_micro=250_000))
    run = match(*simple(*district()), policy=policy)
    assert run.summary["unit"] == "expected kg"
    assert run.summary["value"] == pytest.approx(run.summary["matched_kg"] / 4)


def test_a_policy_keeps_its_model_in_its_file_and_not_the_history_behind_it() -> None:
    policy = Policy(acceptance=replace(MODEL, answers=812, basis="learnt"))
    text = policy.to_toml()
    assert '"both priced" = 0.250001' in text
    assert "812" not in text
    assert Policy.from_toml(text).to_toml() == text
    assert Policy.from_toml(text).acceptance == MODEL.stated
    assert Policy.from_toml(Policy().to_toml()).acceptance is None


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("firm = 1", "acceptance, firm: unknown key"),
        ("weights = { firm = 1 }", "firm"),
        ('intercept = "high"', "acceptance, intercept: 'high' is not a number"),
        ("weights = { price = inf }", "acceptance, price"),
        ("weights = 3", "acceptance: expected a table"),
        ("prior = 1.5", "acceptance: not a model of acceptance: prior 1500000"),
        ("weights = { price = 1001 }", "out of range"),
    ],
)
def test_what_is_no_model_is_named(table: str, named: str) -> None:
    with pytest.raises(BadPolicyError, match=named):
        Policy.from_toml(f"[acceptance]\n{table}\n")


def test_a_policy_takes_a_model_and_nothing_else() -> None:
    with pytest.raises(BadPolicyError, match="acceptance: expected a model"):
        Policy(acceptance=0.5)  # type: ignore[arg-type]
