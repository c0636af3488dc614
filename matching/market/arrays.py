# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checked values to read-only arrays."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matching.market.vocabulary import FIBRE_NUMBER, Bound, Colour, Share

Array = npt.NDArray[Any]

NO_COLOUR: Final = (np.nan, np.nan, np.nan)


def ints(values: Sequence[int], dtype: str) -> Array:
    """Integers of the given dtype; numpy refuses what does not fit."""
    return frozen(np.array(values, dtype=dtype))


def reals(values: Sequence[float]) -> Array:
    """float64."""
    return frozen(np.array(values, dtype=np.float64))


def truths(values: Sequence[bool]) -> Array:
    """bool."""
    return frozen(np.array(values, dtype=np.bool_))


def price_arrays(prices: Sequence[int | None]) -> dict[str, Array]:
    """`price_milli` (0 where open) and `priced`."""
    return {
        "price_milli": ints([price or 0 for price in prices], "int64"),
        "priced": truths([price is not None for price in prices]),
    }


def colour_arrays(colours: Sequence[Colour]) -> dict[str, Array]:
    """`lab`, (n, 3) with NaN for none, and `colour_measured`."""
    lab = np.fromiter(chain.from_iterable(colour.lab or NO_COLOUR for colour in colours), dtype=np.float64)
    return {"lab": frozen(lab.reshape(-1, 3)), "colour_measured": truths([c.measured for c in colours])}


def composition_arrays(compositions: Sequence[tuple[Share, ...]]) -> dict[str, Array]:
    """CSR columns of what offers are made of, hundredths of a percent."""
    shares = [share for composition in compositions for share in composition]
    return {
        "composition_start": starts(compositions),
        "composition_fibre": ints([FIBRE_NUMBER[share.fibre] for share in shares], "int16"),
        "composition_pct": ints([share.pct for share in shares], "int32"),
    }


def bound_arrays(recipes: Sequence[tuple[Bound, ...]]) -> dict[str, Array]:
    """CSR columns of what needs ask for, hundredths of a percent; fibre -1 is `*`."""
    bounds = [bound for recipe in recipes for bound in recipe]
    return {
        "bound_start": starts(recipes),
        "bound_fibre": ints([FIBRE_NUMBER.get(bound.fibre, -1) for bound in bounds], "int16"),
        "bound_low": ints([bound.low for bound in bounds], "int32"),
        "bound_high": ints([bound.high for bound in bounds], "int32"),
    }


def starts(rows: Sequence[Sequence[object]]) -> Array:
    """Row starts of a CSR table, int64, one more than there are rows."""
    return frozen(np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64))).astype(np.int64))


def frozen(array: Array) -> Array:
    """The same array, read-only from now on."""
    array.setflags(write=False)
    return array
