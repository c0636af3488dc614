# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes without lots: as much as SciPy's HiGHS finds, in whole grams, where a mix has no room for rounding too."""

import time
from functools import cache

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from benchmarks.blends import Blends, blend_market
from matching import Needs, Offers, Policy, match
from matching.allocation import linear, search
from matching.allocation.blend import missed_colours, plane_rows
from matching.allocation.found import until_deadline
from matching.allocation.legality import broken_limits
from matching.allocation.legs import Task, delivered_g
from matching.allocation.linear import is_linear
from matching.allocation.problem import plan
from matching.allocation.recipes import broken_recipes
from matching.allocation.relax import RowPrices, relaxed_model, repaired, value_of
from matching.allocation.solve import Allocation, solve
from matching.allocation.solver import Linear, Programme
from matching.allocation.trim import in_ratio
from matching.allocation.unmeetable import meetable
from matching.evidence.verify import verify
from matching.evidence.view_market import view_of
from matching.pairing.gamut import lab_to_f
from tests.matching.markets import Record, needs_of, offers_of

SHADES = ("30 10 10", "50 -10 20", "40 0 -20", "70 5 0")
SHADED: Record = {
    **dict.fromkeys(("composition", "length_min_mm", "micron_max", "price_eur_kg"), ""),
    "blend": "yes",
    "colour": "lab:42 1 3",
    "delta_e": "2",
}


def shades(mass_kg: str) -> Offers:
    """Four colours, none of them near what is wanted."""
    return offers_of(
        *({"id": f"O-{k}", "colour": f"lab:{lab}", "mass_kg": mass_kg} for k, lab in enumerate(SHADES)),
    )


def task_with(offers: Offers, needs: Needs) -> Task:
    view = view_of(offers, needs, Policy())
    return plan(view.sides, view.task, Policy()).task


@cache
def task_of_blends(size: int, coloured: float) -> Task:
    view = view_of(*blend_market(Blends(size, coloured=coloured)), Policy(), None)
    return plan(view.sides, view.task, Policy()).task


@cache
def solved(size: int, coloured: float) -> Allocation:
    return solve(task_of_blends(size, coloured))


def by_linprog(task: Task) -> float:
    """The value of a linear programme over all direct legs, boxes of colours included."""
    assert task.mix is not None
    legs, limits = task.legs, task.limits
    ends = [
        coo_array((np.ones(len(legs)), (end, np.arange(len(legs)))), shape=(len(most_g), len(legs)))
        for end, most_g in ((legs.offer, limits.supply_g), (legs.need, limits.demand_g))
    ]
    rows = task.mix.matrix.astype(float) / 1000
    most = np.concatenate([limits.supply_g, limits.demand_g, np.zeros(rows.shape[0])]) / 1000
    answer = linprog(-legs.value / 1e6, A_ub=vstack([*ends, rows]).tocsr(), b_ub=most)
    return float(-answer.fun) * 1e9


@pytest.mark.parametrize(("size", "most_lost"), [(60, 1e-4), (400, 1e-2)])
def test_recipes_without_colours_are_worth_what_another_solver_finds(size: int, most_lost: float) -> None:
    task, found = task_of_blends(size, 0.0), solved(size, 0.0)
    assert is_linear(task)
    best = by_linprog(task)
    assert (1 - most_lost) * best <= found.value <= best * (1 + 1e-9)
    assert best * (1 - 1e-9) <= found.bound <= best * (1 + 1e-4)


@pytest.mark.parametrize("coloured", [0.0, 0.5])
def test_every_recipe_and_limit_holds_on_whole_grams(coloured: float) -> None:
    task, found = task_of_blends(200, coloured), solved(200, coloured)
    assert next(broken_limits(task, found.taken_g), None) is None
    used = np.flatnonzero(found.taken_g)
    arriving = delivered_g(found.taken_g[used], task.legs.rate[used])
    assert task.mix is not None
    assert list(broken_recipes(task.mix, used, task.legs.need[used], arriving)) == []
    assert len(np.unique(task.legs.need[used])) > 20


def test_colours_lower_the_value_and_the_bound_follows() -> None:
    task, found = task_of_blends(200, 0.5), solved(200, 0.5)
    assert found.value <= found.bound <= by_linprog(task) * (1 + 1e-9)
    assert found.value >= 0.98 * found.bound


def test_a_block_takes_no_time_for_a_bound_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    task, asked = task_with(shades("300"), needs_of(SHADED)), list[linear._Cut]()
    narrowed = linear._Cut.narrowed

    def counted(cut: linear._Cut, until: float) -> int | None:
        asked.append(cut)
        return narrowed(cut, until)

    monkeypatch.setattr(linear._Cut, "narrowed", counted)
    found = search._block(task, np.zeros(len(task.legs), dtype=np.int64), until_deadline(time.monotonic() + 60))
    assert found is not None
    assert asked == []
    whole = linear.linear(task, until_deadline(time.monotonic() + 60))
    assert len(asked) == 1
    assert value_of(task, found) >= 0.9999 * whole.value


def test_each_part_has_its_share_of_a_short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_of_blends(400, 0.5)
    monkeypatch.setattr(time, "monotonic", time.process_time)  # so that nothing hangs on what else the machine does
    begun = time.monotonic()
    found = solve(task, begun + 2)
    assert time.monotonic() - begun < 4
    assert next(broken_limits(task, found.taken_g), None) is None
    served = np.unique(task.legs.need[found.taken_g > 0])
    assert len(served) > 60
    assert found.bound >= solved(400, 0.5).value


RATIO = np.array([[1000, 1700, -8300], [-1200, -1200, 8800], [200, -500, -500]])


def test_where_bounds_leave_one_mix_its_grams_are_found() -> None:
    found = in_ratio(RATIO, np.array([247_420.0, 57_401.44, 41_566.56]))
    assert found is not None
    assert found.tolist() == [1979 * 125, 1979 * 29, 1979 * 21]
    assert in_ratio(RATIO, np.array([124.0, 28.768, 20.832])) is None


def test_a_mix_of_several_extreme_ones_is_kept_piece_by_piece() -> None:
    rows = np.array([[2, -1, -1, 2], [-2, 1, 1, -2], [0, 0, 0, -1]])
    mixed = np.array([1000.5, 1501.0, 1499.5, 499.75])
    found = in_ratio(rows, mixed)
    assert found is not None
    assert not (rows @ found > 0).any()
    assert (found <= mixed).all()
    assert found.sum() >= mixed.sum() - 12


def test_a_need_whose_bounds_leave_one_mix_is_served_with_it() -> None:
    offers = offers_of(
        {"id": "O-1", "composition": "WO:79;PA:21", "mass_kg": "250"},
        {"id": "O-2", "composition": "WO:50;PA:50", "mass_kg": "250"},
    )
    need = {"composition": "WO:0-71;PA:0-29", "blend": "yes", "colour": "", "delta_e": "", "mass_kg": "347.377"}
    run = match(offers, needs_of({**need, "length_min_mm": "", "micron_max": "", "price_eur_kg": ""}))
    assert verify(run.as_result()) == ()
    kept = {proposal.offer_id: proposal.mass_g for proposal in run.proposals}
    assert kept == {"O-1": 21 * 11_904, "O-2": 8 * 11_904}


def test_the_very_same_colour_meets_a_tolerance_of_nothing() -> None:
    colour = {"colour": "lab:21.37 -14.21 6.08"}
    run = match(offers_of(colour), needs_of({"blend": "yes", "delta_e": "0", **colour}))
    assert run.summary["status"] == "optimal"
    assert run.proposals
    assert verify(run.as_result()) == ()


@pytest.fixture
def few_programmes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more linear programmes than a search that ends would ask for."""
    asked: list[float] = []

    class Counted(Programme):
        def optimum(self, seconds: float) -> Linear | None:
            asked.append(seconds)
            assert len(asked) <= 1 + linear.ROUNDS + linear.BOUNDS
            return super().optimum(seconds)

    monkeypatch.setattr(linear, "Programme", Counted)


@pytest.mark.usefixtures("few_programmes")
def test_a_tolerance_that_no_whole_grams_meet_is_given_up_without_a_deadline() -> None:
    task = task_with(shades("300"), needs_of({**SHADED, "delta_e": "0"}))
    found = solve(task)
    assert next(broken_limits(task, found.taken_g), None) is None
    assert found.value <= found.bound


@pytest.mark.usefixtures("few_programmes")
@pytest.mark.parametrize("mass_kg", ["0.01", "1"])
def test_a_few_grams_beside_very_many_keep_no_search_from_its_end(mass_kg: str) -> None:
    much = "900000000"
    rivals = [{"id": "N-2", "mass_kg": much}, {"id": "N-3", "mass_kg": much, "delta_e": "3"}]
    task = task_with(shades(much), needs_of({**SHADED, "mass_kg": mass_kg}, *({**SHADED, **one} for one in rivals)))
    found = solve(task)
    assert next(broken_limits(task, found.taken_g), None) is None
    assert found.value >= 0.9999 * found.bound


def test_a_plane_cuts_no_deeper_than_half_a_tolerance() -> None:
    task = task_with(shades("300"), needs_of(SHADED))
    (plane,) = missed_colours(task, np.full(len(task.legs), 1000.0), inside=9.0)
    assert task.mix is not None
    target = lab_to_f(task.mix.target[0])
    (sharp,) = missed_colours(task, np.full(len(task.legs), 1000.0))
    deep, edge = (np.array(cut.normal) @ target - cut.offset for cut in (plane, sharp))
    assert 0.4 * edge >= deep >= 0.6 * edge


def test_rows_that_join_a_programme_lead_where_they_would_have_from_the_start() -> None:
    task = task_of_blends(200, 0.5)
    grown = Programme(relaxed_model(task))
    for _ in range(3):
        found = grown.optimum(60)
        assert found is not None
        grown.join(plane_rows(task, missed_colours(task, found.columns * grown.model.unit_g)))
    again = grown.optimum(60)
    anew = Programme(grown.model)
    for rows in grown._joined:
        anew._joined.append(rows)
        anew._solver.update(rows)
    anew.height = grown.height
    whole = anew.optimum(60)
    assert again is not None
    assert whole is not None
    assert again.value == pytest.approx(whole.value, rel=1e-9)
    assert len(again.rows) == grown.height > len(grown.model.row_low)


def test_a_programme_that_gets_lost_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    task, asked = task_of_blends(200, 0.5), Programme._asked
    grown, lost = Programme(relaxed_model(task)), [True]
    found = grown.optimum(60)
    assert found is not None
    grown.join(plane_rows(task, missed_colours(task, found.columns * grown.model.unit_g)))
    monkeypatch.setattr(Programme, "_asked", lambda self, seconds: None if lost.pop() else asked(self, seconds))
    lost.insert(0, False)
    again = grown.optimum(60)
    assert lost == []
    assert again is not None
    assert again.value < 0.999 * found.value


def test_where_there_are_many_legs_what_misses_its_colour_is_mended_among_what_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task, fine = task_of_blends(200, 0.5), solved(200, 0.5)
    monkeypatch.setattr(linear, "FINE", 10)
    found = solve(task)
    assert next(broken_limits(task, found.taken_g), None) is None
    assert found.value >= 0.97 * fine.value
    assert fine.value <= found.bound <= 1.03 * fine.bound
    assert found.taken_g.tolist() == solve(task).taken_g.tolist()


def test_recipes_that_cannot_be_met_are_left_out_and_their_prices_prove_it() -> None:
    task = task_of_blends(200, 0.5)
    assert task.mix is not None
    met, recipe = meetable(task, 60)
    assert 0.2 < met.mean() < 0.9
    unmet = np.unique(task.legs.need[~met])
    for need in np.unique(task.legs.need).tolist():
        rows, legs = np.flatnonzero(task.mix.need == need), task.legs.need == need
        share = task.mix.matrix[rows][:, legs].toarray()
        share = share / np.maximum(np.abs(share).max(axis=1, keepdims=True), 1)
        one = np.ones((1, int(legs.sum())))
        alone = linprog(-one[0], A_ub=share, b_ub=np.zeros(len(rows)), A_eq=one, b_eq=[1.0])
        assert (alone.x is None) == (need in unmet)
    none = (np.zeros_like(side) for side in (task.limits.supply_g, task.limits.demand_g, task.limits.capacity_g))
    offer, need_price, processor = none
    charged = repaired(task, RowPrices(offer, need_price, processor, recipe))
    assert charged.need[unmet].max() <= 2
