# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a district lacks: exactly the needs that no policy could serve, and calls that add up to what is unmet."""

from itertools import combinations

import pytest
from hypothesis import given, settings

from matching import ListedPairs, Needs, Offers, Policy, Run, allocate, match
from matching.allocation.legs import Legs
from matching.allocation.objectives import Avoided
from matching.allocation.problem import possible
from matching.evidence.shortage import Competition, Shortage
from tests.matching.markets import district, markets, needs_of, offers_of


def of_pairs(offers_kg: dict[str, int], needs_kg: dict[str, int], pairs: list[tuple[str, str]]) -> Shortage:
    """The shortage of a market whose possible pairs are listed."""
    offers = offers_of(*({"id": listing, "mass_kg": str(kg)} for listing, kg in offers_kg.items()))
    needs = needs_of(*({"id": listing, "mass_kg": str(kg)} for listing, kg in needs_kg.items()))
    rows = [{"offer_id": offer, "need_id": need, "value": 1} for offer, need in pairs]
    return allocate(offers, needs, ListedPairs.from_records(rows, offers, needs)).shortage()


def test_three_needs_that_share_two_offers_compete_and_a_fourth_does_not() -> None:
    """N-4 has plenty in O-3; O-3 is also possible for nobody else, so it can't help the others."""
    found = of_pairs(
        {"O-1": 100, "O-2": 50, "O-3": 500},
        {"N-1": 80, "N-2": 70, "N-3": 30, "N-4": 200},
        [("O-1", "N-1"), ("O-1", "N-2"), ("O-2", "N-2"), ("O-2", "N-3"), ("O-3", "N-4")],
    )
    assert found.competitions == (Competition(("N-1", "N-2", "N-3"), ("O-1", "O-2"), 180_000, 150_000),)
    assert found.lacking_g == found.unmet_g == 30_000
    assert str(found.competitions[0]) == "3 needs compete for 2 offers: 180 kg wanted, 150 kg on offer"


def test_a_need_that_could_be_served_elsewhere_is_no_competitor() -> None:
    """N-2 may leave O-1 to N-1 and take O-2 alone: only N-1 is short, whatever this run did."""
    found = of_pairs(
        {"O-1": 100, "O-2": 500}, {"N-1": 150, "N-2": 70}, [("O-1", "N-1"), ("O-1", "N-2"), ("O-2", "N-2")]
    )
    assert found.competitions == (Competition(("N-1",), ("O-1",), 150_000, 100_000),)
    assert str(found.competitions[0]) == "N-1 alone wants more than 1 offer: 150 kg wanted, 100 kg on offer"


def test_two_markets_that_share_nothing_are_two_competitions_the_shorter_first() -> None:
    found = of_pairs({"O-1": 10, "O-2": 10}, {"N-1": 20, "N-2": 90}, [("O-1", "N-1"), ("O-2", "N-2")])
    assert [(one.need_ids, one.lacking_g) for one in found.competitions] == [(("N-2",), 80_000), (("N-1",), 10_000)]


def test_a_need_without_any_offer_is_called_for_but_competes_with_nobody() -> None:
    found = of_pairs({"O-1": 10}, {"N-1": 20}, [])
    assert found.competitions == ()
    assert (found.unmet_g, found.calls[0].mass_g) == (20_000, 20_000)


def test_a_yield_above_one_counts_for_what_it_can_deliver() -> None:
    offers, needs = offers_of({"mass_kg": "100"}), needs_of({"mass_kg": "300"})
    rows = [{"offer_id": "O-1", "need_id": "N-1", "value": 1, "yield": "1.5"}]
    (one,) = allocate(offers, needs, ListedPairs.from_records(rows, offers, needs)).shortage().competitions
    assert (one.offered_g, one.lacking_g) == (150_000, 150_000)


def test_a_forbidden_pair_is_no_way_out() -> None:
    run = match(offers_of({}), needs_of({"mass_kg": "300"}), policy=Policy(forbids=(("O-1", "N-1"),)))
    assert run.shortage().competitions == ()
    assert run.shortage().unmet_g == 300_000


def test_what_a_policy_leaves_aside_is_still_there() -> None:
    """A run around one listing, or for CO2e alone, finds no competition where the market as a whole has none."""
    offers, needs = offers_of({"id": "O-1"}, {"id": "O-2"}), needs_of({"mass_kg": "150"})
    assert match(offers, needs, policy=Policy(around=("O-1",))).shortage().competitions == ()
    nothing = Policy(objective=(Avoided(replacement_rate=0),))
    assert match(offers, needs, policy=nothing).shortage().competitions == ()


def possible_legs(run: Run) -> Legs:
    """The legs that no rule and no refusal takes away."""
    return run.retained.view.legs.only(possible(run.retained.view.sides, run.retained.view.task, run.retained.policy))


def most_lacking_g(run: Run) -> int:
    """By Hall: the most that any set of needs wants beyond all offers possible for any of them."""
    legs = possible_legs(run)
    offers, needs = run.retained.view.sides.offers, run.retained.view.sides.needs
    possible = [set(legs.offer[legs.need == row].tolist()) for row in range(len(needs))]
    worst = 0
    for size in range(1, len(needs) + 1):
        for some in combinations(range(len(needs)), size):
            there = set().union(*(possible[row] for row in some))
            wanted = sum(int(needs.mass_g[row]) for row in some)
            worst = max(worst, wanted - sum(int(offers.mass_g[row]) for row in there))
    return worst


@settings(max_examples=80, deadline=None)
@given(markets())
def test_competition_is_the_largest_lack_that_no_policy_can_serve(market: tuple[Offers, Needs]) -> None:
    run = match(*market)
    found = run.shortage()
    legs = possible_legs(run)
    needs = run.retained.view.sides.needs
    without = sum(int(needs.mass_g[row]) for row in range(len(needs)) if not (legs.need == row).any())
    assert found.lacking_g + without == most_lacking_g(run)
    for one in found.competitions:
        rows = [needs.ids.index(need) for need in one.need_ids]
        possible = {run.retained.view.sides.offers.ids[offer] for row in rows for offer in legs.offer[legs.need == row]}
        assert possible == set(one.offer_ids)
        assert one.lacking_g > 0


@settings(max_examples=40, deadline=None)
@given(markets())
def test_calls_add_up_to_what_the_run_leaves_unmet(market: tuple[Offers, Needs]) -> None:
    run = match(*market)
    found = run.shortage()
    unmet = round(sum(run.summary["unmatched_needs"].values()) * 1000)
    assert found.unmet_g == unmet
    assert 0 <= unmet - sum(call.mass_g for call in found.calls) < 1000 * len(market[1]) + 1
    assert found.lacking_g <= unmet
    called = [need for call in found.calls for need in call.need_ids]
    assert len(called) == len(set(called))


def test_missing_material_is_called_for_in_three_languages() -> None:
    wanted = {"mass_kg": "80", "colour": "#1b2a41", "composition": "WO:60-100", "forms": "NOIL", "micron_max": ""}
    (call,) = match(offers_of().take([]), needs_of(wanted, {**wanted, "id": "N-2", "mass_kg": "40"})).shortage().calls
    assert (call.mass_g, call.need_ids, call.swatch) == (120_000, ("N-1", "N-2"), "#1b2a41")
    assert call.text("en") == "120 kg navy wool, ≥ 20 mm: noils"
    assert call.text("it") == "120 kg lana, blu navy, ≥ 20 mm: blousse / pettinaccia"
    assert call.text("zh") == "120 kg 藏青羊毛, ≥ 20 mm: 精梳短毛"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"colour": "", "delta_e": ""}, "wool, ≥ 20 mm, ≤ 20 µm"),
        ({"composition": "", "length_min_mm": "", "micron_max": ""}, "bottle green"),
        ({"composition": "WO:20-40;PA:50-80;*:0-5", "length_min_mm": "", "micron_max": ""}, "polyamide or nylon/wool"),
    ],
)
def test_a_call_says_what_is_asked_and_nothing_else(change: dict[str, str], text: str) -> None:
    (call,) = match(offers_of().take([]), needs_of({"colour": "#17382a", **change})).shortage().calls
    assert text in call.text("en")


def test_the_district_s_cardboard_is_called_for_but_not_its_wool_that_is_there() -> None:
    found = match(*district()).shortage()
    assert found.lacking_g <= found.unmet_g
    assert all(one.wanted_g > one.offered_g for one in found.competitions)
    assert "440 kg cardboard packaging" in [call.text("en") for call in found.calls]
    assert "cardboard packaging" in str(found)
