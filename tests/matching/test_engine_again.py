# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run that begins where an earlier one ended has the value, the pairs and the proof of one that begins anew."""

import gc
import json
import random
import weakref
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks.markets import Columns, Recipe, market_columns
from matching.allocation import allocate as allocate_module
from matching.allocation.augment import Caps, augmented
from matching.allocation.policy import Policy
from matching.allocation.prices import Prices, Start, Transport, bound_of, exact_dot
from matching.engine import match
from matching.evidence.again import earlier
from matching.evidence.run import Run
from matching.evidence.verify import FailedCheckError, checked, verify
from matching.evidence.view_market import view_of
from matching.market.columns import Needs, Offers
from matching.pairing import retrieve
from matching.pairing.text import Vectors, text_vectors
from tests.matching.transports import dense

ENDLESS = Caps(1 << 60, 1 << 60)


@pytest.fixture(autouse=True)
def as_if_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieve, "COMPILED_FROM", 0)
    monkeypatch.setattr(allocate_module, "COMPILED_FROM", 0)


@cache
def columns() -> tuple[Columns, Columns]:
    return market_columns(Recipe(600, "open"))


def made(sides: tuple[Columns, Columns]) -> tuple[Offers, Needs]:
    return Offers.from_columns(sides[0]), Needs.from_columns(sides[1])


def changed(side: Columns, seed: int, column: str, texts: list[str]) -> Columns:
    """Some listings gone, some new, some with another cell."""
    draw = random.Random(seed)
    rows = list(zip(*side.values(), strict=True))
    kept = [rows[k] for k in sorted(draw.sample(range(len(rows)), len(rows) - 9))]
    names = list(side)
    kept += [(f"{'AZ'[k % 2]}-{seed}-{k}", *row[1:]) for k, row in enumerate(draw.sample(kept, 9))]
    for k in draw.sample(range(len(kept)), 12):
        cells = list(kept[k])
        cells[names.index(column)] = draw.choice(texts)
        kept[k] = tuple(cells)
    draw.shuffle(kept)
    return dict(zip(names, map(list, zip(*kept, strict=True)), strict=True))


CHANGES: list[tuple[str, list[str], str, list[str]]] = [
    ("mass_kg", ["1", "90", "20000"], "mass_kg", ["2", "80", "30000"]),
    ("composition", ["WO:100", "WO:60;PA:40"], "composition", ["WO:60-100", "", "CO:1-100;*:0-9"]),
    ("colour", ["#102030", ""], "price_eur_kg", ["", "9.5", "0.2"]),
    ("description", ["", "lana verde"], "certificates", ["", "GRS"]),
    ("certificates", ["GRS;GOTS", ""], "waste_codes", ["", "04 02 22"]),
]


def same(found: Run, anew: Run) -> None:
    assert found.summary["value"] == anew.summary["value"] > 0
    assert found.summary["bound"] == anew.summary["bound"]
    assert found.summary["status"] == anew.summary["status"] == "optimal"
    assert found.retained.view.pairs.offer.tolist() == anew.retained.view.pairs.offer.tolist()
    assert found.retained.view.pairs.need.tolist() == anew.retained.view.pairs.need.tolist()
    assert found.retained.view.legs.value.tolist() == anew.retained.view.legs.value.tolist()


@pytest.mark.parametrize("change", CHANGES)
def test_after_some_listings_changed_the_run_is_that_of_the_market_as_it_is(change: Any) -> None:
    offer_column, offer_texts, need_column, need_texts = change
    before, market = made(columns()), columns()
    now = made((changed(market[0], 1, offer_column, offer_texts), changed(market[1], 2, need_column, need_texts)))
    again, anew = match(*now, previous=match(*before)), match(*now)
    same(again, anew)
    assert again.retained.view.pairs.examined < anew.retained.view.pairs.examined
    afresh = view_of(again.retained.view.sides.offers, again.retained.view.sides.needs, Policy())
    assert verify(again.as_result(), afresh) == ()
    assert again.proposals[0].explanation == again.explain(again.proposals[0].offer_id, again.proposals[0].need_id)


def test_runs_may_follow_one_another() -> None:
    market = columns()
    run = match(*made(market))
    for seed in range(3):
        market = changed(market[0], seed, "mass_kg", ["77"]), changed(market[1], seed, "radius_km", ["3", ""])
        run = match(*made(market), previous=run)
    same(run, match(*made(market)))


def test_another_policy_keeps_the_pairs_and_reckons_the_values_anew() -> None:
    before, policy = match(*made(columns())), Policy(weights={"colour": 1, "text": 0})
    now = made((changed(columns()[0], 1, "mass_kg", ["5"]), columns()[1]))
    same(match(*now, policy=policy, previous=before), match(*now, policy=policy))
    back = match(*now, policy=policy, previous=before)
    same(match(*now, previous=back), match(*now))


def test_nothing_changed_nothing_is_looked_at() -> None:
    before = match(*made(columns()))
    again = match(*made(columns()), previous=before)
    assert again.retained.view.pairs.examined == 0
    assert again.proposal_rows() == before.proposal_rows()
    assert again.price_rows() == before.price_rows()


@pytest.mark.parametrize("seed", range(6))
def test_from_any_start_the_compiled_search_finds_the_same_optimum(seed: int) -> None:
    problem, dice = dense(80, 90, 9, seed), np.random.default_rng(seed)
    best = augmented(problem, ENDLESS)
    assert best.flow_g is not None
    supply = np.where(dice.random(80) < 0.1, problem.supply_g + 7, problem.supply_g)
    value = np.where(dice.random(len(problem.value)) < 0.1, problem.value // 2, problem.value)
    other = Transport(supply, problem.demand_g, problem.offer, problem.need, value)
    unknown = (np.where(dice.random(len(side)) < 0.2, -1, side) for side in (best.prices.offer, best.prices.need))
    found = augmented(other, ENDLESS, Start(Prices(*unknown), best.flow_g))
    anew = augmented(other, ENDLESS)
    assert found.flow_g is not None
    assert anew.flow_g is not None
    assert bound_of(other, found.prices) == exact_dot(found.flow_g, value) == exact_dot(anew.flow_g, value)
    assert (np.bincount(other.offer, found.flow_g, 80) <= supply).all()
    assert (np.bincount(other.need, found.flow_g, 90) <= other.demand_g).all()


@pytest.mark.parametrize("before", [(0, 0), (0, 300), (300, 0)])
def test_an_earlier_run_of_an_empty_market_is_as_good_as_none(before: tuple[int, int]) -> None:
    market = columns()
    offers, needs = (
        {name: cells[:count] for name, cells in side.items()} for side, count in zip(market, before, strict=True)
    )
    first = made((offers, needs))
    same(match(*made(market), previous=match(*first)), match(*made(market)))


def test_rows_that_still_hold_are_the_earlier_run_s_own_and_all_others_are_told_anew() -> None:
    before, market = match(*made(columns())), columns()
    now = made((changed(market[0], 1, "mass_kg", ["90"]), changed(market[1], 2, "mass_kg", ["80"])))
    again = match(*now, previous=before)
    kept = {id(row) for row in before.proposal_rows()}
    own = [row for row in again.proposal_rows() if id(row) not in kept]
    assert 0 < len(own) < len(again.proposal_rows()) / 3
    unchanged = dict(zip(before.proposals, before.proposal_rows(), strict=True))
    for proposal, row in zip(again.proposals, again.proposal_rows(), strict=True):
        assert row == unchanged.get(proposal, row)
    prices = {id(row) for row in before.price_rows()}
    assert sum(id(row) in prices for row in again.price_rows()) > len(prices) / 2


def test_a_composition_typed_otherwise_is_quoted_otherwise() -> None:
    before, (offers, needs) = match(*made(columns())), columns()
    typed = [cell if "." in cell else f"{cell}.0" for cell in offers["composition"]]
    assert typed != offers["composition"]
    again = match(*made(({**offers, "composition": typed}, needs)), previous=before)
    assert again.retained.view.pairs.examined == 0, "the listings say the same"
    quoted = dict(zip(offers["id"], typed, strict=True))
    for row in again.proposal_rows():
        assert json.loads(row["reasons"])[0]["offer"] == quoted[row["offer_id"]]


def test_a_row_that_holds_is_still_weighed_against_all_others() -> None:
    market = made(columns())
    before = match(*market)
    again = match(*market, previous=before)
    known = earlier(before, again.retained.view.sides).told(again.retained.view.sides, Policy())
    assert known is not None
    assert checked(again, known).written.claims is not None
    first, *others = again.proposal_rows()
    for rows, kind in (((first, first, *others), "duplicate"), (tuple(others), "figure")):
        with pytest.raises(FailedCheckError) as failed:
            checked(replace(again, written=replace(again.written, proposals=rows)), known)
        assert kind in {fault.kind for fault in failed.value.faults}
    forged = replace(again.written, proposals=({**first, "score": "0.5"}, *others))
    with pytest.raises(FailedCheckError, match="instead of"):
        checked(replace(again, written=forged), known)


def test_a_run_does_not_keep_the_one_before_it() -> None:
    before = match(*made(columns()))
    gone, again = weakref.ref(before), match(*made(columns()), previous=before)
    del before
    gc.collect()
    assert gone() is None
    assert again.proposals


def test_texts_join_those_of_a_side_that_had_none() -> None:
    known, nobody = text_vectors(["lana"], ["lana"]), np.zeros(0, dtype=np.int64)
    assert known is not None
    empty = Vectors(nobody, np.zeros(1, dtype=np.int64), known.needs.bucket[:0], known.needs.weight[:0])
    joined = text_vectors(["lana"], ["lana verde"], (replace(known, needs=empty), np.array([0]), np.array([-1])))
    anew = text_vectors(["lana"], ["lana verde"])
    assert joined is not None
    assert anew is not None
    pair = np.array([0])
    assert joined.likeness(pair, pair) == anew.likeness(pair, pair) > 0
