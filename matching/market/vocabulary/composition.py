# SPDX-License-Identifier: AGPL-3.0-or-later
"""What something is made of: `WO:70;PA:30`, and what a need asks for: `WO:60-100;*:0-5`.

Percentages are hundredths of a percent by mass (7000 is 70 %), read exactly.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from matching.market.vocabulary.codes import checked_fibre
from matching.market.vocabulary.decimals import plain, scaled, unscaled
from matching.market.vocabulary.faults import Fault, Wrong, each, wrong

PERCENT_PLACES: Final = 2
WHOLE_PCT: Final = 10_000
SUM_TOLERANCE_PCT: Final = 50  # 100 ± 0.5 %
OTHERS: Final = "*"


class Share(NamedTuple):
    """A fibre and its hundredths of a percent."""

    fibre: str
    pct: int


class Bound(NamedTuple):
    """A fibre, or `*` for the sum of all not named, and its least and most hundredths of a percent."""

    fibre: str
    low: int
    high: int


P = TypeVar("P", Share, Bound)

_bound_shape = re.compile(r"([^:]*):\s*([^-\s]*)\s*-\s*([^-\s]*)").fullmatch


def parse_composition(text: str) -> tuple[Share, ...]:
    """Shares in the order given; the codes are known, no fibre comes twice, the sum is 100 ± 0.5."""
    shares = _parts(text, _share)
    total = sum([share.pct for share in shares])
    if abs(total - WHOLE_PCT) > SUM_TOLERANCE_PCT:
        raise wrong("composition_sum", total=unscaled(total, PERCENT_PLACES))
    return tuple(shares)


def format_composition(shares: Iterable[tuple[str, int]]) -> str:
    """The inverse of `parse_composition`, each number in its shortest spelling."""
    return ";".join(f"{fibre}:{unscaled(pct, PERCENT_PLACES)}" for fibre, pct in shares)


def parse_bounds(text: str) -> tuple[Bound, ...]:
    """Bounds in the order given; the codes are known, none comes twice, low <= high within 0 and 100."""
    return tuple(_parts(text, _bound))


def format_bounds(bounds: Iterable[tuple[str, int, int]]) -> str:
    """The inverse of `parse_bounds`."""
    return ";".join(
        f"{fibre}:{unscaled(low, PERCENT_PLACES)}-{unscaled(high, PERCENT_PLACES)}" for fibre, low, high in bounds
    )


def _parts(text: str, parse: Callable[[str], P]) -> list[P]:
    parts = each(text.split(";"), parse)
    _refuse_twice([part.fibre for part in parts])
    return parts


@lru_cache(maxsize=65_536)
def _share(part: str) -> Share:
    fibre, colon, pct = part.partition(":")
    if not (fibre and colon and pct):
        raise wrong("composition_shape", value=part)
    return Share(checked_fibre(fibre.strip()), _percent(pct.strip()))


@lru_cache(maxsize=65_536)
def _bound(part: str) -> Bound:
    found = _bound_shape(part)
    if found is None:
        raise wrong("bound_shape", value=part)
    fibre = found.group(1).strip()
    low, high = _percent(found.group(2)), _percent(found.group(3))
    if low > high:
        raise wrong("bound_upside_down", value=part)
    return Bound(fibre if fibre == OTHERS else checked_fibre(fibre), low, high)


def _percent(text: str) -> int:
    pct = scaled(text, PERCENT_PLACES)
    if not 0 <= pct <= WHOLE_PCT:
        raise wrong("not_between", value=plain(text), low=0, high=100)
    return pct


def _refuse_twice(fibres: Sequence[str]) -> None:
    if len(set(fibres)) == len(fibres):
        return
    twice = [fibre for fibre, times in Counter(fibres).items() if times > 1]
    if twice:
        raise Wrong(*(Fault("listed_twice", {"value": fibre}) for fibre in twice))
