# SPDX-License-Identifier: AGPL-3.0-or-later
"""A refused pair is replaced where its grams were; everything else stays put, and the proof holds."""

from dataclasses import replace
from functools import cache
from random import Random

import numpy as np
import pytest

from matching import (
    BadPolicyError,
    Needs,
    Offers,
    Policy,
    Processors,
    Proposal,
    Run,
    UnknownListingError,
    match,
    verify,
)
from matching.allocation.flow import transport
from matching.allocation.prices import exact_dot
from tests.matching.markets import DISTRICT, district, needs_of, offers_of

Way = tuple[str, str, tuple[str, ...]]


@cache
def whole() -> Run:
    """The district with its recipes and chains."""
    return match(*district(), processors=Processors.read_csv(DISTRICT / "processors.csv"), seconds=20)


def grams(run: Run) -> dict[Way, int]:
    return {(one.offer_id, one.need_id, one.processor_ids): one.mass_g for one in run.proposals}


def value(run: Run) -> int:
    return sum(one.value for one in run.proposals)


def crowd(seed: int, lots: bool) -> tuple[Offers, Needs]:
    """Six offers and six needs that all fit each other, of chance masses, places and prices."""
    dice = Random(seed)
    anywhere = {"colour": "", "delta_e": "", "radius_km": ""}

    def listing(key: str, **more: str) -> dict[str, str]:
        place = {"lat": f"43.{dice.randint(800, 990)}", "lon": f"11.{dice.randint(0, 300):03}"}
        lot = {"lot_kg": str(dice.choice((5, 20, 40)))} if lots and dice.random() < 0.5 else {}
        return {"id": key, "mass_kg": str(dice.randint(50, 300)), **place, **lot, **more}

    offers = [listing(f"O-{k}", colour="", price_eur_kg=f"0.{dice.randint(10, 99)}") for k in range(6)]
    fill = {"min_fill_kg": "45"} if lots else {}
    most = {"max_suppliers": "2"} if lots else {}
    needs = [listing(f"N-{k}", **anywhere, **(fill if k % 3 == 0 else most if k % 3 == 1 else {})) for k in range(6)]
    return offers_of(*offers), needs_of(*needs)


def test_the_grams_of_a_refused_pair_go_to_the_best_that_is_left() -> None:
    offers = offers_of({"mass_kg": "100", "colour": ""})
    sizes = {"N-1": ("100", "10"), "N-2": ("60", "5"), "N-3": ("100", "9")}
    needs = needs_of(
        *(
            {"id": key, "mass_kg": mass, "lat": f"43.8{lat}", "radius_km": "", "colour": "", "delta_e": ""}
            for key, (mass, lat) in sizes.items()
        )
    )
    run = match(offers, needs)
    (first,) = run.proposals
    listed = run.alternates("O-1", first.need_id)
    again = run.repaired(forbid=("O-1", first.need_id))
    assert next(one.need_id for one in again.proposals) == listed[0].need_id
    assert listed[0].value == max(one.value for one in listed)
    assert {one.need_id for one in listed} == set(sizes) - {first.need_id}
    full = match(offers, needs, policy=Policy(forbids=(("O-1", first.need_id),)))
    assert again.proposal_rows() == full.proposal_rows()


def test_grams_may_go_to_a_partner_one_has_already() -> None:
    offers = offers_of({"mass_kg": "100"}, {"id": "O-2", "mass_kg": "100", "description": ""})
    needs = needs_of({"mass_kg": "100"}, {"id": "N-2", "mass_kg": "200", "lat": "43.95"})
    run = match(offers, needs)
    assert len(run.proposals) == 2
    near = next(one for one in run.proposals if one.need_id == "N-1")
    again = run.repaired(forbid=(near.offer_id, "N-1"))
    before, after = grams(run), grams(again)
    assert all(after[way] >= mass for way, mass in before.items() if way[:2] != (near.offer_id, "N-1"))
    assert again.summary["matched_kg"] == run.summary["matched_kg"]


def can_not_stand_without(gone: Proposal, way: Way) -> bool:
    """Components of one recipe, and what shares a processor with one of them: its batch may be too small now."""
    needs = district()[1]
    blends = {key for key, blend in zip(needs.ids, needs.blend, strict=True) if blend}
    if gone.need_id not in blends:
        return False
    batches = {step for one in whole().proposals if one.need_id == gone.need_id for step in one.processor_ids}
    touched = {one.need_id for one in whole().proposals if batches & set(one.processor_ids)}
    return way[1] in touched | {gone.need_id}


@pytest.mark.parametrize("place", range(0, 100, 9))
def test_in_the_district_all_else_stays_put_and_a_full_run_is_within_the_bound(place: int) -> None:
    run = whole()
    gone = run.proposals[place]
    pair = gone.offer_id, gone.need_id
    again = run.repaired(forbid=pair)
    before, after = grams(run), grams(again)
    loose = {way for way in before if way[:2] == pair or can_not_stand_without(gone, way)}
    assert len(loose) < 0.2 * len(before)
    assert all(after.get(way, 0) >= mass for way, mass in before.items() if way not in loose)
    assert pair not in {way[:2] for way in after}
    assert not verify(again.as_result())
    assert again.summary["value"] <= again.summary["bound"] <= run.summary["bound"]


def test_a_full_run_without_the_pair_is_worth_no_more_than_the_repaired_bound() -> None:
    run = whole()
    gone = max(run.proposals, key=lambda one: one.value)
    pair = gone.offer_id, gone.need_id
    again = run.repaired(forbid=pair)
    plants = Processors.read_csv(DISTRICT / "processors.csv")
    full = match(*district(), processors=plants, policy=Policy(forbids=(pair,)), seconds=20)
    assert again.summary["value"] <= full.summary["value"] + 1e-6 or full.summary["status"] != "optimal"
    assert full.summary["value"] <= again.summary["bound"]
    assert full.summary["value"] - again.summary["value"] < 0.02 * full.summary["value"]


@pytest.mark.parametrize("seed", range(12))
def test_in_a_crowded_market_with_lots_the_repaired_run_is_legal_and_bounded(seed: int) -> None:
    market = crowd(seed, lots=True)
    run = match(*market)
    for gone in run.proposals[:3]:
        pair = gone.offer_id, gone.need_id
        again = run.repaired(forbid=pair)
        assert not verify(again.as_result())
        full = match(*market, policy=Policy(forbids=(pair,)))
        assert value(again) <= value(full) * (1 + 1e-6) + 1
        assert full.summary["value"] <= again.summary["bound"] * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_without_lots_nothing_better_can_be_done_with_what_is_free(seed: int) -> None:
    run = match(*crowd(seed, lots=False))
    view = run.retained.view
    for gone in run.proposals[:3]:
        again = run.repaired(forbid=(gone.offer_id, gone.need_id))
        offer, need = run.places(gone.offer_id, gone.need_id)
        refused = (view.legs.offer == offer) & (view.legs.need == need)
        kept = np.where(refused, 0, run.retained.taken_g)
        supply, demand = view.limits.supply_g.copy(), view.limits.demand_g.copy()
        np.subtract.at(supply, view.legs.offer, kept)
        np.subtract.at(demand, view.legs.need, kept)
        legs = view.legs.only(~refused)
        best = exact_dot(transport(supply, demand, legs.offer, legs.need, legs.value), legs.value)
        assert value(again) == exact_dot(kept, view.legs.value) + best


def test_a_refused_component_of_a_recipe_frees_the_others() -> None:
    run = whole()
    needs = district()[1]
    mixed = [one for one in run.proposals if needs.blend[needs.ids.index(one.need_id)]]
    assert mixed
    again = run.repaired(forbid=(mixed[0].offer_id, mixed[0].need_id))
    recipe = again.recipe(mixed[0].need_id)
    assert recipe is None or mixed[0].offer_id not in {part.offer_id for part in recipe.components}


def test_refusals_follow_one_another() -> None:
    run = whole()
    for _ in range(4):
        gone = run.proposals[len(run.proposals) // 2]
        run = run.repaired(forbid=(gone.offer_id, gone.need_id))
    assert len(run.retained.policy.forbids) == 4
    assert not verify(run.as_result())


def test_a_pinned_pair_is_not_refused_by_the_way() -> None:
    run = match(offers_of({}), needs_of({}), policy=Policy(pins=(("O-1", "N-1"),)))
    with pytest.raises(BadPolicyError, match="pinned and forbidden"):
        run.repaired(forbid=("O-1", "N-1"))


def test_an_unknown_pair_is_refused() -> None:
    with pytest.raises(UnknownListingError):
        whole().repaired(forbid=("O-1", "N-nowhere"))


def test_a_run_around_some_listings_proposes_nothing_elsewhere() -> None:
    run = match(*district(), policy=Policy(around=("O-089", "N-041")))
    assert run.proposals
    assert all("O-089" in (one.offer_id, one.need_id) or one.need_id == "N-041" for one in run.proposals)
    assert not verify(run.as_result())
    assert Policy.from_toml(run.retained.policy.to_toml()).around == ("O-089", "N-041")
    everywhere = run.as_result()
    whole_policy = replace(everywhere, policy=Policy())
    assert "violated pair" in {fault.kind for fault in verify(whole_policy)}


def test_listings_to_stay_around_are_ids() -> None:
    with pytest.raises(BadPolicyError, match="around: expected a list of ids"):
        Policy.from_toml("around = 3")
