# SPDX-License-Identifier: AGPL-3.0-or-later
"""Numbers of forms: what a field shows can be sent back as it stands."""

from __future__ import annotations

import pytest

from marketplace.web.numbers import (
    EURO_PER_KG,
    KILOGRAMS,
    NOT_WHOLE,
    TOO_LARGE,
    TOO_SMALL,
    NotReadable,
    Unit,
    read_number,
)


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize(("unit", "amount"), [(KILOGRAMS, 311_358), (KILOGRAMS, 1_001), (EURO_PER_KG, -1_125)])
def test_a_shown_amount_with_three_decimals_is_read_back_without_doubt(unit: Unit, amount: int, mark: str) -> None:
    assert read_number(unit.typed(amount).replace(".", mark), unit) == amount


@pytest.mark.parametrize(("amount", "shown"), [(1_250_500, "1250.5"), (125, "0.125"), (1_250_125, "1250.125")])
def test_an_amount_beyond_doubt_is_shown_without_further_zeros(amount: int, shown: str) -> None:
    assert KILOGRAMS.typed(amount) == shown


def test_only_zeros_may_follow_the_last_decimal() -> None:
    assert read_number("1,2500", KILOGRAMS) == 1_250
    with pytest.raises(NotReadable):
        read_number("1,2501", KILOGRAMS)


@pytest.mark.parametrize(
    ("typed", "words"), [("9" * 200, TOO_LARGE), ("9" * 16 + ",5", TOO_LARGE), ("-" + "9" * 40, TOO_SMALL)]
)
def test_a_number_of_many_digits_is_too_large_and_not_unreadable(typed: str, words: str) -> None:
    with pytest.raises(NotReadable) as refusal:
        read_number(typed, KILOGRAMS)
    assert refusal.value.words == words


def test_what_is_counted_in_ones_is_a_whole_number() -> None:
    with pytest.raises(NotReadable) as refusal:
        read_number("1,5", Unit(decimals=0, least=1, most=9))
    assert refusal.value.words == NOT_WHOLE
