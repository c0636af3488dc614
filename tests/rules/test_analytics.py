# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small cells and what would give them away."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from marketplace.analytics.rules import LEAST_FIRMS, MARGIN_PER_CENT, Contribution, is_open, protected


def equal_parts(row: str, givers: range, taker_offset: int = 100, grams: int = 1000) -> list[Contribution]:
    return [Contribution(row, giver, giver + taker_offset, grams) for giver in givers]


def test_a_cell_of_two_givers_is_withheld_and_one_of_three_is_shown() -> None:
    assert not is_open(equal_parts("wool", range(2)))
    assert is_open(equal_parts("wool", range(3)))


def test_a_cell_with_one_taker_is_withheld_however_many_give() -> None:
    assert not is_open([Contribution("wool", giver, 7, 1000) for giver in range(9)])


def test_a_cell_that_one_firm_dominates_is_withheld() -> None:
    rest = equal_parts("wool", range(1, 4), grams=100)
    assert not is_open([Contribution("wool", 0, 100, 1_000_000), *rest])


def test_an_empty_cell_says_nothing_about_anybody() -> None:
    assert is_open([])


def test_one_withheld_cell_takes_another_with_it_so_that_the_total_does_not_give_it_away() -> None:
    column = protected(
        [*equal_parts("a", range(1)), *equal_parts("b", range(10, 14)), *equal_parts("c", range(20, 29))]
    )
    assert column.withheld == {"a", "b"}
    assert column.total == 14_000


def test_a_total_that_would_give_everything_away_is_withheld() -> None:
    column = protected(equal_parts("a", range(2)))
    assert column.withheld == {"a"}
    assert column.total is None


contributions = st.lists(
    st.builds(
        Contribution,
        st.sampled_from("abcde"),
        st.integers(1, 12),
        st.integers(101, 112),
        st.integers(1, 5_000_000),
    ),
    max_size=60,
)


@given(contributions)
def test_whatever_is_shown_or_follows_from_the_total_has_three_firms_a_side_and_nobody_dominates(
    parts: list[Contribution],
) -> None:
    column = protected(parts)
    shown = [cell for row, cell in by_row(parts).items() if row not in column.withheld]
    hidden = [c for row, cell in by_row(parts).items() if row in column.withheld for c in cell]
    for cell in [*shown, *([hidden] if hidden and column.total is not None else [])]:
        for side in ("giver_id", "taker_id"):
            sums: dict[int, int] = defaultdict(int)
            for c in cell:
                sums[getattr(c, side)] += c.grams
            largest = sorted(sums.values(), reverse=True)
            assert len(largest) >= LEAST_FIRMS
            assert 100 * sum(largest[2:]) >= MARGIN_PER_CENT * largest[0]


@given(contributions)
def test_no_gram_is_lost_between_the_contributions_and_the_column(parts: list[Contribution]) -> None:
    column = protected(parts)
    assert sum(column.grams.values()) == sum(c.grams for c in parts)
    assert column.total in (None, sum(c.grams for c in parts))


def by_row(parts: list[Contribution]) -> dict[str, list[Contribution]]:
    cells: dict[str, list[Contribution]] = defaultdict(list)
    for c in parts:
        cells[c.row].append(c)
    return cells
