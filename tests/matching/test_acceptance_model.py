# SPDX-License-Identifier: AGPL-3.0-or-later
"""The model of acceptance: it finds what was planted, is calibrated, says when it knows nothing, and knows no firm."""

import json
import subprocess
import sys

import numpy as np
import pytest

from matching.allocation.policy import Policy
from matching.market.columns import Bools, Int64s
from matching.pairing.acceptance import FEATURES, LEARNT, NO_BETTER, TOO_FEW, Acceptance, columns_of, features
from matching.pairing.retrieve import compatible_pairs
from matching.pairing.score import MICRO, scorer
from matching.pairing.sides import prepare
from tests.matching.markets import district, needs_of, offers_of

DISTANCE, PRICE = FEATURES.index("distance"), FEATURES.index("price")


def history(answers: int, seed: int = 7, far: float = 4.0) -> tuple[Int64s, Bools, Int64s]:
    """Answers of people who mind the way (`far` log-odds from next door to the end of the world) and the price."""
    dice = np.random.default_rng(seed)
    columns = dice.integers(0, MICRO + 1, (len(FEATURES), answers))
    logit = -2.0 + far * columns[DISTANCE] / MICRO + far / 2 * columns[PRICE] / MICRO
    accepted = dice.random(answers) < 1 / (1 + np.exp(-logit))
    return columns, accepted, np.sort(dice.integers(20_000, 20_540, answers))


def truth(columns: Int64s, far: float = 4.0) -> np.ndarray:
    logit = -2.0 + far * columns[DISTANCE] / MICRO + far / 2 * columns[PRICE] / MICRO
    return np.asarray(1 / (1 + np.exp(-logit)))


def test_what_people_mind_is_found_and_proves_better_than_the_prior() -> None:
    model = Acceptance.fit(*history(1_500))
    assert model.basis == LEARNT
    assert model.quality is not None
    assert model.quality.brier < model.quality.prior_brier - model.quality.gain_error
    assert model.quality.trained_on + model.quality.tested_on == model.answers == 1_500
    by_size = sorted(model.weight_micro, key=lambda name: -abs(model.weight_micro[name]))
    assert by_size[:2] == ["distance", "price"]
    fresh, _, _ = history(2_000, seed=8)
    told = model.probability_micro(fresh) / MICRO
    assert np.abs(told - truth(fresh)).mean() < 0.05


def test_predictions_are_calibrated_on_answers_that_came_later() -> None:
    quality = Acceptance.fit(*history(6_000)).quality
    assert quality is not None
    assert sum(one.answers for one in quality.bins) == quality.tested_on
    assert [one.predicted for one in quality.bins] == sorted(one.predicted for one in quality.bins)
    for one in quality.bins:
        assert abs(one.predicted - one.accepted) < 0.06


def test_where_answers_follow_nothing_the_prior_is_kept_and_said() -> None:
    columns, _, days = history(600)
    accepted = np.random.default_rng(3).random(600) < 0.8
    model = Acceptance.fit(columns, accepted, days)
    assert (model.basis, dict(model.weight_micro)) == (NO_BETTER, {})
    assert model.prior_micro == round((int(accepted.sum()) + 1) / 602 * MICRO)
    assert set(model.probability_micro(columns).tolist()) == {model.prior_micro}


@pytest.mark.parametrize("answers", [0, 1, 60])
def test_a_short_history_gives_the_prior_and_says_so(answers: int) -> None:
    columns, accepted, days = history(answers)
    model = Acceptance.fit(columns, accepted, days)
    assert (model.basis, model.answers, model.quality) == (TOO_FEW, answers, None)
    assert model.prior_micro == round((int(accepted.sum()) + 1) / (answers + 2) * MICRO)


def test_a_long_history_of_one_answer_gives_the_prior() -> None:
    columns, _, days = history(500)
    model = Acceptance.fit(columns, np.ones(500, dtype=np.bool_), days)
    assert model.basis == TOO_FEW


def test_a_model_judged_on_the_past_never_saw_the_day_it_is_judged_on() -> None:
    columns, accepted, _ = history(400)
    one_run = np.where(np.arange(400) < 150, 20_000, 20_020)  # the 70 % mark falls within the second run
    model = Acceptance.fit(columns, accepted, one_run)
    assert model.quality is not None
    assert (model.quality.trained_on, model.quality.tested_on) == (150, 250)


def test_the_same_history_gives_the_same_numbers_and_json_keeps_them() -> None:
    model, again = (Acceptance.fit(*history(500)) for _ in range(2))
    assert model == again
    assert Acceptance.from_json(json.loads(json.dumps(model.as_json()))) == model
    prior = Acceptance.fit(*history(10))
    assert Acceptance.from_json(json.loads(json.dumps(prior.as_json()))) == prior


def test_a_probability_can_be_recomputed_by_hand() -> None:
    model = Acceptance(intercept_micro=-500_000, weight_micro={"distance": 2_000_000})
    columns = columns_of([{**dict.fromkeys(FEATURES, 0), "distance": 750_000}])
    assert model.probability_micro(columns).tolist() == [round(MICRO / (1 + np.exp(-1.0)))]


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight_micro": {"firm": 1}},
        {"weight_micro": {"price": 1.5}},
        {"intercept_micro": 1 << 40},
        {"prior_micro": -1},
    ],
)
def test_numbers_that_are_no_model_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a model of acceptance"):
        Acceptance(**wrong)  # type: ignore[arg-type]


def test_a_feature_that_was_not_stored_is_an_error() -> None:
    with pytest.raises(KeyError):
        columns_of([{"distance": 1}])


def test_features_are_of_the_pair_and_the_same_under_any_weights() -> None:
    offers, needs = district()
    sides = prepare(offers, needs)
    pairs = compatible_pairs(sides)
    every, narrow = (
        features(scorer(sides, policy.weight_micro), pairs.offer, pairs.need)
        for policy in (Policy(), Policy(weights={"text": 0, "distance": 1}))
    )
    assert every.shape == (len(FEATURES), len(pairs))
    assert (every == narrow).all()
    assert ((every >= 0) & (every <= MICRO)).all()
    assert len({tuple(column) for column in every.T.tolist()}) > len(pairs) / 2


def test_no_firm_changes_a_feature() -> None:
    offers, needs = offers_of({}, {"id": "O-2", "firm": "Another", "firm_size": "large"}), needs_of({})
    found = features(scorer(prepare(offers, needs), Policy().weight_micro), np.array([0, 1]), np.array([0, 0]))
    assert found[:, 0].tolist() == found[:, 1].tolist()


def test_expected_values_are_whole_and_the_same_pair_by_pair() -> None:
    sides = prepare(*district())
    pairs, judge = compatible_pairs(sides), scorer(sides, Policy().weight_micro)
    value = judge.scores(pairs.offer, pairs.need)
    model = Acceptance(intercept_micro=100_000, weight_micro={"distance": 900_000, "text": 300_000})
    expected = model.expected_micro(judge, pairs.offer, pairs.need, value)
    probability = model.probability_micro(features(judge, pairs.offer, pairs.need))
    assert expected.tolist() == [v * p // MICRO for v, p in zip(value.tolist(), probability.tolist(), strict=True)]
    for k in range(0, len(pairs), 9):
        here = slice(k, k + 1)
        assert model.expected_micro(judge, pairs.offer[here], pairs.need[here], value[here])[0] == expected[k]


def test_using_a_model_loads_no_scikit_learn() -> None:
    script = (
        "import sys, numpy as np\n"
        "from matching.pairing.acceptance import FEATURES, Acceptance\n"
        "Acceptance(weight_micro={'price': 5}).probability_micro(np.zeros((len(FEATURES), 2), dtype=np.int64))\n"
        "print('sklearn' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
