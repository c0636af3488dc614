# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whole columns of texts at once: the values of those that are plainly right.

Nothing is refused here. A text that isn't plainly right is left UNREAD, for the reader of single cells, who
knows every spelling and every complaint.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt


class _Unread:
    """Stands in a column for a text that wants to be read by itself."""


UNREAD: Final = _Unread()
_LONGEST: Final = 20  # characters of a number; longer texts are left alone
_DIGITS: Final = 15
_HELD: Final = 18  # digits that int64 holds


@runtime_checkable
class ReadsMany(Protocol):
    """A reader of cells that can also read a column."""

    def many(self, texts: Sequence[str]) -> list[Any]:
        """The value of each text, UNREAD where it isn't plainly right."""
        ...


def kept(values: list[Any], sure: npt.NDArray[np.bool_]) -> list[Any]:
    """The values that are sure, UNREAD in place of the others."""
    if sure.all():
        return values
    return [value if good else UNREAD for value, good in zip(values, sure.tolist(), strict=True)]


def all_or_unread(texts: Sequence[str], good: bool) -> list[Any]:
    """The texts themselves if all of them are good; an empty one is always left."""
    return [text or UNREAD for text in texts] if good else [UNREAD] * len(texts)


def decimals(texts: Sequence[str], places: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Numbers like `-12.5` times 10**places, and which of them are sure to be just that."""
    short = [text if len(text) <= _LONGEST else "" for text in texts]
    length = np.array([len(text) for text in short], dtype=np.int64)
    grid = np.array(short, dtype=f"U{_LONGEST}").view(np.uint32).reshape(len(short), _LONGEST)
    value, before, after = np.zeros((3, len(short)), dtype=np.int64)
    point, sure = np.zeros(len(short), dtype=np.bool_), length > 0
    for place in range(int(length.max(initial=0))):
        sign, within = grid[:, place].astype(np.int64), place < length
        digit = within & (sign >= ord("0")) & (sign <= ord("9"))
        opens = within & (sign == ord(".")) & ~point & (before > 0)
        sure &= ~within | digit | opens | ((sign == ord("-")) & (place == 0))
        value = np.where(digit & (before + after < _DIGITS), value * 10 + sign - ord("0"), value)
        before, after, point = before + (digit & ~point), after + (digit & point), point | opens
    sure &= (before > 0) & (before + after <= _DIGITS) & (point == (after > 0)) & (after <= places)
    sure &= before + places <= _HELD
    value *= 10 ** np.where(sure, places - after, 0)
    return np.where(grid[:, 0] == ord("-"), -value, value), sure
