# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was planted in the sample district is what the rules find."""

from functools import cache

import numpy as np
import pytest

from matching.evidence.measure import broken_rules
from matching.pairing.retrieve import compatible_pairs
from matching.pairing.rules import broken_bits
from matching.pairing.sides import Sides, prepare
from tests.matching.markets import district

# need, offer, the one rule that is broken, what is measured, what would be allowed
NEAR_MISSES = [
    ("N-001", "O-137", "radius", "26.682 km", "≤ 24 km"),
    ("N-097", "O-131", "composition", "EA 3 %", "EA 0-2 %"),
    ("N-009", "O-019", "window", "2027-02-01/2027-03-14", "2027-03-15/2027-05-31"),
    ("N-096", "O-005", "waste code", "04 02 21", "04 02 22"),
    ("N-040", "O-062", "price", "3.45 EUR/kg", "≤ 3.4 EUR/kg"),
    ("N-021", "O-145", "lot of the offer", "300 kg", "≤ 280 kg"),
    ("N-022", "O-117", "lot of the need", "190 kg", "≥ 200 kg"),
    ("N-034", "O-141", "certificates", "GRS", "GRS; OEKOTEX"),
    ("N-056", "O-037", "colour", "ΔE00 2.248", "ΔE00 ≤ 2"),
    ("N-030", "O-041", "length", "17 mm", "≥ 18 mm"),
    ("N-098", "O-132", "micron", "19.8 µm", "≤ 19.5 µm"),
    ("N-077", "O-125", "regime", "EOW", "PRODUCT; BYPRODUCT"),
    ("N-042", "O-009", "form", "HEADERS", "SELVEDGE; CUT_WOVEN"),
    ("N-018", "O-070", "own firm", "F-52", "another firm"),
    ("N-116", "O-088", "lot of the offer", "520 kg indivisible", "≤ 500 kg"),
    ("N-076", "O-028", "price", "-0.15 EUR/kg", "≤ -0.18 EUR/kg"),
]


@cache
def sides() -> Sides:
    return prepare(*district())


@cache
def passing() -> frozenset[tuple[str, str]]:
    offers, needs = district()
    o, n = (ends.ravel() for ends in np.meshgrid(np.arange(len(offers)), np.arange(len(needs))))
    good = broken_bits(sides(), o, n) == 0
    return frozenset((offers.ids[i], needs.ids[j]) for i, j in zip(o[good], n[good], strict=True))


def test_176_pairs_pass_every_rule_and_join_75_offers_with_74_needs() -> None:
    assert len(passing()) == 176
    assert len({offer for offer, _ in passing()}) == 75
    assert len({need for _, need in passing()}) == 74


@pytest.mark.parametrize(("need", "offer", "rule", "measured", "allowed"), NEAR_MISSES)
def test_a_near_miss_breaks_exactly_the_planted_rule(
    need: str, offer: str, rule: str, measured: str, allowed: str
) -> None:
    offers, needs = district()
    broken = broken_rules(sides(), offers.ids.index(offer), needs.ids.index(need))
    assert [(fault.name, fault.measured, fault.allowed) for fault in broken] == [(rule, measured, allowed)]


def test_the_near_miss_of_a_least_total_passes_every_rule_of_pairs() -> None:
    assert ("O-114", "N-049") in passing()


def test_waste_reaches_only_those_who_may_receive_it() -> None:
    assert ("O-110", "N-002") in passing()
    assert ("O-110", "N-059") not in passing()
    assert ("O-116", "N-036") in passing()


def test_greasy_wool_goes_to_the_approved_plant_and_not_to_mulch() -> None:
    assert ("O-032", "N-026") in passing()
    assert ("O-032", "N-092") not in passing()


def test_a_gate_fee_keeps_a_byproduct_away() -> None:
    offers, needs = district()
    broken = broken_rules(sides(), offers.ids.index("O-147"), needs.ids.index("N-069"))
    assert [fault.name for fault in broken] == ["price"]


def test_retrieval_finds_the_same_pairs_and_components_of_recipes_besides() -> None:
    offers, needs = district()
    pairs = compatible_pairs(sides())
    found = {(offers.ids[i], needs.ids[j]) for i, j in zip(pairs.offer.tolist(), pairs.need.tolist(), strict=True)}
    recipes = {need for need, blend in zip(needs.ids, needs.blend, strict=True) if blend}
    assert {pair for pair in found if pair[1] not in recipes} == {pair for pair in passing() if pair[1] not in recipes}
    assert {("O-044", "N-060"), ("O-149", "N-060"), ("O-007", "N-060")} <= found
    assert pairs.examined < len(offers) * len(needs) / 10
