# SPDX-License-Identifier: AGPL-3.0-or-later
"""Orders of long columns are stable, and the same whether or not key and place fit into one number."""

import numpy as np
import pytest

from matching.allocation.sorting import falling, rising, roughly_falling


@pytest.mark.parametrize("largest", [0, 3, 10**6, (1 << 62) - 1])
@pytest.mark.parametrize("length", [0, 1, 500])
def test_equal_keys_stay_as_they_stood(length: int, largest: int) -> None:
    key = np.random.default_rng(length).integers(0, largest + 1, length)
    assert np.array_equal(rising(key), np.argsort(key, kind="stable"))
    assert np.array_equal(falling(key), np.argsort(-key, kind="stable"))


def test_doubles_are_sorted_but_for_their_last_digits() -> None:
    key = np.random.default_rng(1).random(1_000) * 1e18
    assert np.array_equal(roughly_falling(key), np.argsort(-key, kind="stable"))
    assert roughly_falling(np.array([0.0, 7.0, 7.0, 1e300, 7.0 + 1e-15])).tolist() == [3, 1, 2, 4, 0]
