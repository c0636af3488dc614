# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each rule at its limit, and all rules against a plain reading of the formats on random markets."""

import numpy as np
import pytest
from hypothesis import given, settings

from matching.market.columns import Needs, Offers
from matching.pairing import retrieve
from matching.pairing.retrieve import MarketTooLargeError, compatible_pairs
from matching.pairing.rules import broken_bits, component_bits, names_of
from matching.pairing.sides import prepare
from tests.matching.markets import NEED, OFFER, Record, markets, needs_of, offers_of
from tests.matching.plain_rules import OF_A_MIX, broken

AT_THE_LIMIT: list[tuple[Record, Record, set[str]]] = [
    ({}, {}, set()),
    ({"firm": "Tessitura"}, {}, {"own firm"}),
    ({"form": "REGEN_WOOL"}, {}, {"form"}),
    ({"composition": "WO:60;PA:30;AF:5;EA:5"}, {}, {"composition"}),
    ({"composition": "WO:65;PA:30;AF:5"}, {}, set()),
    ({"composition": "WO:59.99;PA:35;AF:5"}, {"composition": "WO:60-100"}, {"composition"}),
    ({"composition": "WO:100"}, {"composition": "*:0-5"}, {"composition"}),
    ({"regime": "PRODUCT"}, {"regimes": "BYPRODUCT"}, {"regime"}),
    ({"regime": "WASTE", "waste_code": "04 02 22"}, {"regimes": "WASTE"}, {"waste code"}),
    ({"regime": "WASTE", "waste_code": "04 02 22"}, {"regimes": "WASTE", "waste_codes": "04 02 21"}, {"waste code"}),
    ({"regime": "WASTE", "waste_code": "04 02 22"}, {"regimes": "WASTE", "waste_codes": "04 02 22"}, set()),
    ({"waste_code": "04 02 22"}, {}, set()),
    ({"certificates": ""}, {}, {"certificates"}),
    ({"certificates": "GRS;OEKOTEX"}, {}, set()),
    ({}, {"certificates": "GRS;OEKOTEX"}, {"certificates"}),
    ({"available_until": "2027-02-15"}, {}, set()),
    ({"available_until": "2027-02-14"}, {}, {"window"}),
    ({"available_from": "", "available_until": ""}, {}, set()),
    ({}, {"radius_km": "2.73"}, {"radius"}),
    ({}, {"radius_km": "2.75"}, set()),
    ({}, {"radius_km": "0", "lat": "43.88", "lon": "11.1"}, set()),
    ({"lat": "-43.88", "lon": "-168.9"}, {"radius_km": ""}, set()),
    ({"price_eur_kg": "1.5"}, {}, set()),
    ({"price_eur_kg": "1.501"}, {}, {"price"}),
    ({"price_eur_kg": ""}, {}, set()),
    ({}, {"price_eur_kg": ""}, set()),
    ({}, {"price_eur_kg": "-0.5"}, {"price"}),
    ({"lot_kg": "300"}, {"mass_kg": "300"}, set()),
    ({"lot_kg": "300"}, {"mass_kg": "299.999"}, {"lot of the offer"}),
    ({"divisible": "no"}, {"mass_kg": "299.999"}, {"lot of the offer"}),
    ({"divisible": "no"}, {"mass_kg": "300"}, set()),
    ({}, {"lot_kg": "300"}, set()),
    ({}, {"lot_kg": "300.001"}, {"lot of the need"}),
    ({"colour": ""}, {}, {"colour"}),
    ({"colour": "GREEN"}, {}, {"colour"}),
    ({"colour": "GREEN"}, {"delta_e": ""}, set()),
    ({"colour": "#ffffff"}, {"delta_e": ""}, set()),
    ({"colour": "#ffffff"}, {}, {"colour"}),
    ({}, {"delta_e": "0"}, set()),
    ({}, {"colour": "GREEN"}, {"colour"}),
    ({"length_mm": ""}, {}, {"length"}),
    ({"length_mm": "20"}, {}, set()),
    ({"length_mm": "19.999"}, {}, {"length"}),
    ({"length_mm": ""}, {"length_min_mm": ""}, set()),
    ({"micron": ""}, {}, {"micron"}),
    ({"micron": "20"}, {}, set()),
    ({"micron": "20.001"}, {}, {"micron"}),
    ({"form": "PALLETS", "composition": ""}, {"forms": "PALLETS"}, {"composition"}),
    ({"form": "PALLETS", "composition": ""}, {"forms": "PALLETS", "composition": ""}, set()),
    ({"firm": "Tessitura", "micron": "21", "price_eur_kg": "2"}, {}, {"own firm", "micron", "price"}),
]


@pytest.mark.parametrize(("offer", "need", "expected"), AT_THE_LIMIT)
def test_a_rule_breaks_beyond_its_limit_and_not_at_it(offer: Record, need: Record, expected: set[str]) -> None:
    bits = broken_bits(prepare(offers_of(offer), needs_of(need)), np.array([0]), np.array([0]))
    assert set(names_of(int(bits[0]))) == expected
    assert broken({**OFFER, **offer}, {**NEED, **need}) == expected


def _all_pairs(offers: Offers, needs: Needs) -> list[tuple[int, int]]:
    return [(o, n) for n in range(len(needs)) for o in range(len(offers))]


@settings(max_examples=150, deadline=None)
@given(markets())
def test_columns_say_what_a_plain_reading_of_the_formats_says(market: tuple[Offers, Needs]) -> None:
    offers, needs = market
    pairs = np.array(_all_pairs(offers, needs), dtype=np.int64).reshape(-1, 2)
    found = broken_bits(prepare(offers, needs), pairs[:, 0], pairs[:, 1])
    for (o, n), bits in zip(pairs.tolist(), found.tolist(), strict=True):
        assert set(names_of(bits)) == broken(offers.record(o), needs.record(n))


@settings(max_examples=100, deadline=None)
@given(markets())
def test_retrieval_keeps_exactly_the_pairs_without_a_broken_rule(market: tuple[Offers, Needs]) -> None:
    offers, needs = market
    expected = []
    for o, n in _all_pairs(offers, needs):
        faults = broken(offers.record(o), needs.record(n))
        if not (faults - OF_A_MIX if needs.blend[n] else faults):
            expected.append((o, n))
    pairs = compatible_pairs(prepare(offers, needs))
    assert list(zip(pairs.offer.tolist(), pairs.need.tolist(), strict=True)) == expected


@settings(max_examples=30, deadline=None)
@given(markets())
def test_component_rules_and_retrieval_agree(market: tuple[Offers, Needs]) -> None:
    sides = prepare(*market)
    pairs = np.array(_all_pairs(*market), dtype=np.int64).reshape(-1, 2)
    fitting = pairs[component_bits(sides, pairs[:, 0], pairs[:, 1]) == 0]
    found = compatible_pairs(sides)
    assert fitting.tolist() == np.stack([found.offer, found.need], axis=1).tolist()


def test_small_stripes_find_what_one_stripe_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    offers = offers_of(*({"id": f"O-{k:02d}", "micron": str(18 + k % 4)} for k in range(23)))
    needs = needs_of(*({"id": f"N-{k:02d}", "micron_max": str(18 + k % 3)} for k in range(17)))
    whole = compatible_pairs(prepare(offers, needs))
    monkeypatch.setattr(retrieve, "STRIPE", 10)
    striped = compatible_pairs(prepare(offers, needs))
    assert whole.offer.tolist() == striped.offer.tolist()
    assert whole.need.tolist() == striped.need.tolist()
    assert 0 < len(whole) < whole.examined == striped.examined


def test_a_market_with_too_many_pairs_is_refused_before_they_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = prepare(offers_of({}), needs_of({}))
    monkeypatch.setattr(retrieve, "EXAMINED_CAP", 0)
    with pytest.raises(MarketTooLargeError, match=r"CUT_WOVEN BYPRODUCT 1\. Split"):
        compatible_pairs(sides)


def test_a_market_with_too_many_compatible_pairs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = prepare(offers_of({}), needs_of({}))
    monkeypatch.setattr(retrieve, "COMPATIBLE_CAP", 0)
    with pytest.raises(MarketTooLargeError, match="compatible"):
        compatible_pairs(sides)


def test_more_than_64_different_certificates_are_told_apart() -> None:
    names = [f"C{k:03d}" for k in range(130)]
    offers = offers_of({"certificates": ";".join(names[:129])})
    needs = needs_of({"certificates": names[128]}, {"id": "N-2", "certificates": names[129]})
    bits = broken_bits(prepare(offers, needs), np.array([0, 0]), np.array([0, 1]))
    assert [names_of(int(found)) for found in bits] == [(), ("certificates",)]
