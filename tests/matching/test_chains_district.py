# SPDX-License-Identifier: AGPL-3.0-or-later
"""Chains through processors: the planted ones are found, solved, explained and checked; whole grams add up."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from matching import Policy, Processors, Run, match
from matching.__main__ import main
from matching.evidence.claims import Result
from matching.evidence.verify import verify
from matching.evidence.whynot import WhyNot
from tests.matching.markets import DISTRICT, Record, district, needs_of, offers_of

PLANTED = [  # need, offer, processors, thousandths of a euro per kg delivered
    ("N-073", "O-006", "P-01", 882),
    ("N-087", "O-095", "P-02", 1687),
    ("N-031", "O-080", "P-03", 1059),
    ("N-118", "O-031", "P-07", 37_500),
    ("N-028", "O-111", "P-08", 7944),
    ("N-045", "O-001", "P-04", 2273),
    ("N-110", "O-127", "P-10", 560),
    ("N-121", "O-161", "P-01;P-04", 1839),
    ("N-091", "O-042", "P-04", 1080),
    ("N-091", "O-042", "P-10;P-04", 1667),
    ("N-073", "O-145", "P-01", 1290),
    ("N-073", "O-009", "P-01", 950),
    ("N-045", "O-001", "P-02", 2229),
]
PLANT: Record = {
    "id": "P-1",
    "firm": "Stracciatore",
    "process": "PULL_DRY",
    "input_forms": "CUT_WOVEN",
    "output_form": "REGEN_WOOL",
    "yield": "0.8",
    "capacity_kg": "1000",
    "cost_eur_kg": "0.1",
    "regimes": "BYPRODUCT;PRODUCT",
    "waste_codes": "",
    "lat": "43.89",
    "lon": "11.11",
    "min_batch_kg": "",
    "removes": "",
    "eow": "",
    "certificates": "GRS",
}
PULLED: Record = {
    "forms": "REGEN_WOOL",
    "regimes": "PRODUCT",
    "length_min_mm": "",
    "micron_max": "",
    "price_eur_kg": "9",
}


def plants_of(*changes: Record) -> Processors:
    return Processors.from_records([{**PLANT, **change} for change in changes])


@cache
def run() -> Run:
    return match(*district(), processors=Processors.read_csv(DISTRICT / "processors.csv"), seconds=120)


@pytest.mark.parametrize(("need", "offer", "through", "cost_milli"), PLANTED)
def test_a_planted_chain_is_possible_at_its_cost(need: str, offer: str, through: str, cost_milli: int) -> None:
    explanation = run().explain(offer, need)
    (chain,) = (way for way in explanation.chains if ";".join(way.processor_ids) == through)
    assert explanation.broken
    assert chain.score_micro > 0
    (price,) = (term for term in chain.terms if term.name == "price")
    assert abs(round(float(price.offer.removesuffix(" EUR/kg")) * 1000) - cost_milli) <= 1


def test_every_need_that_only_a_chain_can_fill_is_served() -> None:
    chained = {proposal.need_id for proposal in run().proposals if proposal.processor_ids}
    assert {need for need, *_ in PLANTED} <= chained
    assert run().summary["gap"] < 5e-3
    assert run().summary["compatible_chains"] > 100


def test_two_steps_deliver_what_both_yields_leave() -> None:
    (chain,) = (proposal for proposal in run().proposals if proposal.need_id == "N-121")
    assert chain.processor_ids == ("P-01", "P-04")
    assert chain.mass_g == 700_000
    assert chain.delivered_g == 700_000 * 737_000 * 880_000 // 10**12 == 453_992
    assert [term.offer for term in chain.reasons if term.name == "composition"] == ["WO:100"]


def test_waste_leaves_a_recovery_plant_as_end_of_waste() -> None:
    needs = district()[1]
    assert "WASTE" not in needs.record(needs.ids.index("N-091"))["regimes"]
    assert any(proposal.offer_id == "O-042" and proposal.need_id == "N-091" for proposal in run().proposals)


def test_why_not_names_the_way_that_comes_closest() -> None:
    answer = run().why_not(offer="O-145", need="N-073")
    assert isinstance(answer, WhyNot)
    assert answer.processor_ids == ("P-01",)
    assert "O-145 → P-01 → N-073" in str(answer)


def pulled(offer: Record, need: Record, *plants: Record) -> Run:
    run = match(offers_of(offer), needs_of({**PULLED, **need}), processors=plants_of(*(plants or ({},))))
    assert verify(run.as_result()) == ()
    return run


def masses(run: Run) -> list[tuple[int, int]]:
    return [(proposal.mass_g, proposal.delivered_g) for proposal in run.proposals]


def test_grams_are_rounded_down_on_arrival() -> None:
    assert masses(pulled({"mass_kg": "0.007"}, {}, {"yield": "0.333333"})) == [(7, 2)]
    assert masses(pulled({"mass_kg": "0.007"}, {"mass_kg": "0.001"}, {"yield": "0.333333"})) == [(4, 1)]


@pytest.mark.parametrize(
    ("offer", "need", "plant", "expected"),
    [
        ({}, {}, {"capacity_kg": "100"}, [(100_000, 80_000)]),
        ({}, {}, {"min_batch_kg": "301"}, []),
        ({}, {}, {"min_batch_kg": "300"}, [(300_000, 240_000)]),
        ({}, {"mass_kg": "100", "lot_kg": "100"}, {}, [(125_000, 100_000)]),
        ({}, {"mass_kg": "100"}, {"min_batch_kg": "126"}, []),
        ({"divisible": "no"}, {"mass_kg": "240"}, {}, [(300_000, 240_000)]),
        ({"divisible": "no"}, {"mass_kg": "239"}, {}, []),
        ({"lot_kg": "200"}, {"mass_kg": "100"}, {}, []),
        ({}, {"min_fill_kg": "241"}, {}, []),
        ({"price_eur_kg": "7.1"}, {}, {}, [(300_000, 240_000)]),
        ({"price_eur_kg": "7.101"}, {}, {}, []),
        ({"price_eur_kg": ""}, {"price_eur_kg": "0.01"}, {}, [(300_000, 240_000)]),
        ({"certificates": "GRS;RWS"}, {"certificates": "RWS"}, {}, []),
        ({}, {"length_min_mm": "1"}, {}, []),
        ({"firm": "Stracciatore"}, {}, {}, [(300_000, 240_000)]),
        ({"firm": "Tessitura"}, {}, {}, []),
        ({}, {"radius_km": "0.5"}, {"lat": "43.9", "lon": "11.12"}, [(300_000, 240_000)]),
        ({}, {"composition": "WO:100-100"}, {"removes": "PA"}, [(300_000, 240_000)]),
        ({}, {"composition": ""}, {"removes": "PA;WO"}, []),
        ({"regime": "WASTE", "waste_code": "04 02 22"}, {"regimes": "EOW"}, {"regimes": "WASTE", "eow": "yes"}, []),
        (
            {"regime": "WASTE", "waste_code": "04 02 22"},
            {"regimes": "EOW"},
            {"regimes": "WASTE", "eow": "yes", "waste_codes": "04 02 22"},
            [(300_000, 240_000)],
        ),
        (
            {"regime": "WASTE", "waste_code": "04 02 22"},
            {"regimes": "EOW;PRODUCT"},
            {"regimes": "WASTE", "waste_codes": "04 02 22"},
            [],
        ),
    ],
)
def test_limits_and_rules_of_a_chain(
    offer: Record, need: Record, plant: Record, expected: list[tuple[int, int]]
) -> None:
    assert masses(pulled(offer, need, plant)) == expected


def test_a_processor_s_capacity_is_shared_by_value() -> None:
    offers = offers_of({"id": "O-1"}, {"id": "O-2", "composition": "WO:62;PA:30;EA:8"})
    found = match(
        offers, needs_of({**PULLED, "composition": "WO:60-100"}), processors=plants_of({"capacity_kg": "400"})
    )
    assert [(row.offer_id, row.mass_g) for row in found.proposals] == [("O-1", 300_000), ("O-2", 100_000)]


def test_chains_and_direct_pairs_compete_for_the_same_grams() -> None:
    needs = needs_of({"id": "N-1", "mass_kg": "300"}, {"id": "N-2", **PULLED})
    found = match(offers_of({}), needs, processors=plants_of({}))
    assert [(row.need_id, row.processor_ids) for row in found.proposals] == [("N-1", ())]


def test_forbidden_pairs_are_forbidden_by_any_way() -> None:
    policy = Policy(forbids=(("O-1", "N-1"),))
    found = match(offers_of({}), needs_of(PULLED), processors=plants_of({}), policy=policy)
    assert found.proposals == ()


def test_the_command_line_solves_verifies_and_explains_chains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(DISTRICT / name) for name in ("offers.csv", "needs.csv")]
    plants = ["--processors", str(DISTRICT / "processors.csv")]
    assert main(["solve", *files, *plants, "--out", str(tmp_path / "run"), "--pairs", "--lang", "en"]) == 0
    assert (tmp_path / "run/inputs/processors.csv").read_bytes() == (DISTRICT / "processors.csv").read_bytes()
    assert main(["verify", str(tmp_path / "run"), "--lang", "en"]) == 0
    capsys.readouterr()
    assert main(["explain", str(tmp_path / "run"), "O-161", "N-121", "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "O-161 → N-121: not possible" in said
    assert "O-161 → P-01 → P-04 → N-121: 453.992 kg proposed" in said


def tampered(change: Callable[[dict[str, str]], object], plants: Record | None = None) -> set[str]:
    found = match(offers_of({}), needs_of(PULLED), processors=plants_of({})).as_result()
    rows = [dict(row) for row in found.proposal_rows]
    change(rows[0])
    spoilt: Result = replace(found, proposal_rows=rows, processors=plants_of(plants or {}))
    return {fault.kind for fault in verify(spoilt)}


@pytest.mark.parametrize(
    ("change", "plants", "kind"),
    [
        ({"processor_ids": ""}, {}, "rule"),
        ({"processor_ids": "P-9"}, {}, "malformed"),
        ({"processor_ids": "P-1;P-1"}, {}, "rule"),
        ({"processor_ids": "P-1;P-1;P-1"}, {}, "malformed"),
        ({"delivered_kg": "240.001"}, {}, "mass"),
        ({"delivered_kg": "239.999"}, {}, "mass"),
        ({"mass_kg": "300.002"}, {}, "mass"),
        ({}, {"capacity_kg": "299"}, "capacity"),
        ({}, {"min_batch_kg": "301"}, "batch"),
        ({}, {"yield": "0.79"}, "mass"),
        ({}, {"regimes": "WASTE"}, "rule"),
        ({}, {"input_forms": "CUT_KNIT"}, "rule"),
        ({}, {"cost_eur_kg": "8"}, "rule"),
        ({}, {"lat": "45"}, "rule"),
    ],
)
def test_a_spoilt_chain_is_caught(change: Record, plants: Record, kind: str) -> None:
    assert kind in tampered(lambda row: row.update(change), plants)
