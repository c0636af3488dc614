# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fair range of a price: textbook markets give the textbook answer, and nobody could do better elsewhere."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import OptimizeResult

from matching import FairPrice, ListedPairs, Policy, Run, Surplus, allocate, match
from matching.allocation import elsewhere as elsewhere_module
from matching.allocation.elsewhere import Elsewhere, _Linear
from matching.allocation.flow import SolverFailedError
from matching.allocation.legs import Task, direct_legs
from matching.allocation.parts import part_numbers, part_of
from matching.allocation.prices import Transport
from matching.evidence.fair import BETTER_ELSEWHERE, FAIR, NO_PRICE, NO_SURPLUS
from tests.matching.markets import Record, district, needs_of, offers_of
from tests.matching.tasks import limits_of_rows
from tests.matching.test_chains_district import PULLED, plants_of
from tests.matching.transports import optimum, transports

HERE: Record = {"lat": "43.9", "lon": "11.12", "mass_kg": "100", "regime": "PRODUCT"}  # no way, no disposal
SURPLUS = Policy(objective=(Surplus(),))

BUYERS = (30, 28, 26, 24, 22, 21, 20, 18, 17, 15)
SELLERS = (10, 11, 15, 17, 20, 21.5, 25, 26)


def market(asks: Any, highest: Any, policy: Policy = SURPLUS, offer: Record | None = None) -> Run:
    """One hundred kilograms of each listing, all in one place; an ask may be None."""
    offers = [
        {**HERE, "id": f"O-{k:02d}", "firm": f"Seller {k}", "price_eur_kg": ask, **(offer or {})}
        for k, ask in enumerate(asks, start=1)
    ]
    needs = [
        {**_as_need(HERE), "id": f"N-{k:02d}", "firm": f"Buyer {k}", "price_eur_kg": price}
        for k, price in enumerate(highest, start=1)
    ]
    return match(offers_of(*offers), needs_of(*needs), policy=policy)


def _as_need(offer: Record) -> Record:
    return {column: text for column, text in offer.items() if column != "regime"}


def ranges(run: Run) -> list[tuple[str, str, int | None, int | None, int | None]]:
    return [(f.offer_id, f.need_id, f.low_milli, f.middle_milli, f.high_milli) for f in run.fair_prices()]


def test_two_alone_share_all_between_their_two_prices() -> None:
    assert ranges(market(["1"], ["2"])) == [("O-01", "N-01", 1000, 1500, 2000)]


def test_a_rival_who_would_pay_more_lifts_the_least_price() -> None:
    assert ranges(market(["1"], ["2", "1.6"])) == [("O-01", "N-01", 1600, 1800, 2000)]


def test_a_rival_who_asks_less_lowers_the_highest_price() -> None:
    assert ranges(market(["1", "1.3"], ["2"])) == [("O-01", "N-01", 1000, 1150, 1300)]


def test_the_horse_market_of_boehm_bawerk_has_its_price() -> None:
    """Ten buyers, eight sellers: five horses change hands, between 21 and 21.5 (1889; Shapley & Shubik 1971)."""
    found = ranges(market(SELLERS, BUYERS))
    assert len(found) == 5
    assert {prices[2:] for prices in found} == {(21_000, 21_250, 21_500)}


def test_a_plan_that_surplus_would_not_choose_has_no_fair_price() -> None:
    """Reuse comes first here, but the other need would pay the offer more than these two have to share."""
    needs = needs_of(
        {**_as_need(HERE), "id": "N-1", "price_eur_kg": "2", "regimes": "PRODUCT"},
        {**_as_need(HERE), "id": "N-2", "price_eur_kg": "1.6", "regimes": "PRODUCT", "use": "reuse", "firm": "Another"},
    )
    nothing = dict.fromkeys(Policy().weight_micro, 0)
    run = match(offers_of({**HERE, "price_eur_kg": "1"}), needs, policy=Policy(weights=nothing | {"hierarchy": 1}))
    (chosen,) = run.fair_prices()
    assert (chosen.need_id, chosen.state, chosen.low_milli) == ("N-2", BETTER_ELSEWHERE, None)
    assert (chosen.offer_elsewhere_micro, chosen.surplus_micro, chosen.middle_milli) == (600_000, 600_000, None)
    assert str(chosen) == "O-1 → N-2: better elsewhere"


def test_what_is_pinned_is_no_longer_in_the_market() -> None:
    run = market(["1"], ["2", "1.6"], Policy(pins=(("O-01", "N-02"),)))
    assert ranges(run) == [("O-01", "N-02", 1000, 1300, 1600)]


def test_disposal_saved_is_the_offer_s_and_nobody_sells_below_the_ask() -> None:
    """With two such offers and one need competition would bring the price to ask less disposal."""
    run = market(["1", "1"], ["2"], offer={"regime": "BYPRODUCT"})
    (only,) = run.fair_prices()
    assert only.state == FAIR
    assert (only.low_milli, only.high_milli) == (1000, 1000)


def test_a_trade_that_lives_on_disposal_saved_has_its_range_below_the_ask() -> None:
    """The need pays nothing and has 3.3 km to fetch it: only an offer that pays something comes out even."""
    offers = offers_of({"regime": "WASTE", "waste_code": "04 02 22", "price_eur_kg": "0", "mass_kg": "100"})
    needs = needs_of({"price_eur_kg": "0", "regimes": "WASTE", "waste_codes": "04 02 22", "mass_kg": "100"})
    run = match(offers, needs, policy=Policy(objective=(Surplus(transport_eur_tkm=20),)))
    found = run.fair_price(run.proposals[0])
    disposal = round(float(Surplus().disposal_eur_kg) * 1000)
    assert found.low_milli == -disposal
    assert found.high_milli is not None
    assert -disposal < found.high_milli < 0


@pytest.mark.parametrize(("ask", "highest"), [("", "2"), ("2", "")])
def test_an_open_price_is_the_other_side_s(ask: str, highest: str) -> None:
    run = market([ask], [highest], Policy(), {"regime": "BYPRODUCT"})
    found = run.fair_price(run.proposals[0])
    assert (found.state, found.low_milli, found.high_milli) == (FAIR, 2000, 2000)


def test_two_open_prices_and_listed_pairs_name_none() -> None:
    run = market([""], [""], Policy())
    assert [found.state for found in run.fair_prices()] == [NO_PRICE]
    offers, needs = offers_of({}), needs_of({})
    pairs = ListedPairs.from_records([{"offer_id": "O-1", "need_id": "N-1", "value": 1}], offers, needs)
    listed = allocate(offers, needs, pairs)
    assert listed.fair_price(listed.proposals[0]) == FairPrice("O-1", "N-1", (), NO_PRICE)


def test_a_way_that_costs_more_than_there_is_to_share_has_no_surplus() -> None:
    run = match(offers_of({**HERE, "price_eur_kg": "1.5"}), needs_of({"lat": "43.95"}), policy=Policy())
    assert [found.state for found in run.fair_prices()] == [NO_SURPLUS]


def pulled_at_home() -> Run:
    """An offer, a processor and a need in one place."""
    place = {"lat": "43.9", "lon": "11.12"}
    needs = needs_of({**PULLED, **place, "price_eur_kg": "1", "mass_kg": "80"})
    return match(offers_of({**HERE, "price_eur_kg": "0.2"}), needs, processors=plants_of(place), policy=SURPLUS)


def test_through_a_processor_the_need_pays_cost_and_yield() -> None:
    """Price x per kg taken: (x + 0.1) / 0.8 is at most 1 a delivered kilogram, so x is at most 0.7."""
    run = pulled_at_home()
    found = run.fair_price(run.proposals[0])
    assert found.processor_ids == ("P-1",)
    assert (found.low_milli, found.high_milli) == (200, 700)
    assert not found.has_core
    assert "no price may be safe from all" in str(found)


@pytest.mark.parametrize("change", [{"lot_kg": "50"}, {"divisible": "no"}])
def test_lots_nearby_are_named_since_the_core_may_be_empty(change: Record) -> None:
    lots = market(["1"], ["2"], offer=change)
    assert [(found.has_core, found.middle_milli) for found in lots.fair_prices()] == [(False, 1500)]
    assert market(["1"], ["2"]).fair_prices()[0].has_core


def task_of(problem: Transport) -> Task:
    """A transport problem as a task."""
    limits = limits_of_rows(
        [{"mass": grams} for grams in problem.supply_g.tolist()],
        [{"mass": grams} for grams in problem.demand_g.tolist()],
        [],
    )
    return Task(direct_legs(problem.offer, problem.need, problem.value), limits)


@settings(max_examples=60, deadline=None)
@given(transports())
def test_elsewhere_is_what_one_more_gram_adds(problem: Transport) -> None:
    elsewhere, best = Elsewhere(task_of(problem)), optimum(problem)
    for row in range(len(problem.supply_g)):
        more = problem.supply_g + (np.arange(len(problem.supply_g)) == row)
        gained = optimum(Transport(more, problem.demand_g, problem.offer, problem.need, problem.value)) - best
        assert elsewhere.of_offer(row).price_micro == pytest.approx(gained, abs=1e-3)
    for leg in range(len(problem.value)):
        less = [
            np.arange(len(side)) == end
            for side, end in ((problem.supply_g, problem.offer[leg]), (problem.demand_g, problem.need[leg]))
        ]
        rest = Transport(
            problem.supply_g - less[0], problem.demand_g - less[1], problem.offer, problem.need, problem.value
        )
        assert elsewhere.loss_of(leg) == pytest.approx(best - optimum(rest) - problem.value[leg], abs=1e-3)
    for row in range(len(problem.demand_g)):
        more = problem.demand_g + (np.arange(len(problem.demand_g)) == row)
        gained = optimum(Transport(problem.supply_g, more, problem.offer, problem.need, problem.value)) - best
        assert elsewhere.of_need(row).price_micro == pytest.approx(gained, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(transports())
def test_the_linear_programme_of_a_part_says_the_same_as_its_flow(problem: Transport) -> None:
    kilograms = Transport(
        problem.supply_g * 10**6, problem.demand_g * 10**6, problem.offer, problem.need, problem.value
    )
    task = task_of(kilograms)
    exact, number = Elsewhere(task), part_numbers(task)
    for which in set(number.tolist()):
        part = part_of(task, np.flatnonzero(number == which))
        linear = _Linear(part)
        for at, leg in enumerate(part.legs.tolist()):
            assert linear.loss_of(at) == pytest.approx(exact.loss_of(leg), abs=20)
        for row in part.offers.tolist():
            assert linear.of_offer(row).price_micro == pytest.approx(exact.of_offer(row).price_micro, abs=20)
        for row in part.needs.tolist():
            assert linear.of_need(row).price_micro == pytest.approx(exact.of_need(row).price_micro, abs=20)


def test_a_linear_programme_that_is_not_solved_gives_no_price(monkeypatch: pytest.MonkeyPatch) -> None:
    run = pulled_at_home()
    failed = OptimizeResult(status=4, fun=None, message="numerical difficulties")
    monkeypatch.setattr(elsewhere_module, "linprog", lambda *args, **kwargs: failed)
    with pytest.raises(SolverFailedError, match="numerical difficulties"):
        run.fair_prices()


def test_a_leg_that_no_plan_could_have_has_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    view = pulled_at_home().retained.view
    part = part_of(view.task, np.arange(len(view.legs)))
    linear, none = _Linear(part), OptimizeResult(status=2, fun=None, message="infeasible")
    assert linear.loss_of(0) == 0
    monkeypatch.setattr(elsewhere_module, "linprog", lambda *args, **kwargs: none)
    assert linear.loss_of(0) is None
    with pytest.raises(SolverFailedError):
        linear.of_offer(0)


def test_in_the_district_every_fair_price_lies_between_the_two_that_are_stated() -> None:
    run = match(*district(), policy=SURPLUS)
    offers, needs = run.retained.view.sides.offers, run.retained.view.sides.needs
    found = run.fair_prices()
    assert len(found) == len(run.proposals)
    fair = [one for one in found if one.state == FAIR]
    assert len(fair) > len(found) / 2
    for one in fair:
        row = offers.ids.index(one.offer_id), needs.ids.index(one.need_id)
        assert one.low_milli is not None
        assert one.high_milli is not None
        assert one.low_milli <= one.high_milli
        if offers.priced[row[0]] and needs.priced[row[1]] and one.high_milli >= offers.price_milli[row[0]]:
            assert offers.price_milli[row[0]] <= one.low_milli
            assert one.high_milli <= needs.price_milli[row[1]]
