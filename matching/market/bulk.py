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
_DIGITS: Final = 15
_HELD: Final = 18  # digits that int64 holds
_TENS: Final = 10 ** np.arange(_HELD + 1)


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
    signs = np.frombuffer("\n".join([*texts, ""]).encode("ascii", "replace"), dtype=np.uint8)
    ends = np.flatnonzero(signs == ord("\n"))
    if len(ends) != len(texts) or not len(texts):
        return np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.bool_)
    first = np.concatenate([[0], ends[:-1] + 1])
    is_digit, is_point = signs - np.uint8(ord("0")) <= 9, signs == ord(".")
    digits_to = np.cumsum(is_digit)  # up to each sign, over all texts
    digits = digits_to[ends] - digits_to[first] + is_digit[first]
    points = np.add.reduceat(is_point, first, dtype=np.int64)
    negative = signs[first] == ord("-")
    after = np.zeros(len(texts), dtype=np.int64)
    at = np.flatnonzero(is_point)
    text_of = np.searchsorted(ends, at)
    after[text_of] = digits_to[ends[text_of]] - digits_to[at]
    sure = (digits + points + negative == ends - first) & (points <= 1) & (points == (after > 0)) & (digits > after)
    sure &= (digits <= _DIGITS) & (after <= places) & (digits - after + places <= _HELD)
    weight = _TENS[np.minimum(np.repeat(digits_to[ends], ends - first + 1) - digits_to, _HELD)]
    value = np.add.reduceat(np.where(is_digit, (signs - np.uint8(ord("0"))) * weight, 0), first)
    value = np.where(sure, value, 0) * _TENS[np.where(sure, places - after, 0)]
    return np.where(negative, -value, value), sure
