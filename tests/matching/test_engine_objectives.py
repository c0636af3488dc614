# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each objective is worth what a hand calculation says, is solved to its optimum, and is checked without a solver."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Avoided, Fit, Mass, Needs, Offers, Policy, Processors, Surplus, match
from matching.allocation.objectives import Objective, rounded_product
from matching.evidence.verify import verify
from matching.market.vocabulary import AVOIDED, FACTS, FIBRE_CODES
from matching.pairing.distance import distance_km
from tests.matching.markets import DISTRICT, Record, district, markets, needs_of, offers_of, simple
from tests.matching.test_chains_district import PLANT, PULLED, plants_of
from tests.matching.transports import optimum, transport_of

OBJECTIVES: list[Objective] = [Fit(), Mass(), Surplus(), Avoided(replacement_rate=1)]


def worth(policy: Policy, offer: Record, need: Record, plants: Processors | None = None) -> Decimal:
    """What a kilogram of one offer is worth to one need, as `pairs.csv` says it."""
    (row,) = match(offers_of(offer), needs_of(need), processors=plants, policy=policy).pair_rows()
    return Decimal(row["value"])


def one(objective: Objective) -> Policy:
    return Policy(objective=(objective,))


def metres(here: tuple[float, float], there: tuple[float, float]) -> int:
    return int(np.ceil(distance_km(*(np.array(part) for part in (*here, *there))) * 1000))


def micro(figure: Fraction | Decimal) -> Decimal:
    exact = Decimal(figure.numerator) / Decimal(figure.denominator) if isinstance(figure, Fraction) else figure
    return exact.quantize(Decimal("0.000001"), ROUND_HALF_UP)


WAY = metres((43.88, 11.1), (43.9, 11.12))


def test_surplus_is_price_room_and_disposal_less_transport() -> None:
    expected = Decimal("1.5") - Decimal("1.2") + Decimal("0.27") - micro(WAY * Decimal("0.20") / 10**6)
    assert worth(one(Surplus()), {}, {}) == expected


@pytest.mark.parametrize(
    ("offer", "need", "room", "saved"),
    [
        ({"price_eur_kg": ""}, {}, "0", "0.27"),
        ({}, {"price_eur_kg": ""}, "0", "0.27"),
        ({"price_eur_kg": ""}, {"price_eur_kg": ""}, "0", "0.27"),
        ({"regime": "PRODUCT"}, {}, "0.3", "0"),
        ({"regime": "WASTE", "waste_code": "04 02 21", "price_eur_kg": "-0.2"}, {}, "1.7", "0.07"),
        ({"regime": "WASTE", "waste_code": "04 02 21", "price_eur_kg": "-0.3"}, {}, "1.8", "0"),
    ],
)
def test_open_prices_and_what_a_firm_pays_itself_count_once(offer: Record, need: Record, room: str, saved: str) -> None:
    needed = {"regimes": "BYPRODUCT;PRODUCT;WASTE", "waste_codes": "04 02 21", **need}
    found = worth(one(Surplus(transport_eur_tkm=0)), offer, needed)
    assert found == Decimal(room) + Decimal(saved)


def test_a_chain_pays_for_processing_and_for_carrying_what_is_lost() -> None:
    plants = plants_of({})
    there, onward = metres((43.88, 11.1), (43.89, 11.11)), metres((43.89, 11.11), (43.9, 11.12))
    carried = int(np.ceil(there / 0.8)) + onward
    cost = (Decimal("1.2") + Decimal("0.1")) / Decimal("0.8")
    surplus = Decimal(9) - cost + Decimal("0.27") - micro(carried * Decimal("0.20") / 10**6)
    assert worth(one(Surplus()), {}, PULLED, plants) == surplus
    open_price = worth(one(Surplus(disposal_eur_kg=0, transport_eur_tkm=0)), {"price_eur_kg": ""}, PULLED, plants)
    assert open_price == -Decimal("0.1") / Decimal("0.8")


def test_a_chain_of_two_carries_less_after_each_step() -> None:
    cut = {**PLANT, "id": "P-2", "input_forms": "REGEN_WOOL", "output_form": "NOIL", "yield": "0.5", "lat": "43.95"}
    way = worth(one(Mass()), {}, {**PULLED, "forms": "NOIL", "radius_km": ""}, Processors.from_records([PLANT, cut]))
    assert way == 1
    plants = Processors.from_records([PLANT, {**cut, "cost_eur_kg": "0"}])
    stretches = (
        metres((43.88, 11.1), (43.89, 11.11)) / 0.4
        + metres((43.89, 11.11), (43.95, 11.11)) / 0.5
        + metres((43.95, 11.11), (43.9, 11.12))
    )
    need = {**PULLED, "forms": "NOIL", "radius_km": ""}
    found = worth(one(Surplus(disposal_eur_kg=0, transport_eur_tkm=1)), {"price_eur_kg": ""}, need, plants)
    cost = -(-1000 * Fraction("0.1") / Fraction("0.4") // 1) / 1000
    assert found == pytest.approx(Decimal(-float(cost)) - Decimal(stretches) / 10**6, abs=Decimal("0.000002"))


def test_avoided_counts_fibres_at_their_rate_less_the_way() -> None:
    fibres = Decimal("0.7") * AVOIDED["WO"].value + Decimal("0.3") * AVOIDED["PA"].value
    way = micro(WAY * FACTS["transport.co2e"].value / 10**6)
    assert worth(one(Avoided()), {}, {}) == fibres * FACTS["replacement"].value - way
    stated = Avoided(replacement_rate=1, transport_kg_tkm=0, factors={"WO": 10, "PA": 0})
    assert worth(one(stated), {}, {}) == 7


def test_fibres_without_a_figure_avoid_nothing_and_ship_nothing() -> None:
    offers, needs = offers_of({"composition": "LI:100"}), needs_of({"composition": ""})
    run = match(offers, needs, policy=one(Avoided()))
    assert run.proposals == ()
    assert run.summary["unmatched"] == {"excluded by the policy": 800}


def test_a_weighted_sum_adds_up_and_says_so() -> None:
    policy = Policy(objective=(Fit(weight=2), Surplus(weight=Decimal("0.5"))))
    fit, surplus = worth(one(Fit()), {}, {}), worth(one(Surplus()), {}, {})
    assert abs(worth(policy, {}, {}) - (2 * fit + surplus / 2)) <= Decimal("0.000001")
    assert match(offers_of({}), needs_of({}), policy=policy).summary["unit"] == "weighted"


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda objective: objective.kind)
@settings(max_examples=25, deadline=None)
@given(market=markets(lots=False))
def test_every_objective_is_solved_to_its_optimum(objective: Objective, market: tuple[Offers, Needs]) -> None:
    offers, needs = simple(*market)
    run = match(offers, needs, policy=one(objective))
    pairs = {(row["offer_id"], row["need_id"]): int(Decimal(row["value"]) * 10**6) for row in run.pair_rows()}
    places = {(offers.ids.index(o), needs.ids.index(n)): value for (o, n), value in pairs.items() if value > 0}
    problem = transport_of(offers.mass_g.tolist(), needs.mass_g.tolist(), places)
    assert run.summary["value"] == pytest.approx(optimum(problem) / 10**9, rel=1e-9)
    assert run.summary["status"] == "optimal"
    assert run.summary["unit"] == objective.unit
    assert verify(run.as_result()) == ()


@pytest.mark.parametrize("objective", OBJECTIVES[2:], ids=lambda objective: objective.kind)
def test_the_district_gets_more_of_what_is_asked_for(objective: Objective) -> None:
    market = simple(*district())
    asked, fit = (match(*market, policy=one(kind)) for kind in (objective, Fit()))
    worths = {(row["offer_id"], row["need_id"]): Decimal(row["value"]) for row in asked.pair_rows()}
    by_fit = sum(worths[p.offer_id, p.need_id] * p.delivered_g for p in fit.proposals) / 1000
    assert Decimal(str(asked.summary["value"])) > by_fit
    assert verify(asked.as_result()) == ()


def test_chains_and_recipes_are_checked_under_another_objective() -> None:
    plants = Processors.read_csv(DISTRICT / "processors.csv")
    run = match(*district(), processors=plants, policy=one(Surplus()), seconds=1)
    assert any(proposal.processor_ids for proposal in run.proposals)
    assert run.summary["unit"] == "EUR"
    assert verify(run.as_result()) == ()


def test_a_claim_in_another_unit_is_a_fault() -> None:
    run = match(offers_of({}), needs_of({}), policy=one(Surplus()))
    result = run.as_result()
    faults = verify(replace(result, policy=one(Mass())))
    assert {"value", "figure"} <= {fault.kind for fault in faults}


def test_a_pin_may_cost_more_than_it_brings_and_the_proof_holds() -> None:
    policy = Policy(objective=(Surplus(transport_eur_tkm=10**6),), pins=(("O-1", "N-1"),))
    run = match(offers_of({}), needs_of({}), policy=policy)
    assert run.summary["value"] < 0
    assert run.summary["gap"] == 0
    assert verify(run.as_result()) == ()


def test_each_objective_tells_its_figures_and_how_sure_they_are() -> None:
    assert "0.27 EUR/kg (medium" in Surplus().describe()
    assert "0.20 EUR/tkm (from memory" in Surplus().describe()
    assert "0.5 EUR/kg (stated by the policy)" in Surplus(disposal_eur_kg=Decimal("0.5")).describe()
    assert "WO 8.5" in Avoided().describe()
    assert {objective.kind for objective in OBJECTIVES} == {"fit", "mass", "surplus", "avoided"}


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**12))
def test_products_are_exact_and_rounded_half_up(amount: int, factor: int) -> None:
    found = int(rounded_product(np.array([amount]), factor)[0])
    assert found == (2 * amount * factor + 10**6) // (2 * 10**6)


def test_the_figures_have_sources_and_lie_within_their_ranges() -> None:
    for fact in FACTS.values():
        assert fact.low <= fact.value <= fact.high
        assert fact.source
        assert fact.confidence in {"high", "medium", "low", "from memory"}
        assert (fact.source == "no source found") == (fact.confidence == "from memory")
    assert set(AVOIDED) <= set(FIBRE_CODES)
