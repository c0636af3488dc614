# SPDX-License-Identifier: AGPL-3.0-or-later
"""Plans with processors are legal, close to the best whole grams, and never beyond their bound."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allocation.legs import WHOLE, Task, delivered_g, direct_legs, most_taken_for, taken_for
from matching.allocation.solve import solve
from tests.matching.tasks import by_brute_force, chain_tasks, limits_of_rows
from tests.matching.test_lots_optimum import assert_sound


@settings(max_examples=80, deadline=None)
@given(chain_tasks())
def test_no_whole_grams_are_worth_more_than_the_bound(task: Task) -> None:
    found = solve(task)
    assert_sound(task, found)
    assert found.value <= by_brute_force(task) <= found.bound


@settings(max_examples=80, deadline=None)
@given(chain_tasks(unit=100_000))
def test_on_kilograms_the_gap_is_a_matter_of_grams(task: Task) -> None:
    found = solve(task)
    assert_sound(task, found)
    assert found.value == pytest.approx(found.bound, rel=1e-3)


def test_a_gram_lost_on_the_way_is_taken_from_those_that_can_spare_it() -> None:
    """Both needs want what one offer delivers, 200 kg at 88 %; the one worth less must have all of its 100 kg."""
    both, through = np.array([0, 1]), np.array([0, 0])
    values, rate = np.array([100_000, 100_001]), np.full(2, 880_000 * 10**6)
    legs = replace(direct_legs(through, both, values), first=through, rate=rate, first_rate=np.full(2, 880_000))
    needs = [{"mass": 100_000, "fill": 100_000}, {"mass": 100_000}]
    task = Task(legs, limits_of_rows([{"mass": 200_000}], needs, [{"capacity": 200_000}]))
    found = solve(task)
    assert delivered_g(found.taken_g, rate).tolist() == [100_000, 75_999]
    assert found.taken_g.sum() == 200_000


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**12), st.integers(1, 10**6), st.integers(1, 10**6))
def test_arrivals_are_rounded_down_exactly(taken: int, first: int, second: int) -> None:
    rate = np.array([first * second])
    arriving = int(delivered_g(np.array([taken]), rate)[0])
    assert arriving == taken * first * second // WHOLE
    fewest, most = int(taken_for(np.array([arriving]), rate)[0]), int(most_taken_for(np.array([arriving]), rate)[0])
    assert fewest <= taken <= most
    assert int(delivered_g(np.array([fewest]), rate)[0]) == arriving == most * first * second // WHOLE
    assert (most + 1) * first * second // WHOLE > arriving
