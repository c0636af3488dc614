# SPDX-License-Identifier: AGPL-3.0-or-later
"""The compiled search is the solver's optimum with proof; where it would be slow, it gives up in time."""

import numpy as np
import pytest
from hypothesis import given, settings

from benchmarks.family import with_surplus
from benchmarks.planted import planted
from matching.allocation import allocate as allocate_module
from matching.allocation import augment, greedy
from matching.allocation import prices as prices_module
from matching.allocation.allocate import OPTIMAL, allocate
from matching.allocation.augment import Attempt, Caps, augmented
from matching.allocation.flow import transport
from matching.allocation.paths import settle
from matching.allocation.prices import Transport, bound_of, exact_dot, prices_of_flow, shortfall
from matching.market.columns import Int64s
from tests.matching.transports import dense, transport_of, transports

ENDLESS = Caps(1 << 60, 1 << 60)


def assert_optimal(problem: Transport, found: Attempt) -> None:
    flow, prices = found.flow_g, found.prices
    assert flow is not None
    assert (flow >= 0).all()
    assert (np.bincount(problem.offer, flow, len(problem.supply_g)) <= problem.supply_g).all()
    assert (np.bincount(problem.need, flow, len(problem.demand_g)) <= problem.demand_g).all()
    assert (prices.offer >= 0).all()
    assert (prices.need >= 0).all()
    assert not (shortfall(problem, prices) > 0).any()
    assert bound_of(problem, prices) == exact_dot(flow, problem.value)
    best = transport(problem.supply_g, problem.demand_g, problem.offer, problem.need, problem.value)
    assert exact_dot(flow, problem.value) == exact_dot(best, problem.value)


@settings(max_examples=200, deadline=None)
@given(transports())
def test_the_compiled_search_is_the_solvers_optimum(problem: Transport) -> None:
    assert_optimal(problem, augmented(problem, ENDLESS))


@pytest.mark.parametrize("seed", range(3))
def test_so_it_is_on_larger_contended_markets(seed: int) -> None:
    problem = dense(400, 500, 8, seed)
    found = augmented(problem, ENDLESS)
    assert_optimal(problem, found)
    assert found.near.sum() < len(problem.value)


@pytest.mark.parametrize(
    ("supply", "demand", "values"),
    [
        ([], [], {}),
        ([5], [5], {}),
        ([5, 5], [3], {(0, 0): 7, (1, 0): 7}),
        ([1 << 40], [1 << 40, 1], {(0, 0): 1 << 33, (0, 1): 1}),
        ([5, 5, 5], [5, 5, 5], {(o, n): 4 for o in range(3) for n in range(3)}),
    ],
)
def test_corners(supply: list[int], demand: list[int], values: dict[tuple[int, int], int]) -> None:
    problem = transport_of(supply, demand, values)
    assert_optimal(problem, augmented(problem, ENDLESS))


@pytest.mark.parametrize("caps", [Caps(10, 1 << 60), Caps(1 << 60, 10), Caps(0, 0)])
def test_past_its_work_it_gives_up(caps: Caps) -> None:
    found = augmented(dense(60, 50, 30, seed=1), caps)
    assert found.flow_g is None
    assert found.near.any()


@pytest.mark.parametrize("seed", range(3))
def test_where_it_gives_up_the_solver_finds_the_same_optimum(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    problem = dense(60, 50, 30, seed)
    monkeypatch.setattr(allocate_module, "COMPILED_FROM", 0)
    quick = allocate(problem)
    monkeypatch.setattr(allocate_module, "SEARCH_LOOKS", 0)
    slow = allocate(problem)
    assert quick.value == slow.value == quick.bound == slow.bound
    assert quick.status == slow.status == OPTIMAL
    assert quick.pairs_considered < len(problem.value)


@pytest.mark.parametrize("seed", range(3))
def test_a_greedy_market_is_the_same_compiled_or_not(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    problem = dense(60, 50, 30, seed)
    plain = greedy.greedy_flow(problem)
    monkeypatch.setattr(greedy, "COMPILED_FROM", 0)
    assert np.array_equal(greedy.greedy_flow(problem), plain)


def test_equal_values_go_to_the_solver_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocate_module, "COMPILED_FROM", 0)
    monkeypatch.setattr(allocate_module, "_attempt", lambda problem: pytest.fail("drowns in ties"))
    problem = dense(60, 50, 30, seed=1)
    tied = Transport(problem.supply_g, problem.demand_g, problem.offer, problem.need, np.full_like(problem.value, 5))
    assert allocate(tied).status == OPTIMAL


def test_the_solver_is_asked_for_values_without_what_they_share(monkeypatch: pytest.MonkeyPatch) -> None:
    largest: list[int] = []
    monkeypatch.setattr(
        allocate_module, "transport", lambda *columns: largest.append(int(columns[-1].max())) or transport(*columns)
    )
    problem = dense(60, 50, 30, seed=1)
    value = problem.value % 3 * 250_000
    tied = Transport(problem.supply_g, problem.demand_g, problem.offer, problem.need, value)
    assert allocate(tied).status == OPTIMAL
    assert largest == [2]


@pytest.mark.parametrize("percent", [0, 0.05, 1, 10])
def test_where_values_tie_the_solver_is_asked_without_a_search(monkeypatch: pytest.MonkeyPatch, percent: float) -> None:
    monkeypatch.setattr(allocate_module, "COMPILED_FROM", 0)
    monkeypatch.setattr(augment, "settle", lambda ledger, cap: pytest.fail("finds no end"))
    rounds = asked(monkeypatch)
    plain, optimum = planted(400, 10, seed=1)
    found = allocate(with_surplus(plain, percent))
    assert (found.value, found.status) == (found.bound, OPTIMAL)
    assert percent or found.value == optimum
    assert rounds == [found.pairs_considered]
    assert found.pairs_considered < len(plain.value) / 2


def test_where_every_pair_is_worth_what_its_two_ends_add_the_auction_ends_after_a_round() -> None:
    problem, dice = dense(400, 500, 8, seed=1), np.random.default_rng(1)
    value = dice.integers(0, 500_000, 400)[problem.offer] + dice.integers(0, 500_000, 500)[problem.need]
    tied = Transport(problem.supply_g, problem.demand_g, problem.offer, problem.need, value)
    given_up, gone_on = (augmented(tied, Caps(1 << 60, 0, tangle)) for tangle in (1.25, 1 << 60))
    assert given_up.near.mean() > 0.9
    assert given_up.looks < gone_on.looks / 2


def test_what_the_solver_was_not_given_is_searched_for_instead_of_solving_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(allocate_module, "COMPILED_FROM", 0)
    monkeypatch.setattr(allocate_module, "TANGLE", 0)
    monkeypatch.setattr(augment, "_COARSE", [turn._replace(reach=2) for turn in augment._COARSE])
    searches, rounds = [], asked(monkeypatch)
    monkeypatch.setattr(augment, "settle", lambda ledger, cap: searches.append(settle(ledger, cap)) or searches[-1])
    problem = dense(400, 500, 8, seed=1)
    found = allocate(problem)
    assert (found.value, found.status) == (found.bound, OPTIMAL)
    assert len(rounds) == 1
    assert 0 < sum(searches) < 20 * 900  # listings


def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs the solver is given, call by call."""
    calls: list[int] = []

    def counted(*columns: Int64s) -> Int64s:
        calls.append(len(columns[-1]))
        return transport(*columns)

    monkeypatch.setattr(allocate_module, "transport", counted)
    return calls


@pytest.mark.parametrize("seed", range(3))
def test_searches_stop_once_their_pace_promises_no_end(seed: int) -> None:
    problem, _ = planted(1_000, 10, seed)
    listings = len(problem.supply_g) + len(problem.demand_g)
    free, capped = (augmented(problem, Caps(1 << 60, most * listings)) for most in (1 << 40, 200))
    priced = augmented(problem, Caps(1 << 60, 1 << 60, tangle=0)).looks
    assert free.flow_g is not None
    assert capped.flow_g is None
    assert capped.looks - priced < 600 * listings < free.looks - priced


def test_where_both_sides_balance_prices_stay_where_they_were_thought_to_be() -> None:
    problem = transport_of([5, 5], [5, 5], {(0, 0): 9, (0, 1): 7, (1, 0): 8, (1, 1): 9})
    flow = np.where(problem.offer == problem.need, 5, 0)
    floor = np.array([4, 3])
    least, near = prices_of_flow(problem, flow), prices_of_flow(problem, flow, floor=floor)
    assert bound_of(problem, least) == bound_of(problem, near) == exact_dot(flow, problem.value)
    assert (least.offer < floor).all()
    assert (near.offer == floor).all()
    too_high = prices_of_flow(problem, flow, floor=np.array([10, 10]))
    assert (too_high.offer == least.offer).all()


def test_a_need_of_no_mass_holds_up_no_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices_module, "prices_by_lp", lambda problem, seconds: pytest.fail("needs no programme"))
    masses, ends = (np.array([2000]), np.array([1000, 0])), (np.array([0, 0]), np.array([0, 1]))
    problem = Transport(*masses, *ends, np.array([5, 7]))
    found = prices_of_flow(problem, np.array([1000, 0]))
    assert bound_of(problem, found) == 5000
    assert not (shortfall(problem, found) > 0).any()


def test_the_same_market_gives_the_same_grams() -> None:
    first, second = (augmented(dense(200, 200, 9, seed=4), ENDLESS) for _ in range(2))
    assert first.flow_g is not None
    assert second.flow_g is not None
    assert np.array_equal(first.flow_g, second.flow_g)
