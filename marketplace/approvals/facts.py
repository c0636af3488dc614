# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the checks of a case look at, and what a check says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Colour = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Permit:
    """A waste code that the taker may receive, until a day (None: not stated)."""

    waste_code: str
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Mix:
    """Goods as a part of a recipe or of a way: grams as computed; how many others are not agreed yet, or fell away."""

    computed_g: int
    talked_about: int
    lost: int


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """All that the checks look at. Masses in grams, price in thousandths of a euro per kg."""

    today: date
    regime: str
    mass_g: int
    price_milli_eur_kg: int
    transport: str
    offer_mass_g: int
    need_mass_g: int
    pickup: tuple[date | None, date | None] = (None, None)
    offer_window: tuple[date | None, date | None] = (None, None)
    need_window: tuple[date | None, date | None] = (None, None)
    need_regimes: tuple[str, ...] = ()
    origin: str = ""
    form_code: str = ""
    composition: str = ""
    waste_codes: tuple[str, ...] = ()
    certificates_held: frozenset[str] = frozenset()
    certificates_asked: frozenset[str] = frozenset()
    need_category: str = ""
    need_use: str = ""
    permits: tuple[Permit, ...] = ()
    giver_has_permit: bool = False
    giver_albo: frozenset[str] = frozenset()
    taker_albo: frozenset[str] = frozenset()
    operator_is_broker: bool = False
    mix: Mix | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list. `words` is a message id; facts `…_g` are grams, `…_on` days."""

    key: str
    colour: Colour
    article: str
    words: str
    facts: Mapping[str, object] = field(default_factory=dict)
