# SPDX-License-Identifier: AGPL-3.0-or-later
"""Planted optima are found, and generated markets are what they say."""

import numpy as np
import pytest

from benchmarks.markets import Recipe, market, market_columns
from benchmarks.peers import first_come, linear_programme
from benchmarks.planted import planted
from matching.allocation.allocate import OPTIMAL, allocate
from matching.allocation.augment import Caps, augmented
from matching.allocation.prices import exact_dot
from matching.market.columns import Offers


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [1, 30, 400])
def test_planted_optima_are_found_and_proven(size: int, seed: int) -> None:
    problem, optimum = planted(size, 6, seed)
    found, quick = allocate(problem), augmented(problem, Caps(1 << 60, 1 << 60))
    assert quick.flow_g is not None
    assert (found.value, found.bound, found.status) == (optimum, optimum, OPTIMAL)
    assert exact_dot(quick.flow_g, problem.value) == optimum


def test_peers_answer_the_same_question() -> None:
    problem, optimum = planted(200, 6, seed=5)
    assert exact_dot(linear_programme(problem), problem.value) == pytest.approx(optimum, rel=1e-9)
    grams = first_come(problem)
    assert (np.bincount(problem.offer, grams) <= problem.supply_g).all()
    assert exact_dot(grams, problem.value) < optimum


def test_a_market_is_the_same_from_the_same_seed() -> None:
    assert market_columns(Recipe(50, seed=3)) == market_columns(Recipe(50, seed=3))
    assert market_columns(Recipe(50, seed=3)) != market_columns(Recipe(50, seed=4))


@pytest.mark.parametrize("rules", ["tight", "loose", "open"])
@pytest.mark.parametrize("place", ["district", "italy"])
def test_markets_pass_every_check_of_the_file_format(rules: str, place: str) -> None:
    offers, needs = market(Recipe(200, rules, place, lots=True))
    assert isinstance(offers, Offers)
    assert len(offers) == len(needs) == 200
    assert (offers.lot_g <= offers.mass_g).all()
