# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sentences of all faults: complete in three languages, each used, each with the same values."""

import re
from pathlib import Path
from string import Formatter

import pytest

from matching.market.vocabulary import LANGUAGES, Fault
from matching.market.vocabulary.tables import rows_of

ROWS = {row["key"]: row for row in rows_of("fault_words")}
MARKET = Path(__file__).parents[2] / "matching" / "market"


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("key", ROWS)
def test_every_sentence_is_said_in_three_languages_with_the_same_values(key: str) -> None:
    row = ROWS[key]
    assert all(row[lang].strip() for lang in LANGUAGES)
    assert {frozenset(fields(row[lang])) for lang in LANGUAGES} == {frozenset(fields(row["en"]))}


def test_every_key_that_the_code_raises_has_a_sentence_and_every_sentence_is_raised() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in MARKET.rglob("*.py"))
    quoted = set(re.findall(r'"([a-z0-9_]+)"', code))
    raised = set(re.findall(r'(?:wrong|Fault|fault|problem)\(\s*"([a-z0-9_]+)"', code))
    assert raised <= set(ROWS)
    assert set(ROWS) <= quoted


def test_italian_and_chinese_differ_from_english() -> None:
    for row in ROWS.values():
        assert len({row[lang] for lang in LANGUAGES}) == 3, row["key"]


def test_long_and_unprintable_values_stay_on_one_short_line() -> None:
    text = Fault("not_a_number", {"value": "a\nb\0" + "c" * 1000}).text("en")
    assert "\n" not in text
    assert "\0" not in text
    assert len(text) < 150


def test_braces_in_a_value_are_no_template() -> None:
    assert Fault("not_a_number", {"value": "{places}"}).text("en") == "{places} is not a number"
