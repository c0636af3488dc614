# SPDX-License-Identifier: AGPL-3.0-or-later
"""Objectives in order of priority and small firms first: another solver's optimum, floors kept, proofs that hold."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from matching import Avoided, Fit, Mass, Needs, Offers, Policy, Run, Surplus, match
from matching.allocation.aims import MICRO, Aims, floor_of, most_price, priced, worth
from matching.allocation.favours import Favours
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task
from matching.allocation.policy import Fairness, Stability
from matching.allocation.stages import Staged, solve_aims
from matching.evidence.verify import verify
from tests.matching.markets import district, markets, needs_of, offers_of, simple
from tests.matching.tasks import lot_tasks, task_of

KG = 1000
FIT_THEN_SURPLUS = Policy(objective=(Fit(tolerance=Decimal("0.01")), Surplus()))
SMALL_FIRST = Policy(preset="small firms first")


def no_favours(task: Task) -> Favours:
    sides = task.limits.supply_g, task.limits.demand_g, task.legs.offer
    offer, need, leg = (np.zeros(len(side), dtype=np.int64) for side in sides)
    return Favours(offer, need, leg)


@st.composite
def plain_tasks(draw: st.DrawFn) -> Task:
    """Transport problems of whole kilograms."""
    masses = st.lists(st.integers(1, 40), min_size=1, max_size=6)
    offers, needs = ([{"mass": KG * mass} for mass in draw(masses)] for _ in "on")
    pair = st.tuples(st.integers(0, len(offers) - 1), st.integers(0, len(needs) - 1))
    return task_of(offers, needs, draw(st.dictionaries(pair, st.integers(1, 10**6), min_size=1, max_size=20)))


@st.composite
def two_columns(draw: st.DrawFn) -> tuple[Task, Any]:
    """A problem and another value of each of its legs."""
    task = draw(plain_tasks())
    values = st.lists(st.integers(1, 10**6), min_size=len(task.legs), max_size=len(task.legs))
    return task, np.array(draw(values), dtype=np.int64)


def by_linprog(task: Task, worths: Any, floors: list[tuple[Any, int]], first: "tuple[Any, Any] | None" = None) -> float:
    """The best total of a column, or of the first grams of listings, above all floors."""
    legs, limits = task.legs, task.limits
    count, firsts = len(legs), (np.zeros(0), np.zeros(0)) if first is None else first
    ends = [
        *(legs.offer == row for row in range(len(limits.supply_g))),
        *(legs.need == row for row in range(len(limits.demand_g))),
    ]
    extra = len(ends) if first is not None else 0
    rows = [np.concatenate([end.astype(float), np.zeros(extra)]) for end in ends]
    high = [*limits.supply_g, *limits.demand_g]
    rows += [np.concatenate([-column.astype(float), np.zeros(extra)]) for column, _ in floors]
    high += [-floor for _, floor in floors]
    for row, end in enumerate(ends[:extra]):
        rows.append(np.concatenate([-end.astype(float), np.eye(extra)[row]]))
        high.append(0)
    gain = np.concatenate([np.zeros(count) if extra else worths.astype(float), np.ones(extra)])
    tops = [*([None] * count), *np.concatenate(firsts).tolist()]
    answer = linprog(-gain, A_ub=np.array(rows), b_ub=np.array(high, dtype=float), bounds=[(0, top) for top in tops])
    return float(-answer.fun)


def rounded_up(task: Task, floor: int, best: int) -> int:
    """A floor above which a plan in whole grams must be found: a gram of each leg may be lost by rounding."""
    return min(floor + int(task.legs.value.sum()), best)


def solved(task: Task, aims: Aims) -> Staged:
    return solve_aims(task, aims, float("inf"), lambda value, bound: None)


@settings(max_examples=40, deadline=None)
@given(two_columns(), st.sampled_from(["0", "0.01", "0.1", "1"]))
def test_the_second_objective_goes_as_high_as_the_first_allows(market: tuple[Task, Any], share: str) -> None:
    task, second = market
    tolerance = Fraction(share)
    aims = Aims((task.legs.value, second), (tolerance, Fraction(0)), (0, 0), no_favours(task), None)
    found = solved(task, aims)
    best = by_linprog(task, task.legs.value, [])
    assert found.reached[0].best == pytest.approx(best, rel=1e-9)
    assert worth(task, task.legs.value, found.allocation.taken_g) >= found.reached[0].floor
    assert list(broken_limits(task, found.allocation.taken_g)) == []
    floor = found.reached[0].floor
    expected = by_linprog(task, second, [(task.legs.value, floor)])
    whole = by_linprog(task, second, [(task.legs.value, rounded_up(task, floor, found.reached[0].best))])
    lost = 2 * len(task.legs) * 10**6  # grams that whole numbers of grams may lose
    assert whole - lost <= found.allocation.value <= expected * (1 + 1e-9) + 1
    assert found.allocation.bound >= expected * (1 - 1e-9) - 1


@settings(max_examples=40, deadline=None)
@given(plain_tasks(), st.sampled_from(["0", "0.02", "0.3"]), st.integers(0, 2**12))
def test_small_firms_get_as_much_as_the_price_allows(task: Task, price: str, small: int) -> None:
    masses = task.limits.supply_g, task.limits.demand_g
    bits = [np.array([small >> k & 1 for k in range(len(side))]) for side in masses]
    first = masses[0] // 2 * bits[0], masses[1] // 2 * bits[1]
    favours = replace(no_favours(task), offer_g=first[0], need_g=first[1])
    found = solved(task, Aims((task.legs.value,), (Fraction(price),), (0,), favours, Fraction(price)))
    best = found.reached[0].best
    floor = floor_of(best, Fraction(price))
    assert floor <= found.allocation.value <= found.allocation.bound
    expected = by_linprog(task, task.legs.value, [(task.legs.value, floor)], first)
    whole = by_linprog(task, task.legs.value, [(task.legs.value, rounded_up(task, floor, best))], first)
    served = favours.served_g(task.legs, found.allocation.taken_g)
    assert whole - 2 * len(task.legs) - 1 <= served <= expected * (1 + 1e-9) + 1e-6


@settings(max_examples=20, deadline=None)
@given(lot_tasks(), st.integers(0, 2**10))
def test_lots_keep_floors_limits_and_a_true_bound(task: Task, small: int) -> None:
    sizes = task.limits.supply_g, task.limits.demand_g
    first = [side // 2 * np.array([small >> k & 1 for k in range(len(side))]) for side in sizes]
    favours = replace(no_favours(task), offer_g=first[0], need_g=first[1])
    mass = np.full(len(task.legs), 10**6, dtype=np.int64)
    aims = Aims((task.legs.value, mass), (Fraction("0.1"), Fraction("0.1")), (0, 0), favours, Fraction("0.1"))
    found = solved(task, aims)
    plan = found.allocation.taken_g
    assert list(broken_limits(task, plan)) == []
    assert worth(task, task.legs.value, plan) >= found.reached[0].floor
    assert floor_of(found.reached[1].best, Fraction("0.1")) <= found.allocation.value <= found.allocation.bound


@pytest.mark.parametrize("policy", [FIT_THEN_SURPLUS, SMALL_FIRST], ids=["in order", "fair"])
@settings(max_examples=8, deadline=None)
@given(market=markets())
def test_any_small_market_passes_its_own_check(policy: Policy, market: tuple[Offers, Needs]) -> None:
    run = match(*market, policy=policy, seconds=5)
    assert verify(run.as_result()) == ()
    assert run.summary["greedy_value"] is None


def test_the_district_gives_up_a_hundredth_of_fit_for_euro() -> None:
    market = simple(*district())
    fit, both, euro = (match(*market, policy=p) for p in (Policy(), FIT_THEN_SURPLUS, Policy(objective=(Surplus(),))))
    first, second = both.summary["objectives"]
    assert Decimal(first["best"]) == Decimal(str(fit.summary["value"]))
    assert Decimal("0.99") * Decimal(first["best"]) <= Decimal(first["value"])
    assert (first["unit"], second["unit"], both.summary["unit"]) == ("score·kg", "EUR", "EUR")
    assert Decimal(second["value"]) <= Decimal(str(euro.summary["value"]))
    assert both.summary["status"] == "optimal"
    assert verify(both.as_result()) == ()


def test_fairness_costs_what_it_says_and_serves_more_of_the_small() -> None:
    market = simple(*district())
    runs = [match(*market, policy=Policy(fairness=Fairness(max_price=price))) for price in (0, 0.001, 0.005, 0.5)]
    served = [run.summary["favoured_kg"] for run in runs]
    prices = [run.summary["price_of_fairness"] for run in runs]
    assert served == sorted(served)
    assert served[0] < served[-1]
    assert all(paid <= most for paid, most in zip(prices, (0, 0.001, 0.005, 0.5), strict=True))
    assert prices[-1] > 0
    for run in runs:
        assert verify(run.as_result()) == ()


def test_objectives_without_a_tolerance_between_them_are_one() -> None:
    policy = Policy(objective=(Fit(), Mass(tolerance=0), Avoided(), Surplus()))
    assert [[one.kind for one in stage] for stage in policy.stages] == [["fit", "mass"], ["avoided", "surplus"]]


@pytest.mark.parametrize(("kg", "other_kg"), [("20", "19.999"), ("100000000", "99999999.999")], ids=["few", "many"])
def test_a_floor_that_a_gram_breaks_keeps_its_bound_true(kg: str, other_kg: str) -> None:
    needs = needs_of(
        {"id": "N-1", "mass_kg": kg, "price_eur_kg": "1.3", "lot_kg": "10"},
        {"id": "N-2", "mass_kg": other_kg, "price_eur_kg": "500"},
    )
    run = match(offers_of({"mass_kg": kg}), needs, policy=Policy(objective=(Mass(tolerance=0), Surplus())))
    first, second = run.summary["objectives"]
    assert first["value"] == first["best"] == kg
    surplus = dict(zip(run.retained.view.legs.need.tolist(), run.retained.view.legs.value.tolist(), strict=True))
    best = 10 * surplus[0] + (int(kg) - 10) * surplus[1]  # the lot of the one, all else for the other
    assert Decimal(second["bound"]) * MICRO >= best
    assert kg != "20" or Decimal(second["value"]) * MICRO == best


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=5), st.integers(1, 3), st.data())
def test_a_column_is_priced_exactly_up_to_the_highest_price(column: list[int], held: int, data: st.DataObject) -> None:
    task = task_of([{"mass": KG}], [{"mass": KG}], {(0, 0): 1})
    values = np.array(column, dtype=np.int64)
    most = most_price(task, values, held)
    price = data.draw(st.integers(0, most) | st.just(most))
    assert priced(values, price).tolist() == [-(-value * price // MICRO) for value in column]


@pytest.mark.parametrize("cell", ["best", "bound", "value", "floor"])
def test_a_claim_about_an_objective_that_doesn_t_add_up_is_a_fault(cell: str) -> None:
    run = match(*simple(*district()), policy=FIT_THEN_SURPLUS)
    claimed = [dict(entry) for entry in run.summary["objectives"]]
    claimed[0][cell] = "1234567" if cell == "best" else "12"
    result = replace(run.as_result(), summary={**run.summary, "objectives": claimed})
    assert verify(result) != ()


def test_a_price_of_a_floor_that_can_t_be_reckoned_is_a_fault() -> None:
    result = match(*simple(*district()), policy=FIT_THEN_SURPLUS).as_result()
    rows = [dict(row) for row in result.price_rows]
    next(row for row in rows if row["side"] == "floor")["price"] = str(10**12)
    faults = verify(replace(result, price_rows=rows))
    assert "prices.csv: price: floor 1 is beyond what can be reckoned" in map(str, faults)


@pytest.mark.parametrize("side", ["floor", "bonus", "first offer", "first need"])
def test_a_multiplier_that_is_changed_is_a_fault(side: str) -> None:
    run = match(*simple(*district()), policy=FIT_THEN_SURPLUS if side == "floor" else SMALL_FIRST)
    result = run.as_result()
    rows = [dict(row) for row in result.price_rows]
    changed = next(row for row in rows if row["side"] == side)
    changed["price"] = "0.000001"
    assert verify(replace(result, price_rows=rows)) != ()
    changed["price"] = "-1"
    assert verify(replace(result, price_rows=rows)) != ()


def moved_from(run: Run, policy: Policy, tax: str) -> Run:
    return match(*simple(*district()), policy=replace(policy, stability=Stability(tax=Decimal(tax))), previous=run)


def test_the_higher_the_tax_the_less_is_moved() -> None:
    before = match(*simple(*district()), policy=Policy(objective=(Surplus(),)))
    runs = [moved_from(before, Policy(), tax) for tax in ("0.001", "0.05", "5")]
    moved = [run.summary["moved_kg"] for run in runs]
    values = [run.summary["value"] for run in runs]
    assert moved == sorted(moved, reverse=True)
    assert values == sorted(values, reverse=True)
    assert moved[0] > moved[-1] == 0
    for run in runs:
        assert (run.summary["status"], verify(run.as_result())) == ("optimal", ())


def test_a_run_that_keeps_itself_moves_nothing() -> None:
    before = match(*simple(*district()))
    after = moved_from(before, Policy(), "0.01")
    assert after.summary["moved_kg"] == 0
    assert after.proposal_rows() == before.proposal_rows()


def test_lots_and_recipes_that_are_as_they_were_move_nothing_either() -> None:
    before = match(*district(), seconds=600)
    policy = Policy(stability=Stability(tax=Decimal("0.05")))
    after = match(*district(), policy=policy, previous=before, seconds=600)
    assert (after.summary["moved_kg"], after.summary["status"], verify(after.as_result())) == (0, "optimal", ())
    assert after.proposal_rows() == before.proposal_rows()


def test_small_firms_are_served_first_also_beside_lots_and_recipes() -> None:
    run = match(*district(), policy=SMALL_FIRST, seconds=600)
    served = {found.need_id: found.mass_g for found in run.proposals if found.offer_id == "O-008"}
    least = {"N-006": 175_000, "N-039": 150_000, "N-057": 150_000, "N-100": 125_000}
    assert all(served.get(need, 0) >= grams for need, grams in least.items())
    assert run.summary["price_of_fairness"] <= 0.03
    assert verify(run.as_result()) == ()


@settings(max_examples=40, deadline=None)
@given(two_columns(), st.integers(1, 10**6))
def test_keeping_is_worth_its_tax_and_no_more(market: tuple[Task, Any], tax: int) -> None:
    task, _ = market
    count = len(task.legs)
    kept = np.minimum(task.most_taken_g(), 5 * KG) * (np.arange(count) % 2)
    favours = replace(no_favours(task), leg_g=kept, tax=tax)
    found = solved(task, Aims((task.legs.value,), (Fraction(0),), (0,), favours, None))
    ends = [task.legs.offer == row for row in range(len(task.limits.supply_g))]
    ends += [task.legs.need == row for row in range(len(task.limits.demand_g))]
    rows = [np.concatenate([end.astype(float), end.astype(float)]) for end in ends]
    gain = np.concatenate([task.legs.value, task.legs.value + tax]).astype(float)
    tops = [*([None] * count), *kept.tolist()]
    high = [*task.limits.supply_g, *task.limits.demand_g]
    best = -float(linprog(-gain, A_ub=np.array(rows), b_ub=high, bounds=[(0, top) for top in tops]).fun)
    total = found.allocation.value + tax * favours.kept_g(task.legs, found.allocation.taken_g)
    assert total == pytest.approx(best, rel=1e-9)
    assert found.allocation.bound == found.allocation.value


def test_a_kept_multiplier_that_is_changed_is_a_fault() -> None:
    before = match(*simple(*district()), policy=Policy(objective=(Surplus(),)))
    result = moved_from(before, Policy(), "0.05").as_result()
    rows = [dict(row) for row in result.price_rows]
    next(row for row in rows if row["side"] == "kept")["price"] = "0.06"
    assert verify(replace(result, price_rows=rows)) != ()


def test_two_ways_into_one_need_that_were_both_kept_leave_no_gap() -> None:
    pairs = dict.fromkeys([(0, 0), (0, 1), (0, 2), (1, 1)], 1)
    task = task_of([{"mass": KG}] * 2, [{"mass": KG}] * 3, pairs)
    kept = np.array([0, KG, 0, KG], dtype=np.int64)
    favours = replace(no_favours(task), leg_g=kept, tax=1)
    found = solved(task, Aims((task.legs.value,), (Fraction(0),), (0,), favours, None))
    assert found.allocation.value == found.allocation.bound == 2 * KG


def test_a_share_with_many_decimals_serves_small_firms_like_the_share_itself() -> None:
    offers, needs = offers_of({"mass_kg": "600000"}), needs_of({"firm_size": "micro", "mass_kg": "600000"})
    fairness = (Fairness(share=share) for share in (Decimal("0.3333333333333333"), Decimal("0.333333")))
    endless, plain = (match(offers, needs, policy=Policy(fairness=one)).summary["favoured_kg"] for one in fairness)
    assert endless == pytest.approx(plain, abs=1)
    assert endless == pytest.approx(200_000)
