# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sample district reads without a word; its broken files get exactly the answers of their README."""

import re
from pathlib import Path

import pytest

from matching.market.columns import Needs, Offers, Processors
from matching.market.errors import BadInput
from matching.market.vocabulary import LANGUAGES

DISTRICT = Path(__file__).parents[2] / "marketplace" / "demo" / "district"
BAD = DISTRICT / "bad"
UNKNOWN_FORM = "CUT_WOWEN is not a known form; did you mean CUT_WOVEN?"
SEMICOLONS = 'the columns are separated by ";"; the engine reads "," and decimal points'

ANSWERS = {
    "01-negative-mass.csv": ["line 3, mass_kg: -5 is not greater than 0"],
    "02-composition-95.csv": ["line 2, composition: adds up to 95, expected 100 ± 0.5"],
    "03-unknown-form.csv": [f"line 3, form: {UNKNOWN_FORM}"],
    "04-nan.csv": ["line 3, mass_kg: NaN is not a number"],
    "05-decimal-comma.csv": ["line 3, mass_kg: 1250,5 has a decimal comma; write 1250.5"],
    "06-semicolon-italian-excel.csv": [f"line 1, id: {SEMICOLONS}"],
    "08-duplicate-id.csv": ["line 4, id: B-1 is already used on line 2"],
    "09-latitude-95.csv": ["line 3, lat: 95 is not between -90 and 90"],
    "10-end-before-start-needs.csv": ["line 2, needed_until: 2027-02-15 is before needed_from 2027-05-31"],
    "11-unknown-column.csv": ["line 1, colore: unknown column; did you mean colour?"],
    "12-empty.csv": ["line 1, id: the file is empty; a header is expected"],
    "14-post-consumer-byproduct.csv": ["line 4, regime: post-consumer material can't be BYPRODUCT"],
    "15-hazardous-waste-code.csv": ["line 4, waste_code: 15 02 02 is hazardous and can't be listed"],
    "16-several-at-once.csv": [
        "line 2, mass_kg: 0 is not greater than 0",
        "line 2, composition: adds up to 95, expected 100 ± 0.5",
        f"line 3, form: {UNKNOWN_FORM}",
        "line 3, lat: 95 is not between -90 and 90",
        "line 4, id: B-1 is already used on line 2",
        "line 4, regime: post-consumer material can't be BYPRODUCT",
    ],
    "17-byproduct-negative-price.csv": ["line 3, price_eur_kg: a by-product can't pay to be taken"],
}
ACCEPTED = ["07-byte-order-mark.csv", "13-header-only.csv", "good-offers.csv", "good-needs.csv"]


def read(name: str) -> Offers | Needs:
    return (Needs if "needs" in name else Offers).read_csv(BAD / name)


def problems_of(name: str) -> BadInput:
    with pytest.raises(BadInput) as refusal:
        read(name)
    return refusal.value


def test_every_broken_file_has_an_expected_answer() -> None:
    assert {path.name for path in BAD.glob("*.csv")} == {*ANSWERS, *ACCEPTED}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_broken_file_is_answered_word_for_word(name: str) -> None:
    assert problems_of(name).text("en").splitlines() == [f"{name} {answer}" for answer in ANSWERS[name]]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ANSWERS)
def test_the_place_is_told_the_same_way_in_every_language(name: str, lang: str) -> None:
    places = [answer.split(":")[0] for answer in ANSWERS[name]]
    lines = problems_of(name).text(lang).splitlines()
    assert [line.split(":")[0] for line in lines] == [f"{name} {place}" for place in places]
    assert all(re.search(r": .", line) for line in lines)


def test_italian_and_chinese_answers_are_in_their_language() -> None:
    refusal = problems_of("02-composition-95.csv")
    assert refusal.text("it").endswith("la somma è 95, deve essere 100 ± 0.5")
    assert refusal.text("zh").endswith("合计为 95,应为 100 ± 0.5")


def test_a_byte_order_mark_changes_nothing() -> None:
    marked, plain = Offers.read_csv(BAD / "07-byte-order-mark.csv"), Offers.read_csv(BAD / "good-offers.csv")
    assert [marked.record(row) for row in range(3)] == [plain.record(row) for row in range(3)]


def test_a_header_alone_is_a_market_without_offers() -> None:
    offers = Offers.read_csv(BAD / "13-header-only.csv")
    assert len(offers) == 0
    assert offers.lab.shape == (0, 3)
    assert offers.composition_start.tolist() == [0]


def test_the_district_reads_without_a_word() -> None:
    assert len(Offers.read_csv(DISTRICT / "offers.csv")) == 161
    assert len(Needs.read_csv(DISTRICT / "needs.csv")) == 121
    assert len(Processors.read_csv(DISTRICT / "processors.csv")) == 14
