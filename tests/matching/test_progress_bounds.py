# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run tells while it works is true: no bound below what it ends with, no value above."""

import pytest
from hypothesis import HealthCheck, given, settings

from matching import Processors, match
from matching.allocation.legs import Task
from matching.allocation.solve import solve
from tests.matching.markets import DISTRICT, district
from tests.matching.tasks import chain_tasks, lot_tasks

Heard = list[tuple[int, int]]


def assert_true(heard: Heard, value: int, bound: int) -> None:
    assert heard[-1] == (value, bound)
    assert all(found <= value <= limit for found, limit in heard)
    assert [limit for _, limit in heard] == sorted((limit for _, limit in heard), reverse=True)


def test_bounds_told_while_chains_recipes_and_lots_are_open_hold() -> None:
    heard: Heard = []

    def listen(phase: str, share: float, value: int | None, bound: int | None) -> None:
        if value is not None and bound is not None:
            heard.append((value, bound))

    run = match(*district(), processors=Processors.read_csv(DISTRICT / "processors.csv"), progress=listen)
    assert len(heard) > 3
    assert heard[-1][0] == pytest.approx(run.summary["value"] * 10**9)
    assert_true(heard, *heard[-1])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lot_tasks())
def test_bounds_told_of_lots_hold(task: Task) -> None:
    assert_sound(task)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chain_tasks())
def test_bounds_told_of_chains_hold(task: Task) -> None:
    assert_sound(task)


def assert_sound(task: Task) -> None:
    heard: Heard = []
    found = solve(task, watch=lambda value, bound: heard.append((value, bound)))
    if heard:
        assert_true(heard, found.value, found.bound)
