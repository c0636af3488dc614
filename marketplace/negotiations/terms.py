# SPDX-License-Identifier: AGPL-3.0-or-later
"""Terms of a deal as a value: what an answer answers, and what changed between two rounds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date

from marketplace.errors import N_

TRANSPORTS: Mapping[str, str] = {
    "giver": N_("The giver brings it"),
    "taker": N_("The taker fetches it"),
    "carrier": N_("A carrier"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed on. Mass in grams, price in thousandths of a euro per kg paid to the giver."""

    mass_g: int
    price_milli_eur_kg: int
    transport: str
    quality: str = ""
    sample: bool = False
    pickup_from: date | None = None
    pickup_until: date | None = None
    note: str = ""

    @property
    def sha256(self) -> str:
        """The digest that an answer carries: equal terms, equal digest."""
        plain = {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(self).items()}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answered:
    """The round that somebody had before their eyes when they answered; number 0 and no digest: none."""

    number: int
    terms_sha256: str = ""


NEVER_SEEN = Answered(-1)
"""A round that never was: whoever answers it is shown what is on the table."""


@dataclass(frozen=True, slots=True)
class Change:
    """One term that differs; None where there were no terms."""

    name: str
    seen: object
    now: object


def differences(seen: Terms | None, now: Terms | None) -> list[Change]:
    """Every term that is not the same in both, in the order of Terms; empty words and no words are the same."""
    pairs = ((field.name, _value(seen, field.name), _value(now, field.name)) for field in fields(Terms))
    return [Change(name, before, after) for name, before, after in pairs if before != after]


def _value(terms: Terms | None, name: str) -> object:
    value = None if terms is None else getattr(terms, name)
    return None if value == "" else value


def common_days(
    one: tuple[date | None, date | None], other: tuple[date | None, date | None]
) -> tuple[date | None, date | None]:
    """The days that two windows share, each end None where neither states it; none at all where they do not meet."""
    first = max((day for day in (one[0], other[0]) if day), default=None)
    last = min((day for day in (one[1], other[1]) if day), default=None)
    return (first, last) if first is None or last is None or first <= last else (None, None)
