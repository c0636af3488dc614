# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.market.vocabulary import (
    FIBRE_CODES,
    Bound,
    Share,
    Wrong,
    format_bounds,
    format_composition,
    parse_bounds,
    parse_composition,
)


@st.composite
def compositions(draw: st.DrawFn) -> tuple[Share, ...]:
    fibres = draw(st.lists(st.sampled_from(FIBRE_CODES), min_size=1, max_size=6, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=len(fibres) - 1, max_size=len(fibres) - 1)))
    ends = [0, *cuts, 10_000]
    parts = zip(ends[1:], ends[:-1], strict=True)
    return tuple(Share(fibre, end - start) for fibre, (end, start) in zip(fibres, parts, strict=True))


@st.composite
def recipes(draw: st.DrawFn) -> tuple[Bound, ...]:
    fibres = draw(st.lists(st.sampled_from(("*", *FIBRE_CODES)), min_size=1, max_size=6, unique=True))
    lows_highs = [sorted(draw(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)))) for _ in fibres]
    return tuple(Bound(fibre, low, high) for fibre, (low, high) in zip(fibres, lows_highs, strict=True))


def sentence(parse: Callable[[str], object], text: str) -> str | None:
    try:
        parse(text)
    except Wrong as refusal:
        return refusal.text("it")
    return None


@given(compositions())
def test_a_composition_survives_being_written_and_read(composition: tuple[Share, ...]) -> None:
    assert parse_composition(format_composition(composition)) == composition


@given(recipes())
def test_bounds_survive_being_written_and_read(bounds: tuple[Bound, ...]) -> None:
    assert parse_bounds(format_bounds(bounds)) == bounds


@given(st.text(alphabet="WOPA:;-*0159., ", max_size=20))
def test_any_text_is_a_composition_and_bounds_or_refused_with_a_sentence(text: str) -> None:
    for parse in (parse_composition, parse_bounds):
        assert sentence(parse, text) != ""


def test_percentages_are_hundredths_read_exactly() -> None:
    assert parse_composition("WO:70.25; PA:29.75") == (("WO", 7025), ("PA", 2975))
    assert parse_bounds("WO:60-100;*:0-5") == (("WO", 6000, 10_000), ("*", 0, 500))


@pytest.mark.parametrize("text", ["WO:99.5", "WO:100.00;PA:0.50", "WO:100"])
def test_a_sum_within_half_a_percent_of_100_is_taken(text: str) -> None:
    assert parse_composition(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WO:80;PA:15", "adds up to 95, expected 100 ± 0.5"),
        ("WO:99.49", "adds up to 99.49, expected 100 ± 0.5"),
        ("WO:70;WO:30", "WO is listed twice"),
        ("WO70", "WO70 is not written like WO:70"),
        ("WO:70;", " is not written like WO:70"),
        ("WO:70%;PA:30", "70% is not a number"),
        ("WO:70,5;PA:29,5", "70,5 has a decimal comma; write 70.5; 29,5 has a decimal comma; write 29.5"),
        ("WO:70.125;PA:29.875", "70.125 has more than 2 decimals; 29.875 has more than 2 decimals"),
        ("WO:120", "120 is not between 0 and 100"),
        ("WO:-5;PA:105", "-5 is not between 0 and 100; 105 is not between 0 and 100"),
        ("PES:95;EL:5", "PES is not a known fibre; did you mean PL?"),
        ("QQ:50;ZZ:50", "QQ is not a known fibre; ZZ is not a known fibre"),
    ],
)
def test_each_fault_of_a_composition_is_named(text: str, words: str) -> None:
    with pytest.raises(Wrong) as refusal:
        parse_composition(text)
    assert refusal.value.text("en") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WO:60", "WO:60 is not written like WO:60-100"),
        ("WO:60-", " is not a number"),
        ("WO:100-60", "WO:100-60 has its minimum above its maximum"),
        ("*:0-5;*:0-3", "* is listed twice"),
        ("WO:0-101", "101 is not between 0 and 100"),
        ("WO:-5-10", "WO:-5-10 is not written like WO:60-100"),
    ],
)
def test_each_fault_of_bounds_is_named(text: str, words: str) -> None:
    with pytest.raises(Wrong) as refusal:
        parse_bounds(text)
    assert refusal.value.text("en") == words
