# SPDX-License-Identifier: AGPL-3.0-or-later
"""Prices prove: rebuilt from an optimal flow they meet its value, and any repaired prices bound the optimum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allocation import prices as prices_module
from matching.allocation.flow import transport
from matching.allocation.greedy import greedy_flow
from matching.allocation.prices import (
    Transport,
    bound_of,
    exact_dot,
    prices_by_lp,
    prices_of_flow,
    repaired,
    shortfall,
)
from tests.matching.transports import dense, optimum, transport_of, transports


def best_flow(problem: Transport) -> np.ndarray:
    return transport(problem.supply_g, problem.demand_g, problem.offer, problem.need, problem.value)


@settings(max_examples=100, deadline=None)
@given(transports())
def test_prices_of_an_optimal_flow_are_complementary_to_it(problem: Transport) -> None:
    flow = best_flow(problem)
    prices = prices_of_flow(problem, flow)
    slack = -shortfall(problem, prices)
    assert (slack >= 0).all()
    assert (slack[flow > 0] == 0).all()
    taken = np.zeros_like(problem.supply_g)
    np.add.at(taken, problem.offer, flow)
    assert (prices.offer[taken < problem.supply_g] == 0).all()
    assert bound_of(problem, prices) == exact_dot(flow, problem.value)


@settings(max_examples=100, deadline=None)
@given(transports(), st.randoms(use_true_random=False))
def test_any_offer_prices_repaired_bound_the_optimum(problem: Transport, draw: object) -> None:
    random_prices = [draw.randint(0, 1_200_000) for _ in problem.supply_g]  # type: ignore[attr-defined]
    prices = repaired(problem, np.array(random_prices, dtype=np.int64))
    assert not (shortfall(problem, prices) > 0).any()
    assert bound_of(problem, prices) >= optimum(problem) * (1 - 1e-9)


@settings(max_examples=60, deadline=None)
@given(transports())
def test_prices_of_the_dual_lp_bound_the_optimum_tightly(problem: Transport) -> None:
    prices = prices_by_lp(problem)
    assert not (shortfall(problem, prices) > 0).any()
    assert bound_of(problem, prices) == pytest.approx(optimum(problem), rel=1e-6, abs=1e-6)


def test_a_flow_that_is_not_optimal_gets_the_prices_of_the_lp() -> None:
    problem = dense(30, 30, 8, seed=3)
    greedy = greedy_flow(problem)
    prices = prices_of_flow(problem, greedy)
    assert exact_dot(greedy, problem.value) < bound_of(problem, prices)
    assert bound_of(problem, prices) == pytest.approx(optimum(problem), rel=1e-9)


def test_too_few_rounds_fall_back_to_the_lp_and_stay_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = dense(30, 30, 8, seed=4)
    flow = best_flow(problem)
    monkeypatch.setattr(prices_module, "ROUND_CAP", 1)
    assert bound_of(problem, prices_of_flow(problem, flow)) == exact_dot(flow, problem.value)


def test_an_offer_that_is_not_sold_out_has_no_price() -> None:
    problem = transport_of([10], [4], {(0, 0): 700_000})
    prices = prices_of_flow(problem, best_flow(problem))
    assert (prices.offer.tolist(), prices.need.tolist()) == ([0], [700_000])


def test_competition_prices_a_scarce_offer_at_what_the_loser_would_have_paid() -> None:
    problem = transport_of([10], [10, 10], {(0, 0): 700_000, (0, 1): 500_000})
    prices = prices_of_flow(problem, best_flow(problem))
    assert (prices.offer.tolist(), prices.need.tolist()) == ([500_000], [200_000, 0])
