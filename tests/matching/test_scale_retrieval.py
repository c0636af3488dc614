# SPDX-License-Identifier: AGPL-3.0-or-later
"""Retrieval at scale: the compiled loop is the rules, pairs examined stay linear, and who runs it changes nothing."""

from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks.markets import Recipe, market
from matching.executor import Serial
from matching.market.columns import Needs, Offers
from matching.pairing import retrieve
from matching.pairing.retrieve import MarketTooLargeError, Pairs, compatible_pairs
from matching.pairing.rules import component_bits
from matching.pairing.sides import Sides, prepare
from tests.matching.markets import NEED, OFFER, Record, district, markets


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieve, "COMPILED_FROM", 0)


def by_rules(sides: Sides) -> set[tuple[int, int]]:
    every = np.indices((len(sides.offers), len(sides.needs))).reshape(2, -1)
    passing = component_bits(sides, *every) == 0
    return set(zip(*every[:, passing].tolist(), strict=True))


def found(pairs: Pairs) -> set[tuple[int, int]]:
    listed = list(zip(pairs.offer.tolist(), pairs.need.tolist(), strict=True))
    assert len(set(listed)) == len(listed)
    assert listed == sorted(listed, key=lambda pair: (pair[1], pair[0]))
    return set(listed)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(markets())
def test_the_compiled_loop_finds_what_the_rules_let_pass(compiled: None, both: tuple[Offers, Needs]) -> None:
    sides = prepare(*both)
    assert found(compatible_pairs(sides)) == by_rules(sides)


@pytest.mark.parametrize("stripe", [1, 1000, 1 << 21])
def test_the_district_is_the_same_compiled_or_not_in_whatever_stripes(
    monkeypatch: pytest.MonkeyPatch, stripe: int
) -> None:
    sides = prepare(*district())
    plain = compatible_pairs(sides)
    monkeypatch.setattr(retrieve, "COMPILED_FROM", 0)
    monkeypatch.setattr(retrieve, "COMPILED_STRIPE", stripe)
    assert found(compatible_pairs(sides)) == found(plain) == by_rules(sides)


@pytest.mark.parametrize("rules", ["tight", "open"])
@pytest.mark.parametrize("place", ["district", "italy"])
def test_generated_markets_are_the_same_compiled_or_not(
    monkeypatch: pytest.MonkeyPatch, rules: str, place: str
) -> None:
    sides = prepare(*market(Recipe(1500, rules, place)))
    plain = compatible_pairs(sides)
    monkeypatch.setattr(retrieve, "COMPILED_FROM", 0)
    fast = compatible_pairs(sides)
    assert found(plain) == found(fast)
    assert fast.examined < plain.examined / 5


def executors() -> list[Executor]:
    return [Serial(), ThreadPoolExecutor(3), ProcessPoolExecutor(2, mp_context=get_context("forkserver"))]


@pytest.mark.parametrize("compiled_from", [0, 1 << 60])
def test_serial_threads_and_processes_find_the_same(monkeypatch: pytest.MonkeyPatch, compiled_from: int) -> None:
    monkeypatch.setattr(retrieve, "COMPILED_FROM", compiled_from)
    monkeypatch.setattr(retrieve, "COMPILED_STRIPE", 5_000)
    sides = prepare(*market(Recipe(800, "open")))
    expected = compatible_pairs(sides)
    for executor in executors():
        with executor:
            again = compatible_pairs(sides, executor=executor)
        assert np.array_equal(again.offer, expected.offer)
        assert np.array_equal(again.need, expected.need)


BORDERS: list[tuple[Record, Record]] = [
    ({"lat": "43.88", "lon": "11.1"}, {"lat": "43.88", "lon": "11.1", "radius_km": "0"}),
    ({"lat": "0", "lon": "179.99"}, {"lat": "0", "lon": "-179.99", "radius_km": "3"}),
    ({"lat": "89.999", "lon": "-90"}, {"lat": "89.999", "lon": "90", "radius_km": "1"}),
    ({"lat": "-90", "lon": "11"}, {"lat": "-89.9", "lon": "-170", "radius_km": "12"}),
    ({"lat": "43", "lon": "-100"}, {"lat": "-43", "lon": "80", "radius_km": "20100"}),
    ({"price_eur_kg": "999999999"}, {"price_eur_kg": "999999999"}),
    ({"mass_kg": "999999999", "divisible": "no"}, {"mass_kg": "999999999", "lot_kg": "999999999"}),
    ({"length_mm": "999999999", "micron": "0.001"}, {"length_min_mm": "999999999", "micron_max": "0.001"}),
    ({"available_from": "", "available_until": ""}, {"needed_from": "9999-12-31", "needed_until": ""}),
]


@pytest.mark.parametrize(("offer", "need"), BORDERS)
def test_the_compiled_loop_drops_nothing_at_the_ends_of_the_world(compiled: None, offer: Record, need: Record) -> None:
    sides = prepare(Offers.from_records([{**OFFER, **offer}]), Needs.from_records([{**NEED, **need}]))
    assert found(compatible_pairs(sides)) == by_rules(sides) == {(0, 0)}


def crowd(size: int, offer: str, need: str, texts: list[str]) -> Sides:
    """Listings that share every equality key and differ in one column only."""
    offers = [{**OFFER, "id": f"O{k}", "firm": "A", offer: texts[k]} for k in range(size)]
    needs = [{**NEED, "id": f"N{k}", "firm": "B", "price_eur_kg": "", need: texts[k]} for k in range(size)]
    return prepare(Offers.from_records(offers), Needs.from_records(needs))


def spread_out(size: int, column: str) -> Sides:
    """As many listings with equal keys as `size`, so spread over one column that only neighbours fit."""
    steps = range(size)
    if column == "lat":
        return crowd(size, "lat", "lat", [f"{k * 0.2 - 60:.1f}" for k in steps])
    if column == "lon":
        return crowd(size, "lon", "lon", [f"{k * 0.25 - 120:.2f}" for k in steps])
    if column == "composition":
        kinds = [(60 + k * 40 / size, 60 + k * 40 / size) for k in steps]
        offers = [f"WO:{low:.2f};PA:{100 - low:.2f}" for low, _ in kinds]
        sides = crowd(size, "composition", "description", offers)
        needs = [
            {**NEED, "id": f"N{k}", "firm": "B", "composition": f"WO:{low:.2f}-{low:.2f}"}
            for k, (low, _) in enumerate(kinds)
        ]
        return prepare(sides.offers, Needs.from_records(needs))
    days = [str(np.datetime64("2027-01-01") + 3 * k) for k in steps]
    offers = [
        {**OFFER, "id": f"O{k}", "firm": "A", "available_from": day, "available_until": day}
        for k, day in enumerate(days)
    ]
    offers[0] |= {"available_from": "", "available_until": ""}  # one that is always open spoils nothing
    needs = [
        {**NEED, "id": f"N{k}", "firm": "B", "needed_from": day, "needed_until": day} for k, day in enumerate(days)
    ]
    return prepare(Offers.from_records(offers), Needs.from_records(needs))


@pytest.mark.parametrize("column", ["lat", "lon", "composition", "window"])
def test_pairs_examined_stay_linear_where_all_keys_are_equal(compiled: None, column: str) -> None:
    small, large = (compatible_pairs(spread_out(size, column)) for size in (300, 600))
    assert large.examined <= 2.2 * small.examined
    assert large.examined <= 40 * 600
    assert len(large) >= (0 if column == "composition" else 600)


def test_pairs_examined_stay_linear_where_prices_keep_everybody_apart(compiled: None) -> None:
    offers = Offers.from_records([{**OFFER, "id": f"O{k}", "firm": "A", "price_eur_kg": "5"} for k in range(500)])
    needs = Needs.from_records([{**NEED, "id": f"N{k}", "firm": "B", "price_eur_kg": "1"} for k in range(500)])
    assert compatible_pairs(prepare(offers, needs)).examined == 0


def test_too_many_pairs_are_refused_before_they_are_made(compiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sides = prepare(*district())
    monkeypatch.setattr(retrieve, "EXAMINED_CAP", 10)
    with pytest.raises(MarketTooLargeError, match=r"would have to be examined.*Split the market"):
        compatible_pairs(sides)
    monkeypatch.setattr(retrieve, "EXAMINED_CAP", 1 << 60)
    monkeypatch.setattr(retrieve, "COMPATIBLE_CAP", 10)
    with pytest.raises(MarketTooLargeError, match=r"are compatible.*radius"):
        compatible_pairs(sides)
