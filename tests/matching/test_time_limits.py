# SPDX-License-Identifier: AGPL-3.0-or-later
"""However little time there is, a run returns a verified plan with a bound that holds, and no less than greed finds."""

import time
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from matching import Policy, Processors, Run, match
from matching.allocation import allocate as allocate_module
from matching.allocation import blend, favours, grams, repair, search
from matching.allocation import solve as solve_module
from matching.allocation.favours import Favours, favoured_bound, favoured_flow
from matching.allocation.found import Found, Until
from matching.allocation.legality import Broken, broken_limits
from matching.allocation.legs import Task
from matching.allocation.model import Model
from matching.allocation.points import point_of
from matching.allocation.prices import Prices, Transport, bound_of, exact_dot, prices_of_flow, shortfall
from matching.allocation.problem import plan
from matching.allocation.relax import as_transport
from matching.allocation.repair import repaired_plan
from matching.allocation.settle import choice_from_use, settled_rounding
from matching.allocation.solve import TIME_LIMIT, solve
from matching.allocation.solver import Answer, Effort, Linear, Programme, best_plan
from matching.evidence.verify import verify
from matching.evidence.view_market import view_of
from matching.market.columns import Floats, Int64s
from matching.pairing.gamut import supporting_offsets
from tests.matching.markets import DISTRICT, district
from tests.matching.tasks import task_of
from tests.matching.transports import dense, optimum


def timed(seconds: float) -> Run:
    """The district with direct pairs, lots, recipes, colours and chains in one market."""
    return match(*district(), processors=Processors.read_csv(DISTRICT / "processors.csv"), seconds=seconds)


@cache
def unhurried() -> Run:
    return timed(30)


@pytest.mark.parametrize("seconds", [0, 0.01, 0.1, 0.5, 2])
def test_a_mixed_market_in_no_time_gives_a_verified_plan_and_an_honest_bound(seconds: float) -> None:
    found, best = timed(seconds), unhurried()
    assert verify(found.as_result()) == ()
    assert found.proposals
    assert found.summary["greedy_value"] <= found.summary["value"] <= best.summary["bound"]
    assert found.summary["bound"] >= best.summary["value"]


@cache
def mixed_task() -> Task:
    """The same market as a task."""
    view = view_of(*district(), Policy(), Processors.read_csv(DISTRICT / "processors.csv"))
    return plan(view.sides, view.task, Policy()).task


def on_a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where planes may lie takes long to find; else time passes as this process works, not as others do."""
    slept = list[float]()

    def slowly(target: Floats, delta_e: Floats, normal: Floats, *, fine: bool) -> Floats:
        slept.append(0.05 * len(target))
        return supporting_offsets(target, delta_e, normal, fine=fine)

    monkeypatch.setattr(time, "monotonic", lambda: time.process_time() + sum(slept))
    monkeypatch.setattr(blend, "supporting_offsets", slowly)


def test_no_solver_begins_past_the_deadline_or_may_go_on_beyond_it(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[float, float]] = []

    def watched(model: Model, effort: Effort, known: Floats | None = None) -> Answer:
        begun.append((time.monotonic(), time.monotonic() + effort.seconds))
        return best_plan(model, effort, known)

    optimum = Programme.optimum

    def watched_linear(programme: Programme, seconds: float) -> Linear | None:
        if seconds > 0:
            begun.append((time.monotonic(), time.monotonic() + seconds))
        return optimum(programme, seconds)

    monkeypatch.setattr(search, "best_plan", watched)
    monkeypatch.setattr(Programme, "optimum", watched_linear)
    on_a_slow_machine(monkeypatch)
    task, deadline = mixed_task(), time.monotonic() + 3
    solve(task, deadline)
    assert len(begun) > 1
    assert max(ends for _, ends in begun) <= deadline + 0.05
    assert max(starts for starts, _ in begun) <= deadline
    assert time.monotonic() <= deadline + 3  # building the last model, and the plan of the whole


def test_whole_grams_of_a_recipe_are_given_up_past_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    task, calls = mixed_task(), list[float]()
    monkeypatch.setattr(blend, "linear_plan", lambda model, seconds: calls.append(seconds))
    choice = choice_from_use(task, np.ones(len(task.legs), dtype=np.bool_))
    assert blend.settled_recipes(task, choice, [], time.monotonic()) is None
    assert calls == []


def test_a_block_has_no_more_time_than_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    efforts: list[float] = []

    def watched(model: Model, effort: Effort, known: Floats | None = None) -> Answer:
        efforts.append(effort.seconds)
        return Answer(None, float("inf"), optimal=False)

    monkeypatch.setattr(search, "best_plan", watched)
    task, now = mixed_task(), time.monotonic()
    none = np.zeros(len(task.legs), dtype=np.int64)
    search._block(task, none, Until(now + 1, now + 2))
    search._block(task, none, Until(now + 600, now + 600))
    assert efforts[0] <= 1
    assert 1 < efforts[1] <= search.BLOCK_SECONDS


def test_rounding_mends_no_grams_past_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_of([{"mass": 9}], [{"mass": 9, "fill": 5}], {(0, 0): 7})
    choice = choice_from_use(task, np.ones(1, dtype=np.bool_))
    delivered = np.array([9.0])
    assert settled_rounding(task, choice, delivered, float("inf")) is not None
    assert settled_rounding(task, choice, delivered, time.monotonic()) is None


def test_the_solver_of_the_last_grams_keeps_to_the_time_that_is_left() -> None:
    task = task_of([{"mass": 9}], [{"mass": 9, "fill": 5}], {(0, 0): 7})
    short = np.array([4])
    broken: list[Broken] = list(broken_limits(task, short))
    assert broken
    assert grams.mended(task, short, broken, float("inf")) is not None
    assert grams.mended(task, short, broken, time.monotonic()) is None


def begins(*args: object) -> None:
    """A solver that nobody may call."""
    raise AssertionError("a solver began past the deadline")


def test_nothing_is_repaired_by_a_solver_past_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    task = mixed_task()
    monkeypatch.setattr(repair, "transport", begins)
    taken = repaired_plan(task, as_transport(task), None, time.monotonic())
    assert next(broken_limits(task, taken), None) is None


def test_a_choice_becomes_no_whole_grams_past_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_of([{"mass": 9}], [{"mass": 9, "fill": 5}], {(0, 0): 7})
    choice, delivered = choice_from_use(task, np.ones(1, dtype=np.bool_)), np.array([9.0])
    assert search._settled(task, choice, delivered, [], float("inf")) is not None
    monkeypatch.setattr(search, "settled_flow", begins)
    assert search._settled(task, choice, delivered, [], time.monotonic()) is None


def rivals() -> tuple[Task, Favours]:
    """Two needs for one offer; first grams of the one that pays less count for more."""
    task = task_of([{"mass": 9}], [{"mass": 9}, {"mass": 9}], {(0, 0): 7, (0, 1): 5})
    offer, need, leg = np.zeros(1, dtype=np.int64), np.array([0, 4]), np.zeros(2, dtype=np.int64)
    return task, Favours(offer, need, leg, bonus=3)


def test_prices_of_favours_that_had_no_time_to_settle_still_bound_the_plan() -> None:
    task, wanted = rivals()
    grams_g, *proof = favoured_flow(task, wanted, float("inf"))
    best = exact_dot(grams_g, task.legs.value) + wanted.bonus * wanted.served_g(task.legs, grams_g)
    assert favoured_bound(task, wanted, *proof) == best == 5 * 7 + 4 * (5 + 3)
    _, *late = favoured_flow(task, wanted, time.monotonic())
    assert favoured_bound(task, wanted, *late) > best


def test_nothing_is_favoured_past_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    task, wanted = rivals()
    best = point_of(task, wanted, float("inf"), lambda value, bound: None)
    monkeypatch.setattr(favours, "cheapest_flow", begins)
    late = point_of(task, wanted, time.monotonic(), lambda value, bound: None)
    assert next(broken_limits(task, late.taken_g), None) is None
    assert late.bound >= best.bound
    assert late.cut


def test_prices_of_a_flow_are_looked_for_until_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, deadlines = dense(30, 30, 8, seed=4), list[float]()
    flow_g = np.zeros(len(problem.value), dtype=np.int64)
    monkeypatch.setattr("scipy.optimize.linprog", begins)
    late = prices_of_flow(problem, flow_g, time.monotonic())
    assert not (shortfall(problem, late) > 0).any()
    assert bound_of(problem, late) >= optimum(problem)

    def noted(part: Transport, flow: Int64s, deadline: float, floor: Int64s | None) -> Prices:
        deadlines.append(deadline)
        return prices_of_flow(part, flow, time.monotonic())

    monkeypatch.setattr(allocate_module, "prices_of_flow", noted)
    until = time.monotonic() + 60
    allocate_module.allocate(problem, until)
    assert set(deadlines) == {until}


def test_a_part_that_ran_out_of_its_time_makes_the_whole_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = [{"mass": 5, "lot": 5}, {"mass": 9, "lot": 5}]
    task = task_of([{"mass": 9}] * 2, needs * 2, {(0, 0): 7, (0, 1): 6, (1, 2): 7, (1, 3): 6})
    ended: list[float] = []

    def late_at_first(part: Task, ends: Until, watch: object) -> Found:
        found = search.search(part, ends)
        ended.append(ends.models)
        if len(ended) > 1:
            return found
        time.sleep(max(ends.models - time.monotonic(), 0))
        return replace(found, taken_g=np.zeros_like(found.taken_g), value=0)

    monkeypatch.setattr(solve_module, "search", late_at_first)
    monkeypatch.setattr(solve_module, "greedy_plan", lambda whole: np.zeros(len(whole.legs), dtype=np.int64))
    deadline = time.monotonic() + 3
    assert solve(task, deadline).status == TIME_LIMIT
    assert len(ended) == 2
    assert time.monotonic() < ended[1]
