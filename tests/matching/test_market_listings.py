# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offers, needs and processors from Python values: what is taken, what is refused, what the columns hold."""

import pickle
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from matching.market.columns import DAY_MAX, DAY_MIN, Needs, Offers, Processors
from matching.market.errors import BadInput
from matching.market.vocabulary import FIBRE_NUMBER, FORM_NUMBER, REGIME_NUMBER, USES, WASTE_NUMBER

OFFER: dict[str, object] = {
    "id": "O-1",
    "firm": "F-1",
    "form": "SELVEDGE",
    "mass_kg": "320",
    "composition": "WO:85;PA:15",
    "regime": "BYPRODUCT",
    "origin": "pre",
    "lat": "43.9",
    "lon": "11.0",
}
NEED: dict[str, object] = {
    "id": "N-1",
    "firm": "F-2",
    "forms": "SELVEDGE;HEADERS",
    "mass_kg": "500",
    "regimes": "BYPRODUCT;PRODUCT",
    "lat": "43.8",
    "lon": "11.1",
}
PROCESSOR: dict[str, object] = {
    "id": "P-1",
    "firm": "F-3",
    "process": "PULL_DRY",
    "input_forms": "CUT_KNIT;CUT_WOVEN",
    "output_form": "REGEN_WOOL",
    "yield": "0.83",
    "capacity_kg": "18000",
    "cost_eur_kg": "0.45",
    "regimes": "BYPRODUCT;WASTE",
    "lat": "43.9",
    "lon": "11.0",
}


def offer(**changes: object) -> Offers:
    return Offers.from_records([{**OFFER, **changes}])


def need(**changes: object) -> Needs:
    return Needs.from_records([{**NEED, **changes}])


def answer(make: type[Offers | Needs | Processors], row: Mapping[str, object], **changes: object) -> list[str]:
    try:
        make.from_records([{**row, **changes}])
    except BadInput as refusal:
        return refusal.text("en").splitlines()
    return []


def test_an_offer_becomes_integers_in_small_units() -> None:
    offers = offer(mass_kg="1250.5", lot_kg="0.001", price_eur_kg="-0.25", regime="PRODUCT", length_mm="18.25")
    assert offers.mass_g.tolist() == [1_250_500]
    assert offers.lot_g.tolist() == [1]
    assert (offers.price_milli.tolist(), offers.priced.tolist()) == ([-250], [True])
    assert offers.length_um.tolist() == [18_250]
    assert offers.form.tolist() == [FORM_NUMBER["SELVEDGE"]]
    assert offers.composition_fibre.tolist() == [FIBRE_NUMBER["WO"], FIBRE_NUMBER["PA"]]
    assert offers.composition_pct.tolist() == [8500, 1500]


def test_what_an_offer_does_not_state_has_its_mark() -> None:
    offers = offer()
    assert offers.firm_sizes.tolist() == [-1]
    assert offers.lot_g.tolist() == [0]
    assert offers.divisible.tolist() == [True]
    assert np.isnan(offers.lab).all()
    assert not offers.colour_measured.any()
    assert not offers.priced.any()
    assert (offers.waste_code.tolist(), offers.length_um.tolist(), offers.micron_milli.tolist()) == ([-1], [-1], [-1])
    assert (offers.from_day.tolist(), offers.until_day.tolist()) == ([DAY_MIN], [DAY_MAX])
    assert offers.certificates == (frozenset(),)
    assert offers.description == ("",)


def test_a_need_becomes_bit_sets_and_bounds() -> None:
    needs = need(
        composition="WO:60-100;*:0-5",
        waste_codes="04 02 21;04 02 22",
        radius_km="15.25",
        delta_e="2.5",
        colour="#1b2a41",
    )
    assert needs.forms.tolist() == [1 << FORM_NUMBER["SELVEDGE"] | 1 << FORM_NUMBER["HEADERS"]]
    assert needs.regimes.tolist() == [1 << REGIME_NUMBER["BYPRODUCT"] | 1 << REGIME_NUMBER["PRODUCT"]]
    assert needs.bound_fibre.tolist() == [FIBRE_NUMBER["WO"], -1]
    assert (needs.bound_low.tolist(), needs.bound_high.tolist()) == ([6000, 0], [10_000, 500])
    assert needs.waste_codes == (frozenset({WASTE_NUMBER["04 02 21"], WASTE_NUMBER["04 02 22"]}),)
    assert needs.radius_m.tolist() == [15_250]
    assert needs.delta_e_milli.tolist() == [2500]


def test_what_a_need_does_not_state_has_its_mark() -> None:
    needs = need()
    assert needs.use.tolist() == [USES.index("recycle")]
    assert needs.bound_start.tolist() == [0, 0]
    assert (needs.delta_e_milli.tolist(), needs.radius_m.tolist()) == ([-1], [-1])
    assert (needs.max_suppliers.tolist(), needs.min_fill_g.tolist()) == ([0], [0])
    assert not needs.blend.any()
    assert needs.waste_codes == (frozenset(),)


def test_python_values_are_taken_as_a_file_would_hold_them() -> None:
    offers = offer(
        mass_kg=Decimal("320.5"),
        lot_kg=40,
        divisible=False,
        certificates=["GRS", "OEKOTEX"],
        available_from=date(2027, 2, 1),
        lat=43.9,
        price_eur_kg=np.float64(0.2),
        description=None,
    )
    assert offers.mass_g.tolist() == [320_500]
    assert offers.record(0)["divisible"] == "no"
    assert offers.certificates == (frozenset({"GRS", "OEKOTEX"}),)
    assert offers.price_milli.tolist() == [200]
    assert offers.from_day.tolist() == [(date(2027, 2, 1) - date(1970, 1, 1)).days]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), datetime(2027, 1, 1, tzinfo=UTC), object()]
)
def test_python_values_that_are_no_number_are_refused(value: object) -> None:
    assert "is not a number" in answer(Offers, OFFER, mass_kg=value)[0]


def test_columns_and_records_make_the_same_offers() -> None:
    records = [{**OFFER, "id": name} for name in ("O-1", "O-2")]
    columns = {key: [row[key] for row in records] for key in OFFER}
    assert Offers.from_columns(columns).ids == Offers.from_records(records).ids == ("O-1", "O-2")


def test_uneven_columns_are_refused() -> None:
    with pytest.raises(BadInput, match="offers line 1, firm: 1 values, expected 2"):
        Offers.from_columns({**{key: [value] * 2 for key, value in OFFER.items()}, "firm": ["F-1"]})


def test_an_unknown_key_of_a_record_is_named() -> None:
    assert answer(Offers, OFFER, colore="x") == ["offers line 1, colore: unknown column; did you mean colour?"]


def test_no_records_are_an_empty_market() -> None:
    assert len(Offers.from_records([])) == len(Needs.from_records([])) == len(Processors.from_records([])) == 0


def test_every_empty_required_cell_is_told() -> None:
    lines = answer(Needs, {})
    assert [line.split(":")[0].removeprefix("needs line 2, ") for line in lines] == sorted(NEED, key=list(NEED).index)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lot_kg": "320.5"}, "lot_kg: 320.5 is more than the mass, 320"),
        ({"lot_kg": "-1"}, "lot_kg: -1 is less than 0"),
        ({"composition": ""}, "composition: a composition is required for SELVEDGE"),
        ({"divisible": "si"}, "divisible: si is not one of no, yes"),
        ({"firm_size": "tiny"}, "firm_size: tiny is not one of micro, small, medium, large"),
        ({"origin": "mixed"}, "origin: mixed is not one of pre, post"),
        ({"regime": "WASTE"}, "waste_code: a waste code is required for WASTE"),
        ({"waste_code": "15 02 02*"}, "waste_code: 15 02 02 is hazardous and can't be listed"),
        ({"waste_code": "99 99 99"}, "waste_code: 99 99 99 is not a known waste code"),
        ({"origin": "post"}, "regime: post-consumer material can't be BYPRODUCT"),
        ({"price_eur_kg": "-0.001"}, "price_eur_kg: a by-product can't pay to be taken"),
        ({"certificates": "GRS;GRS"}, "certificates: GRS is listed twice"),
        ({"certificates": "GRS;"}, "certificates:  is not the code of a certificate"),
        ({"available_from": "01/02/2027"}, "available_from: 01/02/2027 is not a date like 2027-02-01"),
        ({"available_from": "2027-02-30"}, "available_from: 2027-02-30 is not a day of the calendar"),
        (
            {"available_from": "2027-03-02", "available_until": "2027-03-01"},
            "available_until: 2027-03-01 is before available_from 2027-03-02",
        ),
        ({"lon": "181"}, "lon: 181 is not between -180 and 180"),
        ({"micron": "0"}, "micron: 0 is not greater than 0"),
        ({"mass_kg": "1000000000.001"}, "mass_kg: 1000000000.001 is too large"),
    ],
)
def test_what_an_offer_may_not_say(changes: dict[str, object], words: str) -> None:
    assert answer(Offers, OFFER, **changes) == [f"offers line 2, {words}"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"delta_e": "2"}, "delta_e: a colour tolerance needs a colour"),
        ({"lot_kg": "501"}, "lot_kg: 501 is more than the mass, 500"),
        ({"min_fill_kg": "501"}, "min_fill_kg: 501 is more than the mass, 500"),
        ({"max_suppliers": "0"}, "max_suppliers: 0 is not a whole number from 1 up"),
        ({"max_suppliers": "2.5"}, "max_suppliers: 2.5 is not a whole number from 1 up"),
        ({"use": "burn"}, "use: burn is not one of reuse, recycle, recover"),
        ({"forms": "SELVEDGE;CUT"}, "forms: CUT is not a known form"),
        ({"regimes": "SERVICE"}, "regimes: SERVICE is not a known regime"),
        ({"radius_km": "12.0005"}, "radius_km: 12.0005 has more than 3 decimals"),
        ({"radius_km": "-1"}, "radius_km: -1 is less than 0"),
        ({"waste_codes": "04.02.22"}, "waste_codes: 04.02.22 is not a known waste code; did you mean 04 02 22?"),
        (
            {"needed_from": "2027-05-31", "needed_until": "2027-02-15"},
            "needed_until: 2027-02-15 is before needed_from 2027-05-31",
        ),
    ],
)
def test_what_a_need_may_not_say(changes: dict[str, object], words: str) -> None:
    assert answer(Needs, NEED, **changes) == [f"needs line 2, {words}"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"yield": "0"}, "yield: 0 is not greater than 0 and at most 1"),
        ({"yield": "1.01"}, "yield: 1.01 is not greater than 0 and at most 1"),
        ({"process": "PULL"}, "process: PULL is not a known process"),
        ({"removes": "WO;PES"}, "removes: PES is not a known fibre; did you mean PL?"),
        ({"min_batch_kg": "20000"}, "min_batch_kg: 20000 is more than the capacity, 18000"),
        ({"id": "P;1"}, 'id: P;1 has a ";", which stands between the processors of a chain'),
        ({"eow": "maybe"}, "eow: maybe is not one of no, yes"),
    ],
)
def test_what_a_processor_may_not_say(changes: dict[str, object], words: str) -> None:
    assert answer(Processors, PROCESSOR, **changes) == [f"processors line 2, {words}"]


def test_a_processor_becomes_columns() -> None:
    processors = Processors.from_records([{**PROCESSOR, "removes": "CO;VI", "eow": "yes"}])
    assert processors.yield_ppm.tolist() == [830_000]
    assert processors.capacity_g.tolist() == [18_000_000]
    assert processors.removes == (frozenset({FIBRE_NUMBER["CO"], FIBRE_NUMBER["VI"]}),)
    assert processors.eow.tolist() == [True]


def test_a_shade_with_a_tolerance_is_a_colour_stated() -> None:
    assert answer(Needs, NEED, colour="MULTICOLOUR", delta_e="2") == []


def test_goods_that_are_no_textiles_need_no_composition() -> None:
    assert answer(Offers, OFFER, form="PALLETS", composition="") == []


def test_a_permit_may_name_hazardous_codes_though_they_are_never_matched() -> None:
    assert answer(Needs, NEED, waste_codes="04 02 22;04 02 19") == []


@pytest.mark.parametrize("make", [Offers, Needs, Processors])
def test_every_column_is_described_in_the_reference_of_formats(make: type[Offers | Needs | Processors]) -> None:
    reference = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    assert [column for column in make.kind.layout.known if f"`{column}`" not in reference] == []


def test_columns_are_read_only() -> None:
    offers = offer()
    with pytest.raises(ValueError, match="read-only"):
        offers.mass_g[0] = 1


def test_rows_are_taken_in_the_order_asked_for() -> None:
    compositions = ["WO:100", "WO:50;PA:30;CO:20", "WO:50;PA:50"]
    records = [{**OFFER, "id": f"O-{n}", "composition": text} for n, text in enumerate(compositions)]
    taken = Offers.from_records(records).take(np.array([2, 1]))
    assert taken.ids == ("O-2", "O-1")
    assert taken.composition_start.tolist() == [0, 2, 5]
    assert taken.composition_pct.tolist() == [5000, 5000, 5000, 3000, 2000]
    assert taken.record(1)["composition"] == compositions[1]
    assert taken.take([1]).record(0)["id"] == "O-1"


def test_columns_travel_between_processes() -> None:
    offers = offer()
    again = pickle.loads(pickle.dumps(offers))
    assert again.ids == offers.ids
    assert again.record(0) == offers.record(0)
