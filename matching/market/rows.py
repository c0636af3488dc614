# SPDX-License-Identifier: AGPL-3.0-or-later
"""Choosing rows out of checked columns."""

from collections.abc import Mapping, Sequence
from operator import eq, itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matching.market.arrays import frozen
from matching.market.texts import Texts

Rows = npt.NDArray[np.int64]

RAGGED: Final = {
    "composition_start": ("composition_fibre", "composition_pct"),
    "bound_start": ("bound_fibre", "bound_low", "bound_high"),
}


def taken_columns(columns: Mapping[str, Any], index: Rows) -> dict[str, Any]:
    """The columns with these rows only, in this order."""
    left, taken = dict(columns), {}
    for start, entries in RAGGED.items():
        if start in left:
            taken[start], places = _ragged(left.pop(start), index)
            taken.update({name: frozen(left.pop(name)[places]) for name in entries})
    return {**taken, **{name: _taken(column, index) for name, column in left.items()}}


def _taken(column: Any, index: Rows) -> Any:
    if isinstance(column, Texts):
        return column.take(index.tolist())
    if isinstance(column, tuple):
        return picked(column, index)
    return frozen(column[index])


def _ragged(start: Rows, index: Rows) -> tuple[Rows, Rows]:
    """New starts, and the places of the chosen rows' entries in the old table."""
    sizes = start[index + 1] - start[index]
    new_start = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    places = np.arange(new_start[-1], dtype=np.int64) - np.repeat(new_start[:-1] - start[index], sizes)
    return frozen(new_start), places


def rows_alike(one: Any, rows: Rows, other: Any, others: Rows) -> npt.NDArray[np.bool_]:
    """Which of these rows of one table say the same as those of another of its kind, however it was typed."""
    alike = np.ones(len(rows), dtype=np.bool_)
    entries = {name for names in RAGGED.values() for name in names}
    for name in one.__slots__ if len(rows) else ():
        column, same = getattr(one, name), getattr(other, name)
        if name in RAGGED:
            alike &= _ragged_alike(one, rows, other, others, name)
        elif isinstance(column, tuple):
            both = (picked(column, rows), picked(same, others))
            alike &= np.fromiter(map(eq, *both), dtype=np.bool_, count=len(rows))
        elif name not in entries and not isinstance(column, Texts):
            now, then = column[rows], same[others]
            equal = (now == then) | ((now != now) & (then != then))  # NaN: none in both
            alike &= equal if equal.ndim == 1 else equal.all(axis=1)
    return alike


def picked(values: Sequence[Any], rows: Rows) -> tuple[Any, ...]:
    """The values of these rows, in this order."""
    places = rows.tolist()
    return itemgetter(*places)(values) if len(places) > 1 else tuple(values[place] for place in places)


def _ragged_alike(one: Any, rows: Rows, other: Any, others: Rows, start: str) -> npt.NDArray[np.bool_]:
    first, second = getattr(one, start), getattr(other, start)
    alike = np.asarray(first[rows + 1] - first[rows] == second[others + 1] - second[others])
    same = np.flatnonzero(alike)
    starts, places = _ragged(first, rows[same])
    _, counterparts = _ragged(second, others[same])
    row = np.repeat(same, np.diff(starts))
    for name in RAGGED[start]:
        alike[row[getattr(one, name)[places] != getattr(other, name)[counterparts]]] = False
    return alike
