# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same lot typed twice: asked about before it is published, never decided by the machine."""

from __future__ import annotations

from datetime import date
from typing import Any

from matching.market.vocabulary import parse_composition

MASS_TOLERANCE_PPM = 20_000
"""Two per cent: a colleague rounds."""
NEAR_PCT = 500
"""Five points of a percentage, in hundredths: summed over fibres, so that 70/30 and 67.5/32.5 are near."""


def looks_like_twin(one: Any, other: Any) -> bool:
    """Whether two listings of a firm may be the same goods: side, form, mass, window and composition agree."""
    return (
        one.side == other.side
        and one.forms == other.forms
        and one.unit == other.unit
        and _near_mass(one, other)
        and _overlap(one, other)
        and _near_composition(one.composition, other.composition)
    )


def _near_mass(one: Any, other: Any) -> bool:
    if one.mass_g is None or other.mass_g is None:
        return bool(one.quantity == other.quantity)
    larger = max(one.mass_g, other.mass_g)
    return bool(abs(one.mass_g - other.mass_g) * 1_000_000 <= larger * MASS_TOLERANCE_PPM)


def _overlap(one: Any, other: Any) -> bool:
    """Windows that follow each other are a stream that recurs, not a twin."""
    first = max(one.from_day or date.min, other.from_day or date.min)
    last = min(one.until_day or date.max, other.until_day or date.max)
    return first <= last


def _near_composition(one: str, other: str) -> bool:
    if one == other or not one or not other or "-" in one or "-" in other:
        return one == other
    a, b = dict(parse_composition(one)), dict(parse_composition(other))
    return sum(abs(a.get(fibre, 0) - b.get(fibre, 0)) for fibre in {*a, *b}) <= NEAR_PCT
