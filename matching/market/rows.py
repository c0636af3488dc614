# SPDX-License-Identifier: AGPL-3.0-or-later
"""Choosing rows out of checked columns."""

from collections.abc import Mapping
from operator import eq
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matching.market.arrays import frozen
from matching.market.texts import Texts

RAGGED: Final = {
    "composition_start": ("composition_fibre", "composition_pct"),
    "bound_start": ("bound_fibre", "bound_low", "bound_high"),
}


def taken_columns(columns: Mapping[str, Any], index: npt.NDArray[np.int64]) -> dict[str, Any]:
    """The columns with these rows only, in this order."""
    left, taken = dict(columns), {}
    for start, entries in RAGGED.items():
        if start in left:
            taken[start], places = _ragged(left.pop(start), index)
            taken.update({name: frozen(left.pop(name)[places]) for name in entries})
    return {**taken, **{name: _taken(column, index) for name, column in left.items()}}


def _taken(column: Any, index: npt.NDArray[np.int64]) -> Any:
    if isinstance(column, Texts):
        return column.take(index.tolist())
    if isinstance(column, tuple):
        return tuple(column[row] for row in index.tolist())
    return frozen(column[index])


def _ragged(
    start: npt.NDArray[np.int64], index: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """New starts, and the places of the chosen rows' entries in the old table."""
    sizes = start[index + 1] - start[index]
    new_start = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    places = np.arange(new_start[-1], dtype=np.int64) - np.repeat(new_start[:-1] - start[index], sizes)
    return frozen(new_start), places


def rows_alike(one: Any, other: Any) -> npt.NDArray[np.bool_]:
    """Which rows of two equally long listings of a kind say the same, however it was typed."""
    alike = np.ones(len(one), dtype=np.bool_)
    entries = {name for names in RAGGED.values() for name in names}
    for name in one.__slots__:
        column, same = getattr(one, name), getattr(other, name)
        if name in RAGGED:
            alike &= _ragged_alike(one, other, name)
        elif isinstance(column, tuple):
            alike &= np.fromiter(map(eq, column, same), dtype=np.bool_, count=len(one))
        elif name not in entries and not isinstance(column, Texts):
            equal = (column == same) | ((column != column) & (same != same))  # NaN: none in both
            alike &= equal if equal.ndim == 1 else equal.all(axis=1)
    return alike


def _ragged_alike(one: Any, other: Any, start: str) -> npt.NDArray[np.bool_]:
    first, second = getattr(one, start), getattr(other, start)
    alike = np.asarray(np.diff(first) == np.diff(second))
    rows = np.flatnonzero(alike)
    starts, places = _ragged(first, rows)
    _, others = _ragged(second, rows)
    row = np.repeat(rows, np.diff(starts))
    for name in RAGGED[start]:
        alike[row[getattr(one, name)[places] != getattr(other, name)[others]]] = False
    return alike
