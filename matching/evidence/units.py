# SPDX-License-Identifier: AGPL-3.0-or-later
"""The engine's small integers as the exact decimals and dates people read; the same in every language."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from matching.market.days import DAY_MAX, DAY_MIN

_as_written = re.compile(r"(?!-0\Z)-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?").fullmatch
_EPOCH: Final = date(1970, 1, 1)
_DAYS_KEPT: Final = 4096  # a market's windows begin and end on few days


def decimal_text(units: int, places: int) -> str:
    """`units` x 10**-places without trailing zeros: (3450, 3) is "3.45", (-150, 3) is "-0.15"."""
    sign, digits = "-" if units < 0 else "", str(abs(units)).rjust(places + 1, "0")
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    return sign + whole + ("." + part if part else "")


def from_decimal_text(text: str, places: int) -> int:
    """The inverse of `decimal_text`; ValueError for anything it would not have written."""
    whole, _, part = text.partition(".")
    if not _as_written(text) or len(part) > places:
        raise ValueError(f"{text!r} is not a number as this program writes it, with at most {places} decimals")
    return int(whole + part.ljust(places, "0"))


def kg_text(mass_g: int) -> str:
    """Kilograms, without the unit."""
    return decimal_text(int(mass_g), 3)


@lru_cache(_DAYS_KEPT)
def day_text(day: int) -> str:
    """ISO date of an epoch day; ".." where a window is open."""
    return ".." if day in (DAY_MIN, DAY_MAX) else (_EPOCH + timedelta(days=int(day))).isoformat()


def window_text(from_day: int, until_day: int) -> str:
    """ISO 8601 interval of a closed window, e.g. "2027-02-01/.."."""
    return f"{day_text(from_day)}/{day_text(until_day)}"
