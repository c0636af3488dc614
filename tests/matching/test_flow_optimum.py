# SPDX-License-Identifier: AGPL-3.0-or-later
"""An allocation is the optimum of SciPy's HiGHS, whatever candidates it starts from, and stays within the masses."""

import time

import numpy as np
import pytest
from hypothesis import given, settings

from matching.allocation.allocate import OPTIMAL, TIME_LIMIT, Allocation, allocate
from matching.allocation.greedy import greedy_flow
from matching.allocation.prices import Transport, bound_of, exact_dot, shortfall
from tests.matching.transports import dense, optimum, transport_of, transports


def assert_sound(problem: Transport, found: Allocation) -> None:
    """Masses hold, the value is the flow's, and the prices bound every pair."""
    taken, given = np.zeros_like(problem.supply_g), np.zeros_like(problem.demand_g)
    np.add.at(taken, problem.offer, found.flow_g)
    np.add.at(given, problem.need, found.flow_g)
    assert (taken <= problem.supply_g).all()
    assert (given <= problem.demand_g).all()
    assert (found.flow_g >= 0).all()
    assert found.value == exact_dot(found.flow_g, problem.value)
    assert found.bound == bound_of(problem, found.prices) >= found.value
    assert not (shortfall(problem, found.prices) > 0).any()
    assert (found.prices.offer >= 0).all()
    assert (found.prices.need >= 0).all()


@settings(max_examples=150, deadline=None)
@given(transports())
def test_the_allocation_is_the_optimum_and_its_prices_prove_it(problem: Transport) -> None:
    found = allocate(problem)
    assert_sound(problem, found)
    assert found.status == OPTIMAL
    assert found.value == found.bound == pytest.approx(optimum(problem), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_few_candidates_and_pricing_reach_the_same_optimum(seed: int) -> None:
    problem = dense(60, 50, 30, seed)
    whole, priced = allocate(problem), allocate(problem, whole_below=0)
    assert_sound(problem, priced)
    assert priced.status == OPTIMAL
    assert priced.value == whole.value == pytest.approx(optimum(problem), rel=1e-9)
    assert priced.pairs_considered < whole.pairs_considered == len(problem.value)


def test_a_larger_contended_market_is_proven_and_beats_greedy() -> None:
    problem = dense(1500, 1500, 12, seed=7)
    found = allocate(problem, whole_below=5000)
    assert_sound(problem, found)
    assert found.value == found.bound
    assert found.value > 1.05 * found.greedy_value


def test_past_its_time_the_best_known_allocation_comes_with_a_true_bound() -> None:
    problem = dense(60, 50, 30, seed=1)
    found = allocate(problem, deadline=time.monotonic())
    assert_sound(problem, found)
    assert found.status == TIME_LIMIT
    assert found.value == found.greedy_value <= allocate(problem).value <= found.bound


def test_the_listener_hears_values_that_rise_and_bounds_that_fall() -> None:
    heard: list[tuple[int, int]] = []
    allocate(dense(60, 50, 30, seed=2), watch=lambda value, bound: heard.append((value, bound)), whole_below=0)
    values, bounds = zip(*heard, strict=True)
    assert list(values) == sorted(values)
    assert list(bounds) == sorted(bounds, reverse=True)
    assert values[-1] == bounds[-1]


@settings(max_examples=100, deadline=None)
@given(transports())
def test_greedy_is_legal_and_never_better_than_the_optimum(problem: Transport) -> None:
    flow = greedy_flow(problem)
    assert exact_dot(flow, problem.value) <= allocate(problem).value
    taken = np.zeros_like(problem.supply_g)
    np.add.at(taken, problem.offer, flow)
    assert (taken <= problem.supply_g).all()


def test_greedy_takes_the_better_of_two_orders() -> None:
    by_kilogram = transport_of([10, 10], [10, 1], {(0, 0): 5, (0, 1): 9, (1, 0): 1})
    assert exact_dot(greedy_flow(by_kilogram), by_kilogram.value) == 9 + 45 + 1


def test_masses_beyond_what_doubles_hold_are_counted_exactly() -> None:
    mass = 10**12 - 1
    problem = transport_of([mass], [mass], {(0, 0): 999_999})
    assert allocate(problem).value == mass * 999_999
    amounts, factors = np.full(100, mass), np.full(100, 999_999)
    assert exact_dot(amounts, factors) == 100 * mass * 999_999
