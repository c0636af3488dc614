# SPDX-License-Identifier: AGPL-3.0-or-later
"""How grams may move between the buckets of an account, and what every account must satisfy.

A gram comes from outside, is free, then promised in two phases: reserved (both firms accepted), committed (the
coordinator approved), delivered (weighed in). What was withdrawn or expired is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.errors import N_, Refused

MOST_GRAMS = 10**14
"""Far above what any account holds, far below what the databases' integers overflow at."""

EVENTS: dict[str, str] = {}
"""The ledger has its own append-only record, so it adds no events to the timeline."""


class Bucket(StrEnum):
    """Where the grams of an account can be."""

    OUTSIDE = "outside"
    FREE = "free"
    RESERVED = "reserved"
    COMMITTED = "committed"
    DELIVERED = "delivered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Step:
    """Grams leave one bucket and enter another."""

    source: Bucket
    target: Bucket


STEPS: Mapping[str, Step] = {
    "open": Step(Bucket.OUTSIDE, Bucket.FREE),
    "grow": Step(Bucket.OUTSIDE, Bucket.FREE),
    "shrink": Step(Bucket.FREE, Bucket.OUTSIDE),
    "reserve": Step(Bucket.FREE, Bucket.RESERVED),
    "release": Step(Bucket.RESERVED, Bucket.FREE),
    "commit": Step(Bucket.RESERVED, Bucket.COMMITTED),
    "give back": Step(Bucket.COMMITTED, Bucket.FREE),
    "deliver": Step(Bucket.COMMITTED, Bucket.DELIVERED),
    "correct up": Step(Bucket.FREE, Bucket.DELIVERED),
    "correct down": Step(Bucket.DELIVERED, Bucket.FREE),
    "close": Step(Bucket.FREE, Bucket.CLOSED),
    "reopen": Step(Bucket.CLOSED, Bucket.FREE),
}
"""Kind of movement → from where to where; nothing else ever moves a gram."""

KIND_WORDS: Mapping[str, str] = {
    "open": N_("Listed"),
    "grow": N_("Quantity raised"),
    "shrink": N_("Quantity lowered"),
    "reserve": N_("Terms agreed"),
    "release": N_("Released"),
    "commit": N_("Approved"),
    "give back": N_("Given back"),
    "deliver": N_("Delivered"),
    "correct up": N_("Delivery corrected upwards"),
    "correct down": N_("Delivery corrected downwards"),
    "close": N_("Withdrawn or expired"),
    "reopen": N_("Taken back for a correction"),
}


BUCKET_WORDS: Mapping[str, str] = {
    Bucket.OUTSIDE: N_("outside"),
    Bucket.FREE: N_("free"),
    Bucket.RESERVED: N_("reserved"),
    Bucket.COMMITTED: N_("committed"),
    Bucket.DELIVERED: N_("delivered"),
    Bucket.CLOSED: N_("closed"),
}


class NotEnoughGrams(Refused):
    """The account does not hold that many grams where they would have to come from."""

    words = N_("There are fewer kilograms left than this. Please look at what is still free.")


class NotAMass(Refused):
    """A movement of nothing, of less than nothing or of more than any account can hold."""

    words = N_("The quantity must be at least one gram.")


def check_grams(grams: int) -> None:
    """Raise NotAMass unless this many grams can move at all."""
    if not 0 < grams <= MOST_GRAMS:
        raise NotAMass


def correction(delta_g: int) -> str:
    """The kind of movement that changes what was delivered by this many grams, up or down."""
    return "correct up" if delta_g > 0 else "correct down"
