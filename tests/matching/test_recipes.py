# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes: the planted ones are found, mixes keep every bound on whole grams, and other solvers find no better."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from matching import Needs, Offers, Policy, Run, match
from matching.allocation import blend
from matching.allocation.problem import plan
from matching.allocation.solve import solve
from matching.evidence.verify import verify
from matching.evidence.view_market import view_of
from matching.evidence.whynot import RULE, WhyNot
from matching.market.columns import Floats
from matching.market.vocabulary import parse_colour
from matching.pairing.colour import blend_lab, ciede2000
from matching.pairing.gamut import f_to_lab, lab_to_f, supporting_offsets, tolerance_boxes, touching_planes
from tests.matching.markets import Record, district, needs_of, offers_of
from tests.matching.tasks import by_brute_force
from tests.matching.test_lots_optimum import assert_sound

PLANTED = {"N-060": 2.0, "N-015": 2.5, "N-103": 1.5, "N-025": 2.0, "N-053": None, "N-041": 2.0}
MIX: Record = {"blend": "yes", "delta_e": "", "colour": "", "length_min_mm": "", "micron_max": "", "price_eur_kg": ""}


@cache
def run() -> Run:
    return match(*district(), seconds=60)


@pytest.mark.parametrize("need", PLANTED)
def test_a_planted_recipe_is_found_and_its_colour_holds(need: str) -> None:
    recipe = run().recipe(need)
    assert recipe is not None
    assert len(recipe.components) >= 2
    assert sum(part.share for part in recipe.components) == pytest.approx(1)
    assert sum(part.delivered_g for part in recipe.components) == recipe.mass_g
    allowed = PLANTED[need]
    assert recipe.delta_e is None if allowed is None else recipe.delta_e is not None and recipe.delta_e <= allowed
    assert recipe.binding


def test_a_mix_keeps_to_its_composition_as_the_typed_texts_say() -> None:
    offers, needs = district()
    for need in PLANTED:
        recipe, asked = run().recipe(need), needs.record(needs.ids.index(need))
        assert recipe is not None
        shares: dict[str, Decimal] = {}
        for part in recipe.components:
            for text in offers.record(offers.ids.index(part.offer_id))["composition"].split(";"):
                fibre, pct = text.split(":")
                shares[fibre] = shares.get(fibre, Decimal(0)) + Decimal(pct) * part.delivered_g / recipe.mass_g
        bounds = dict(text.split(":") for text in asked["composition"].split(";"))
        rest = sum(share for fibre, share in shares.items() if fibre not in bounds)
        for fibre, (low, high) in ((fibre, bound.split("-")) for fibre, bound in bounds.items()):
            share = rest if fibre == "*" else shares.get(fibre, Decimal(0))
            assert Decimal(low) - Decimal("1e-20") <= share <= Decimal(high) + Decimal("1e-20")


def test_few_suppliers_lots_and_whole_offers_hold_inside_a_recipe() -> None:
    parts = {proposal.offer_id: proposal.mass_g for proposal in run().proposals if proposal.need_id == "N-041"}
    assert len(parts) <= 3
    assert 550_000 <= sum(parts.values()) <= 600_000
    assert parts.get("O-063", 260_000) == 260_000
    assert parts.get("O-087", 150_000) >= 150_000


def test_terms_of_a_component_say_that_they_are_in_the_recipe() -> None:
    (first, *_) = (proposal for proposal in run().proposals if proposal.need_id == "N-060")
    names = [term.name for term in first.reasons]
    assert names.count("in the recipe") == 2
    assert sum(term.amount_micro for term in first.reasons) == first.score_micro


def test_a_recipe_reads_as_a_recipe() -> None:
    lines = str(run().recipe("N-060")).splitlines()
    assert lines[0].startswith("N-060: ")
    assert any("ΔE00" in line and "#" in line for line in lines)
    assert run().recipe("N-001") is None


def test_a_component_that_does_not_state_what_is_bounded_is_not_used() -> None:
    found = match(offers_of({"length_mm": ""}), needs_of({**MIX, "length_min_mm": "10"}))
    assert found.proposals == ()
    answer = found.why_not(offer="O-1", need="N-1")
    assert isinstance(answer, WhyNot)
    assert (answer.reason, [rule.name for rule in answer.broken]) == (RULE, ["length"])


def two(need: Record, one: Record, other: Record) -> dict[str, int]:
    """Kilograms of two offers in a recipe."""
    found = match(offers_of({"id": "O-1", **one}, {"id": "O-2", **other}), needs_of({**MIX, **need}))
    assert verify(found.as_result()) == ()
    return {proposal.offer_id: round(proposal.mass_g / 1000) for proposal in found.proposals}


def test_shares_lengths_fineness_and_prices_hold_for_the_mix() -> None:
    wool, nylon = {"composition": "WO:100"}, {"composition": "PA:100"}
    assert two({"composition": "WO:70-100;PA:0-30", "mass_kg": "300"}, wool, nylon).get("O-2", 0) <= 90
    assert two({"composition": "WO:0-40;PA:60-100"}, wool, nylon) == {"O-1": 200, "O-2": 300}
    long, short = {"length_mm": "30"}, {"length_mm": "10"}
    assert two({"length_min_mm": "24", "mass_kg": "600"}, long, short) == {"O-1": 300, "O-2": 129}
    fine, coarse = {"micron": "18"}, {"micron": "21"}
    assert two({"micron_max": "19", "mass_kg": "600"}, fine, coarse) == {"O-1": 300, "O-2": 150}
    cheap, dear = {"price_eur_kg": "1"}, {"price_eur_kg": "3"}
    assert two({"price_eur_kg": "2", "mass_kg": "600"}, cheap, dear) == {"O-1": 300, "O-2": 300}
    assert two({"price_eur_kg": "1.5", "mass_kg": "600"}, cheap, dear) == {"O-1": 300, "O-2": 100}
    assert two({"price_eur_kg": "1", "mass_kg": "600"}, cheap, {"price_eur_kg": ""}) == {"O-1": 300, "O-2": 300}


def test_an_exact_share_is_met_exactly() -> None:
    bounds = {"composition": "WO:50-50;PA:50-50", "mass_kg": "400"}
    assert two(bounds, {"composition": "WO:100"}, {"composition": "PA:100"}) == {"O-1": 200, "O-2": 200}


def test_no_mix_reaches_a_colour_outside_what_is_there() -> None:
    red = {"colour": "#c02020", "delta_e": "3"}
    assert two(red, {"colour": "#2020c0"}, {"colour": "#20c020"}) == {}


_SHARES = st.integers(0, 100)


@settings(max_examples=60, deadline=None)
@given(st.lists(_SHARES, min_size=2, max_size=5), st.integers(0, 80), st.integers(10, 20))
def test_a_recipe_is_worth_what_another_solver_finds(shares: list[int], least: int, width: int) -> None:
    made = [{"id": f"O-{k}", "composition": _two_fibres(share), "mass_kg": "100"} for k, share in enumerate(shares)]
    needs = needs_of({**MIX, "composition": f"WO:{least}-{least + width}", "mass_kg": "300"})
    found = match(offers_of(*made), needs)
    values = {row["offer_id"]: float(row["value"]) for row in found.pair_rows()}
    worth = np.array([values[f"O-{k}"] for k in range(len(shares))])
    wool = np.array(shares, dtype=float)
    rows = np.array([wool - least - width, least - wool, np.ones(len(shares))])
    best = linprog(-worth, A_ub=rows, b_ub=[0, 0, 300], bounds=(0, 100), method="highs")
    assert found.summary["value"] == pytest.approx(-best.fun, rel=1e-4, abs=1e-3)
    assert found.summary["price_bound"] >= -best.fun * (1 - 1e-9)


def _two_fibres(wool: int) -> str:
    return ";".join(f"{fibre}:{pct}" for fibre, pct in (("WO", wool), ("PA", 100 - wool)) if pct)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(_SHARES, st.integers(1, 5)), min_size=1, max_size=3),
    st.integers(0, 90),
    st.sampled_from([{}, {"max_suppliers": "2"}, {"min_fill_kg": "0.003"}, {"lot_kg": "0.002"}]),
)
def test_no_grid_of_whole_grams_beats_the_bound(goods: list[tuple[int, int]], least: int, asked: Record) -> None:
    made = [{"id": f"O-{k}", "composition": _two_fibres(w), "mass_kg": f"0.00{g}"} for k, (w, g) in enumerate(goods)]
    needs = needs_of({**MIX, "composition": f"WO:{least}-{least + 10}", "mass_kg": "0.006", **asked})
    view = view_of(offers_of(*made), needs, Policy())
    task = plan(view.sides, view.task, Policy()).task
    found = solve(task)
    assert_sound(task, found)
    assert found.value <= by_brute_force(task) <= found.bound


NEAR_AND_FAR = [((30.0, -10.0, -20.0), 2.0), ((70.0, 10.0, 30.0), 1.0), ((15.0, 0, 0), 4.0), ((32.0, 79.0, -108.0), 5)]


def within(target: tuple[float, float, float], delta_e: float) -> np.ndarray:
    """F of many colours within a tolerance."""
    near = np.array(target) + np.random.default_rng(2).normal(size=(40_000, 3)) * 2 * delta_e
    found = lab_to_f(near[ciede2000(near, np.array(target)) <= delta_e])
    assert len(found) > 500
    return found


@pytest.mark.parametrize(("target", "delta_e"), NEAR_AND_FAR)
def test_a_box_contains_every_colour_within_the_tolerance(target: tuple[float, float, float], delta_e: float) -> None:
    low, high = tolerance_boxes(np.array([target]), np.array([float(delta_e)]))
    colours = within(target, delta_e)
    assert (colours >= low).all()
    assert (colours <= high).all()


@pytest.mark.parametrize(("target", "delta_e"), NEAR_AND_FAR)
def test_no_colour_within_the_tolerance_lies_beyond_a_supporting_plane(
    target: tuple[float, float, float], delta_e: float
) -> None:
    colours, dice = within(target, delta_e), np.random.default_rng(3)
    for normal in dice.normal(size=(8, 3)) / np.ptp(colours, axis=0):
        offset = float(supporting_offsets(np.array([target]), np.array([delta_e]), normal[None])[0])
        height = colours @ normal
        assert height.max() <= offset
        assert offset - height.max() < 0.2 * np.ptp(height)


@pytest.mark.parametrize(("target", "delta_e"), NEAR_AND_FAR)
def test_a_plane_that_is_looked_for_less_closely_lies_a_little_further_out(
    target: tuple[float, float, float], delta_e: float
) -> None:
    colours, dice = within(target, delta_e), np.random.default_rng(4)
    for normal in dice.normal(size=(24, 3)) / np.ptp(colours, axis=0):
        height, one = colours @ normal, (np.array([target]), np.array([delta_e]), normal[None])
        offset, fine = (float(supporting_offsets(*one, fine=fine)[0]) for fine in (False, True))
        assert height.max() <= offset
        assert 0 < offset - fine < 0.02 * np.ptp(height)


def touching_plane(target: Floats, delta_e: float, outside: Floats) -> tuple[Floats, float]:
    """One plane alone."""
    normals, offsets = touching_planes(target[None], np.array([delta_e]), outside[None])
    return normals[0], float(offsets[0])


def test_planes_that_are_found_together_are_those_found_alone() -> None:
    dice = np.random.default_rng(8)
    target = dice.uniform([20, -20, -20], [80, 20, 20], size=(20, 3))
    outside, delta_e = lab_to_f(target + dice.normal(size=(20, 3)) * 9), dice.uniform(0.5, 4, size=20)
    normals, offsets = touching_planes(target, delta_e, outside)
    for k in range(20):
        normal, offset = touching_plane(target[k], float(delta_e[k]), outside[k])
        assert np.allclose(normal, normals[k], rtol=1e-9)
        assert offset == pytest.approx(offsets[k], rel=1e-9)


def test_a_plane_touches_the_tolerance_and_parts_it_from_a_miss() -> None:
    target = np.array([40.0, 20.0, -10.0])
    outside = lab_to_f(target + np.array([6.0, -4.0, 3.0]))
    normal, offset = touching_plane(target, 1.5, outside)
    assert normal @ outside > offset > normal @ lab_to_f(target)
    assert np.allclose(f_to_lab(lab_to_f(target)), target, atol=1e-6)


@pytest.mark.parametrize("tolerance", [0.0, 1e-6, 1e-4])
def test_a_plane_parts_a_miss_from_a_tolerance_of_next_to_nothing(tolerance: float) -> None:
    for target, far in np.random.default_rng(5).uniform([20, -20, -20], [80, 20, 20], size=(40, 2, 3)):
        outside = lab_to_f(far)
        normal, offset = touching_plane(target, tolerance, outside)
        assert normal @ outside > offset >= normal @ lab_to_f(target) - 1e-9


@pytest.mark.parametrize(
    ("target", "delta_e"),
    [((44.4, 65.5, 0.7), 20.0), ((14.9, 47.7, -65.7), 15.0), ((58.5, 59.9, 0.4), 30.0), ((50.0, 0.0, 0.0), 1e6)],
)
def test_wide_tolerances_lie_within_their_boxes_and_planes_too(
    target: tuple[float, float, float], delta_e: float
) -> None:
    near = np.array(target) + np.random.default_rng(2).normal(size=(40_000, 3)) * 2 * min(delta_e, 30)
    colours = lab_to_f(near[ciede2000(near, np.array(target)) <= delta_e])
    goal, limit = np.array([target]), np.array([delta_e])
    low, high = tolerance_boxes(goal, limit)
    assert (low <= colours).all()
    assert (colours <= high).all()
    for normal in np.random.default_rng(3).normal(size=(8, 3)):
        assert (colours @ normal).max() <= supporting_offsets(goal, limit, normal[None])[0]


def test_a_wide_tolerance_with_several_summits_lies_behind_its_planes() -> None:
    target, normal = np.array([[74.5, -15.9, -13.0]]), np.array([[0.98, -0.18, -0.07]])
    dice = np.random.default_rng(1)
    near = target + dice.normal(size=(200_000, 3)) * 12
    near = near[ciede2000(near, target) <= 10]
    assert (lab_to_f(near) @ normal[0]).max() <= supporting_offsets(target, np.array([10.0]), normal)[0]


def in_lots() -> Run:
    """A recipe of lots that only some choices of offers can meet, within a wide tolerance."""
    goods = [
        ("149.845", "54.96 13.34 25.11", "49.948"),
        ("328.292", "28.49 -6.70 -20.06", ""),
        ("245.254", "22.57 -19.36 -7.65", ""),
        ("82.336", "78.99 7.75 25.49", "27.445"),
    ]
    offers = offers_of(
        *(
            {"id": f"O-{k}", "composition": "WO:100", "mass_kg": mass, "colour": f"lab:{lab}", "lot_kg": lot}
            for k, (mass, lab, lot) in enumerate(goods)
        )
    )
    wide = {"colour": "lab:38.61 -2.95 7.49", "delta_e": "8", "mass_kg": "109.235", "lot_kg": "21.847"}
    return match(offers, needs_of({**MIX, "composition": "", **wide}))


def test_a_choice_of_lots_is_found_within_a_wide_tolerance() -> None:
    found = in_lots()
    assert verify(found.as_result()) == ()
    assert found.summary["matched_kg"] == pytest.approx(109.235)


def test_sharp_planes_lead_to_a_choice_where_moved_out_ones_teach_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blend, "supporting_offsets", lambda target, delta_e, normal, fine: np.full(len(target), 1e3))
    found = in_lots()
    assert found.summary["matched_kg"] == pytest.approx(109.235)
    assert found.summary["bound"] >= found.summary["value"]


def test_the_planted_shares_give_the_colour_their_readme_states() -> None:
    offers, needs = district()
    colours = [
        parse_colour(offers.record(offers.ids.index(listing))["colour"]).lab for listing in ("O-102", "O-108", "O-085")
    ]
    wanted = parse_colour(needs.record(needs.ids.index("N-025"))["colour"]).lab
    mixed = blend_lab(np.array(colours, dtype=float), np.array([200.0, 260.0, 40.0]))
    assert float(ciede2000(mixed, np.array(wanted, dtype=float))) == pytest.approx(0.67, abs=0.01)


def tampered(change: Callable[[list[dict[str, str]]], object], offers: Offers, needs: Needs) -> set[str]:
    honest = match(offers, needs).as_result()
    rows = [dict(row) for row in honest.proposal_rows]
    assert len(rows) == 2
    change(rows)
    return {fault.kind for fault in verify(replace(honest, proposal_rows=rows))}


def _moved(rows: list[dict[str, str]], kg: str) -> None:
    for row, sign in zip(rows, (1, -1), strict=True):
        for column in ("mass_kg", "delivered_kg"):
            row[column] = f"{(Decimal(row[column]) + sign * Decimal(kg)).normalize():f}"
        row["value"] = f"{(Decimal(row['score']) * Decimal(row['delivered_kg'])).normalize():f}"


@pytest.mark.parametrize(
    ("one", "other", "need", "kg"),
    [
        ({"composition": "WO:100"}, {"composition": "PA:100"}, {"composition": "WO:50-50;PA:50-50"}, "0.001"),
        ({"length_mm": "10"}, {"length_mm": "30"}, {"length_min_mm": "20"}, "0.1"),
        ({"price_eur_kg": "3"}, {"price_eur_kg": "1"}, {"price_eur_kg": "2"}, "0.1"),
        ({"colour": "#808080"}, {"colour": "#404040"}, {"colour": "#585858", "delta_e": "0.6"}, "-8"),
    ],
)
def test_a_spoilt_recipe_is_caught(one: Record, other: Record, need: Record, kg: str) -> None:
    offers = offers_of(
        *({"id": listing, "mass_kg": "100", **goods} for listing, goods in (("O-1", one), ("O-2", other)))
    )
    assert "recipe" in tampered(lambda rows: _moved(rows, kg), offers, needs_of({**MIX, "mass_kg": "200", **need}))
