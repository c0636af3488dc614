# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lots, indivisible offers, few suppliers and least totals: legal always, the optimum where there is time for it."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from matching import match
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task
from matching.allocation.relax import CLOSED_PER, price_bound, slack, value_of
from matching.allocation.solve import GAP_OPEN, OPTIMAL, TIME_LIMIT, Allocation, solve
from matching.evidence.whynot import BELOW_LOT, WhyNot
from tests.matching.markets import district, needs_of, offers_of
from tests.matching.tasks import by_brute_force, by_scipy, contended, lot_tasks, task_of

ALL_ASKS = ("least", "lot", "whole", "suppliers", "fill")


def assert_sound(task: Task, found: Allocation) -> None:
    """The plan is legal and worth what is said, and the prices prove their bound."""
    assert list(broken_limits(task, found.taken_g)) == []
    assert found.value == value_of(task, found.taken_g) <= found.bound <= found.price_bound
    assert found.price_bound == price_bound(task.limits, found.prices)
    assert not (slack(task, found.prices) < 0).any()
    assert 0 <= found.greedy_value <= found.value
    assert found.bound_source == ("solver" if found.bound < found.price_bound else "prices")


@settings(max_examples=80, deadline=None)
@given(lot_tasks(size=3, mass=5, arcs=4))
def test_tiny_tasks_reach_what_trying_everything_reaches(task: Task) -> None:
    found = solve(task)
    assert_sound(task, found)
    assert found.value == by_brute_force(task)


@settings(max_examples=80, deadline=None)
@given(lot_tasks())
def test_small_tasks_reach_the_optimum_of_another_solver(task: Task) -> None:
    found = solve(task)
    assert_sound(task, found)
    assert found.status == OPTIMAL
    assert found.value == pytest.approx(by_scipy(task), rel=1 / CLOSED_PER)
    assert found.bound == pytest.approx(found.value, rel=1 / CLOSED_PER)


def test_a_contended_market_of_120_a_side_is_proven() -> None:
    task = contended(120, 5, seed=3)
    found = solve(task, time.monotonic() + 60)
    assert_sound(task, found)
    assert found.status == OPTIMAL
    assert found.value > 1.02 * found.greedy_value


def test_everything_at_once_is_close_to_its_bound() -> None:
    task = contended(80, 5, seed=4, asks=ALL_ASKS)
    found = solve(task, time.monotonic() + 60)
    assert_sound(task, found)
    assert found.bound - found.value <= 0.01 * found.bound


@pytest.mark.parametrize("share", [0.005, 0.2])
def test_a_search_ends_once_it_is_close_enough_and_says_how_close(share: float) -> None:
    task = replace(contended(120, 5, seed=3), enough=share)
    found = solve(task, time.monotonic() + 60)
    assert_sound(task, found)
    assert 0 < found.bound - found.value <= share * found.bound
    assert found.status == GAP_OPEN
    assert found.bound >= solve(replace(task, enough=0.0), time.monotonic() + 60).value


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_no_time_still_gives_a_legal_plan_with_a_true_bound(seconds: float) -> None:
    task = contended(400, 6, seed=5, asks=ALL_ASKS)
    found = solve(task, time.monotonic() + seconds)
    assert_sound(task, found)
    assert found.status == TIME_LIMIT
    assert 0 < found.value < found.bound


def test_values_rise_and_bounds_fall_for_a_listener() -> None:
    heard: list[tuple[int, int]] = []
    solve(contended(60, 5, seed=6), watch=lambda value, bound: heard.append((value, bound)))
    assert heard
    assert all(value <= bound for value, bound in heard)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_task_gives_the_same_plan(seed: int) -> None:
    task = contended(50, 5, seed=seed, asks=ALL_ASKS)
    assert np.array_equal(solve(task).taken_g, solve(task).taken_g)


def test_a_least_total_is_reached_or_nothing_is_delivered() -> None:
    offers, pairs = [{"mass": 30}, {"mass": 30}], {(0, 0): 5, (1, 0): 5}
    enough, short = ([{"mass": 100, "fill": fill}] for fill in (60, 61))
    assert solve(task_of(offers, enough, pairs)).taken_g.tolist() == [30, 30]
    assert solve(task_of(offers, short, pairs)).taken_g.tolist() == [0, 0]


def test_one_of_two_whole_offers_fits() -> None:
    task = task_of([{"mass": 30, "least": 30}, {"mass": 28, "least": 28}], [{"mass": 56}], {(0, 0): 5, (1, 0): 5})
    assert solve(task).taken_g.tolist() == [30, 0]


@pytest.fixture(scope="module")
def shipped() -> dict[str, dict[str, int]]:
    """Kilograms by need and offer in the district."""
    found: dict[str, dict[str, int]] = {}
    for proposal in match(*district()).proposals:
        found.setdefault(proposal.need_id, {})[proposal.offer_id] = proposal.mass_g // 1000
    return found


def test_what_was_planted_about_lots_comes_out(shipped: dict[str, dict[str, int]]) -> None:
    assert shipped["N-107"] == {"O-040": 400, "O-011": 350}
    assert shipped["N-051"] == {"O-098": 500}
    assert "N-046" not in shipped
    assert "N-068" not in shipped
    assert (shipped["N-007"], shipped["N-084"]) == ({"O-092": 50}, {"O-092": 45})
    assert "N-023" not in shipped
    assert shipped["N-111"] == {"O-030": 260}
    assert shipped["N-079"] == {"O-086": 400, "O-025": 350, "O-109": 300}
    assert shipped["N-074"] == {"O-029": 300}


@pytest.mark.parametrize("need", ["N-021", "N-022", "N-049", "N-116"])
def test_near_misses_of_lots_get_nothing(need: str, shipped: dict[str, dict[str, int]]) -> None:
    assert need not in shipped


def test_a_whole_offer_goes_to_one_need() -> None:
    offers, needs = offers_of({"divisible": "no"}), needs_of({"id": "N-1", "mass_kg": "200"}, {"id": "N-2"})
    assert [(row.need_id, row.mass_g) for row in match(offers, needs).proposals] == [("N-2", 300_000)]


def test_why_not_says_that_a_lot_or_a_least_total_is_in_the_way() -> None:
    answer = match(*district()).why_not(offer="O-114", need="N-049")
    assert isinstance(answer, WhyNot)
    assert answer.reason == BELOW_LOT
