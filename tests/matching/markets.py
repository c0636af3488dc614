# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small markets for tests: a pair that fits, random listings that often nearly fit, and the sample district."""

from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from matching.market.columns import Needs, Offers

DISTRICT = Path(__file__).parents[2] / "marketplace" / "demo" / "district"

Record = dict[str, Any]

OFFER: Record = {
    "id": "O-1",
    "firm": "Filatura",
    "form": "CUT_WOVEN",
    "mass_kg": "300",
    "composition": "WO:70;PA:30",
    "lot_kg": "",
    "divisible": "",
    "colour": "#17382a",
    "price_eur_kg": "1.2",
    "regime": "BYPRODUCT",
    "waste_code": "",
    "origin": "pre",
    "certificates": "GRS",
    "length_mm": "22",
    "micron": "19.5",
    "available_from": "2027-02-01",
    "available_until": "2027-03-01",
    "lat": "43.88",
    "lon": "11.1",
    "description": "ritagli di lana verde",
}
NEED: Record = {
    "id": "N-1",
    "firm": "Tessitura",
    "forms": "CUT_WOVEN;CUT_KNIT",
    "use": "recycle",
    "mass_kg": "500",
    "composition": "WO:60-100;PA:0-30;*:0-5",
    "colour": "#17382a",
    "delta_e": "2",
    "lot_kg": "",
    "max_suppliers": "",
    "blend": "",
    "min_fill_kg": "",
    "price_eur_kg": "1.5",
    "regimes": "BYPRODUCT;PRODUCT",
    "waste_codes": "",
    "certificates": "GRS",
    "length_min_mm": "20",
    "micron_max": "20",
    "needed_from": "2027-02-15",
    "needed_until": "2027-04-01",
    "lat": "43.9",
    "lon": "11.12",
    "radius_km": "10",
    "description": "lana verde da stracciare",
}


def offers_of(*changes: Record) -> Offers:
    """Offers that differ from the one that fits by these changes."""
    return Offers.from_records([{**OFFER, **change} for change in changes])


def needs_of(*changes: Record) -> Needs:
    """Needs that differ from the one that fits by these changes."""
    return Needs.from_records([{**NEED, **change} for change in changes])


@cache
def district() -> tuple[Offers, Needs]:
    """The sample district."""
    return Offers.read_csv(DISTRICT / "offers.csv"), Needs.read_csv(DISTRICT / "needs.csv")


def simple(offers: Offers, needs: Needs) -> tuple[Offers, Needs]:
    """The listings that ask for no lots, limits or recipes."""
    plain_offers = [k for k in range(len(offers)) if not offers.lot_g[k] and offers.divisible[k]]
    asked = needs.lot_g + needs.max_suppliers + needs.min_fill_g + needs.blend
    return offers.take(plain_offers), needs.take([k for k in range(len(needs)) if not asked[k]])


def _changes(choices: dict[str, list[str]]) -> st.SearchStrategy[Record]:
    return st.fixed_dictionaries({column: st.sampled_from(texts) for column, texts in choices.items()})


_OFFER_CHOICES = {
    "firm": ["A", "B", "C", "D"],
    "form": ["CUT_WOVEN", "CUT_KNIT", "REGEN_WOOL"],
    "mass_kg": ["40", "300", "0.5", "1200.25"],
    "composition": ["WO:70;PA:30", "WO:60;PA:35;EA:5", "WO:100", "WO:95;AF:5", "CO:100", "WO:69.5;PA:30"],
    "colour": ["", "#17382a", "#1a3b2c", "#ffffff", "lab:20 -14 6", "GREEN"],
    "price_eur_kg": ["", "1.5", "1.501", "0", "2"],
    "certificates": ["", "GRS", "GRS;OEKOTEX"],
    "length_mm": ["", "20", "19.999", "25"],
    "micron": ["", "20", "20.001", "15"],
    "available_from": ["", "2027-02-01", "2027-04-01", "2027-04-02"],
    "available_until": ["", "2027-04-02", "2027-05-01"],
    "lat": ["43.88", "43.95"],
    "lon": ["11.1", "11.3"],
    "description": ["", "ritagli di lana", "羊毛边角料"],
}
_NEED_CHOICES = {
    "firm": ["A", "B", "E"],
    "forms": ["CUT_WOVEN", "CUT_WOVEN;CUT_KNIT", "REGEN_WOOL;CUT_KNIT"],
    "use": ["", "reuse", "recover"],
    "mass_kg": ["40", "500", "0.5", "1000"],
    "composition": ["", "WO:60-100;PA:0-30;*:0-5", "WO:70-100", "*:0-100", "PA:30-30;*:70-70"],
    "colour": ["#17382a", "GREEN"],
    "delta_e": ["", "2", "0", "40"],
    "price_eur_kg": ["", "1.5", "0", "1.2"],
    "regimes": ["BYPRODUCT", "BYPRODUCT;WASTE", "PRODUCT;WASTE"],
    "waste_codes": ["", "04 02 21", "04 02 21;04 02 22"],
    "certificates": ["", "GRS", "OEKOTEX"],
    "length_min_mm": ["", "20"],
    "micron_max": ["", "20"],
    "needed_from": ["", "2027-02-15", "2027-03-01"],
    "needed_until": ["", "2027-04-01"],
    "radius_km": ["", "10", "0", "5.5"],
    "description": ["", "lana", "求购羊毛"],
}
_LAW = st.sampled_from(
    [
        {"regime": "BYPRODUCT", "origin": "pre", "waste_code": ""},
        {"regime": "WASTE", "origin": "post", "waste_code": "04 02 22"},
        {"regime": "WASTE", "origin": "pre", "waste_code": "04 02 21"},
        {"regime": "PRODUCT", "origin": "post", "waste_code": ""},
    ]
)
_OFFER_LOTS = st.sampled_from([{}, {"divisible": "no"}, {"lot_kg": "0.5"}])
_NEED_LOTS = st.sampled_from([{}, {"lot_kg": "0.5"}, {"max_suppliers": "2"}, {"blend": "yes"}])


def _numbered(records: list[Record], letter: str) -> list[Record]:
    return [{**record, "id": f"{letter}-{k:02d}"} for k, record in enumerate(records)]


@st.composite
def markets(draw: st.DrawFn, lots: bool = True) -> tuple[Offers, Needs]:
    """Up to eight offers and eight needs whose values sit on and beside each other's limits."""
    both = [(_OFFER_CHOICES, _OFFER_LOTS, _LAW), (_NEED_CHOICES, _NEED_LOTS, st.just({}))]
    sides = []
    for (choices, lot, law), base, letter in zip(both, (OFFER, NEED), "ON", strict=True):
        one = st.tuples(_changes(choices), law, lot if lots else st.just({}))
        drawn = draw(st.lists(one, max_size=8))
        sides.append(_numbered([{**base, **change, **legal, **lotted} for change, legal, lotted in drawn], letter))
    return Offers.from_records(sides[0]), Needs.from_records(sides[1])
