# SPDX-License-Identifier: AGPL-3.0-or-later
"""The thesaurus's data file: known codes, three languages, a version that follows its words."""

import hashlib
from collections import Counter
from importlib.resources import files

from matching.market.vocabulary import CATEGORIES, FIBRES, FORMS, LANGUAGES, WASTE_LIST
from matching.market.vocabulary.spelling import fold, tokens
from matching.market.vocabulary.tables import rows_of
from matching.market.vocabulary.thesaurus import VERSION, hazards, phrases

DIGESTS = {
    "1": "1ff080fa6bbe4530896f29881c7dc57b9c30d69c0908716e8db26902cff47ff1",
    "2": "75e4e16e9c5461bdf4dcb2c0e8d941b96b823b6ec153383bfcc7897a4c4c7c57",
}
"""Of the file, by version: who changes its words adds a line."""
LISTS = {"form": FORMS, "fibre": FIBRES, "waste_code": WASTE_LIST, "category": CATEGORIES}
WITHOUT_CODE = {"hazard", "grammar"}


def test_a_thesaurus_with_other_words_has_another_version() -> None:
    content = files("matching.market.vocabulary").joinpath("thesaurus.csv").read_bytes()
    assert DIGESTS[VERSION] == hashlib.sha256(content).hexdigest()


def test_every_phrase_points_to_a_known_code_and_says_how_sure_it_is_and_why() -> None:
    for row in rows_of("thesaurus"):
        assert (row["code"] == "") == (row["kind"] in WITHOUT_CODE)
        assert row["code"] in LISTS.get(row["kind"], {""}), row
        assert row["lang"] in LANGUAGES
        assert row["confidence"] in ("high", "medium", "low")
        assert row["source"]


def test_every_form_has_phrases_of_its_own_in_each_language() -> None:
    own = {(row["code"], row["lang"]) for row in rows_of("thesaurus") if row["kind"] == "form"}
    assert own == {(code, lang) for code in FORMS for lang in LANGUAGES}


def test_no_hazardous_code_has_a_phrase_of_its_own() -> None:
    codes = {row["code"] for row in rows_of("thesaurus") if row["kind"] == "waste_code"}
    assert all(WASTE_LIST[code].listable for code in codes)


def test_no_phrase_stands_twice_for_a_code_and_none_is_empty() -> None:
    spelt = Counter(
        (row["kind"], row["code"], row["lang"], fold(text))
        for row in rows_of("thesaurus")
        for text in row["words"].split(";")
    )
    assert [key for key, times in spelt.items() if times > 1] == []
    assert all(tokens(text) for _kind, _code, _lang, text in spelt)


def test_the_vocabulary_s_own_names_are_phrases_too() -> None:
    assert {"blousse", "pettinaccia", "noils", "精梳短毛"} <= {p.text for p in phrases("form") if p.code == "NOIL"}
    assert "paper" in {p.text for p in phrases("fibre") if p.code == "PAPER"}
    assert "yarn" not in {p.text for p in phrases("fibre")}


def test_a_danger_is_a_whole_word_or_chinese_anywhere() -> None:
    assert hazards(fold("stracci UNTI, con òlio")) == ("unti", "olio")
    assert hazards("沾机油的抹布") == ("机油",)
    assert hazards("punti e foglio oliva") == ()
