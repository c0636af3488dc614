# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the ledger allows, without a database."""

from __future__ import annotations

import pytest

from marketplace.ledger.rules import (
    BUCKET_WORDS,
    KIND_WORDS,
    MOST_GRAMS,
    STEPS,
    Bucket,
    NotAMass,
    check_grams,
    correction,
)


def test_grams_move_only_along_the_two_phases() -> None:
    assert {kind: (step.source.value, step.target.value) for kind, step in STEPS.items()} == {
        "open": ("outside", "free"),
        "grow": ("outside", "free"),
        "shrink": ("free", "outside"),
        "reserve": ("free", "reserved"),
        "release": ("reserved", "free"),
        "commit": ("reserved", "committed"),
        "give back": ("committed", "free"),
        "deliver": ("committed", "delivered"),
        "correct up": ("free", "delivered"),
        "correct down": ("delivered", "free"),
        "close": ("free", "closed"),
        "reopen": ("closed", "free"),
    }


def test_every_kind_and_every_bucket_has_words() -> None:
    assert set(KIND_WORDS) == set(STEPS)
    assert set(BUCKET_WORDS) == set(Bucket)


@pytest.mark.parametrize("grams", [1, 2, MOST_GRAMS])
def test_a_gram_and_more_can_move(grams: int) -> None:
    check_grams(grams)


@pytest.mark.parametrize("grams", [0, -1, MOST_GRAMS + 1, 2**63])
def test_nothing_less_than_nothing_and_too_much_cannot(grams: int) -> None:
    with pytest.raises(NotAMass):
        check_grams(grams)


@pytest.mark.parametrize(("delta_g", "kind"), [(1, "correct up"), (-1, "correct down"), (500, "correct up")])
def test_a_correction_goes_where_its_sign_says(delta_g: int, kind: str) -> None:
    assert correction(delta_g) == kind
