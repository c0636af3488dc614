# SPDX-License-Identifier: AGPL-3.0-or-later
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.market.vocabulary import Wrong, plain, scaled, unscaled

counts = st.integers(min_value=-(10**14), max_value=10**14)
places = st.integers(min_value=0, max_value=6)


def sentence(text: str) -> str | None:
    try:
        scaled(text, 3)
    except Wrong as refusal:
        return refusal.text("en")
    return None


@given(counts, places)
def test_a_number_survives_being_written_and_read(count: int, decimals: int) -> None:
    assert scaled(unscaled(count, decimals), decimals) == count


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_reading_is_exact_where_floats_are_not(number: Decimal) -> None:
    assert scaled(format(number, "f"), 3) == int(number * 1000)


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_refused_with_a_sentence(text: str) -> None:
    assert sentence(text) != ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NaN", "NaN is not a number"),
        ("inf", "inf is not a number"),
        ("-inf", "-inf is not a number"),
        ("1e3", "1e3 is not a number"),
        ("", " is not a number"),
        (".5", ".5 is not a number"),
        ("+5", "+5 is not a number"),
        ("1_000", "1_000 is not a number"),
        ("0x10", "0x10 is not a number"),
        ("1250,5", "1250,5 has a decimal comma; write 1250.5"),
        ("1.250,5", "1.250,5 has a decimal comma; write 1250.5"),
        ("-0,22", "-0,22 has a decimal comma; write -0.22"),
        ("1,250", "1,250 has a comma; write 1250 or 1.250"),
        ("1,250.5", "1,250.5 has thousands separators; write 1250.5"),
        ("1.250.000", "1.250.000 has thousands separators; write 1250000"),
        ("1 250", "1 250 has thousands separators; write 1250"),
        ("1'250.75", "1'250.75 has thousands separators; write 1250.75"),
        ("２３０", "２３０ has digits of another script; write 230"),
        ("٣", "٣ has digits of another script; write 3"),
        ("1.2345", "1.2345 has more than 3 decimals"),
        ("9" * 20, "9" * 20 + " is too large"),
    ],
)
def test_each_way_of_mistyping_a_number_has_its_own_answer(text: str, words: str) -> None:
    with pytest.raises(Wrong) as refusal:
        scaled(text, 3)
    assert refusal.value.text("en") == words


@pytest.mark.parametrize(
    ("text", "count"), [("0", 0), ("-0", 0), ("007", 7000), ("1.500", 1500), ("1.50000", 1500), ("-0.001", -1)]
)
def test_the_same_number_may_be_spelt_in_several_ways(text: str, count: int) -> None:
    assert scaled(text, 3) == count


@pytest.mark.parametrize(("text", "short"), [("95.00000", "95"), ("-0.50", "-0.5"), ("100", "100"), ("-5", "-5")])
def test_numbers_are_shown_in_their_shortest_spelling(text: str, short: str) -> None:
    assert plain(text) == short
