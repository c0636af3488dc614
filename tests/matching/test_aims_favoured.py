# SPDX-License-Identifier: AGPL-3.0-or-later
"""First kilograms beside processors and recipes: no other multipliers bound them better than the relaxation's."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from matching import Policy, Processors, match
from matching.allocation.favoured import relaxed_multipliers, sees_more
from matching.allocation.favours import Favours, Multipliers
from matching.allocation.legs import Task
from matching.allocation.problem import plan
from matching.allocation.relax import relaxed_model
from matching.allocation.solver import linear_plan
from matching.evidence.verify import verify
from matching.evidence.view_market import view_of
from tests.matching.markets import DISTRICT, district

SMALL_FIRST = Policy.from_toml('preset = "small firms first"')


def plants() -> Processors:
    return Processors.read_csv(DISTRICT / "processors.csv")


@cache
def asked(bonus: int) -> tuple[Task, Favours]:
    """The district with its processors, and a bonus per kg of first grams."""
    offers, needs = district()
    view = view_of(offers.by_id(), needs.by_id(), SMALL_FIRST, plants().by_id())
    planned = plan(view.sides, view.task, SMALL_FIRST, view.earlier, view.kept_g)
    return planned.task, replace(planned.aims.favours, bonus=bonus)


def bound(task: Task, favours: Favours, multipliers: Multipliers) -> float:
    """What the relaxation is worth at these multipliers, and what first grams may earn beyond (Lagrange)."""
    legs = replace(task.legs, value=task.legs.value + multipliers.added(task.legs))
    found = linear_plan(relaxed_model(replace(task, legs=legs)), 60)
    assert found is not None
    return found.value + multipliers.beyond(favours)


@pytest.mark.parametrize("bonus", [3_000, 60_000, 1_654_800])
def test_no_other_multipliers_bound_a_plan_better(bonus: int) -> None:
    task, favours = asked(bonus)
    assert sees_more(task, favours)
    best = relaxed_multipliers(task, favours, 60)
    least, dice = bound(task, favours, best), np.random.default_rng(1)
    assert 0 < max(best.offer.max(), best.need.max()) <= bonus
    for reach in (bonus // 50 + 1, bonus):
        for _ in range(4):
            offer, need = (
                np.where(first > 0, np.clip(price + dice.integers(-reach, reach + 1, len(first)), 0, bonus), 0)
                for first, price in ((favours.offer_g, best.offer), (favours.need_g, best.need))
            )
            assert bound(task, favours, replace(best, offer=offer, need=need)) >= least * (1 - 1e-6)


def test_no_time_for_them_leaves_multipliers_that_bound_every_plan() -> None:
    task, favours = asked(60_000)
    late = relaxed_multipliers(task, favours, 0)
    assert not late.offer.any()
    assert not late.need.any()
    assert bound(task, favours, late) > bound(task, favours, relaxed_multipliers(task, favours, 60))


def test_small_firms_of_the_district_come_first_through_processors_too() -> None:
    offers, needs = district()
    run = match(offers, needs, processors=plants(), policy=SMALL_FIRST, seconds=120)
    plain = match(offers, needs, processors=plants(), seconds=120)
    _, favours = asked(0)
    served = [favours.served_g(one.retained.view.legs, one.retained.taken_g) for one in (plain, run)]
    assert served[1] > 1.15 * served[0]
    assert run.summary["value"] >= 0.97 * plain.summary["value"]
    assert verify(run.as_result()) == ()
