# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an allocation decides: one column per leg, and everything that limits the grams on it.

A leg takes grams of one offer, directly or through one or two processors, to one need. Direct pairs, chains and
components of recipes are all legs and compete for the same grams. Delivered = floor(taken x rate / WHOLE).
"""

from dataclasses import dataclass, fields, replace
from typing import Final, Self

import numpy as np

from matching.allocation.recipes import Mix
from matching.market.columns import Bools, Int64s
from matching.pairing.rules import Index

WHOLE: Final = 10**12  # the rate of a leg that delivers what it takes: two yields in millionths
MILLION: Final = 10**6
NO_PROCESSOR: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Rows of both ends and of the processors between; `value` in micro-points per delivered kg."""

    offer: Int64s
    need: Int64s
    value: Int64s
    first: Int64s  # NO_PROCESSOR where direct
    second: Int64s
    rate: Int64s  # delivered grams per WHOLE grams taken
    first_rate: Int64s  # grams that reach the second processor per million taken

    def __len__(self) -> int:
        return len(self.offer)

    def only(self, chosen: "Bools | Int64s") -> Self:
        """Some of the legs."""
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    @property
    def direct(self) -> Bools:
        """True for the legs that pass no processor."""
        return np.asarray(self.first == NO_PROCESSOR)

    @property
    def lossless(self) -> Bools:
        """True for the legs that pass no processor and deliver what they take."""
        return np.asarray(self.direct & (self.rate == WHOLE))


def direct_legs(offer: Index, need: Index, value: Int64s) -> Legs:
    """Legs without processors."""
    none = np.full(len(offer), NO_PROCESSOR, dtype=np.int64)
    whole, million = np.full(len(offer), WHOLE, dtype=np.int64), np.full(len(offer), MILLION, dtype=np.int64)
    return Legs(offer.astype(np.int64), need.astype(np.int64), value, none, none, whole, million)


def joined(one: Legs, other: Legs) -> Legs:
    """The legs of both, one after the other."""
    columns = {f.name: np.concatenate([getattr(one, f.name), getattr(other, f.name)]) for f in fields(Legs)}
    return Legs(**columns)


def delivered_g(taken_g: Int64s, rate: Int64s) -> Int64s:
    """Whole grams that arrive; products may exceed int64, so grams are cut in two."""
    high, low = np.divmod(taken_g, MILLION)
    high_whole, high_rest = np.divmod(rate, MILLION)
    # taken x rate / 10**12, in parts: every product stays below 2**63 for masses up to 10**12 g
    middle = high * high_rest + low * high_whole  # counts of 10**6
    rest = (middle % MILLION) * MILLION + low * high_rest
    return np.asarray(high * high_whole + middle // MILLION + rest // WHOLE)


def taken_for(delivered: Int64s, rate: Int64s) -> Int64s:
    """The fewest grams to take so that this many arrive."""
    if (rate == WHOLE).all():
        return delivered.copy()
    pairs = zip(delivered.tolist(), rate.tolist(), strict=True)
    return np.array([-(-grams * WHOLE // share) for grams, share in pairs], dtype=np.int64)


def most_taken_for(delivered: Int64s, rate: Int64s) -> Int64s:
    """The most grams to take so that no more than this many arrive."""
    if (rate == WHOLE).all():
        return delivered.copy()
    pairs = zip(delivered.tolist(), rate.tolist(), strict=True)
    most = (((grams + 1) * WHOLE - 1) // share for grams, share in pairs)
    return np.array([min(grams, 1 << 60) for grams in most], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What both sides and the processors allow, in grams; rows are those the legs point to."""

    supply_g: Int64s
    least_g: Int64s  # smallest proposal of an offer, all of it where it is indivisible
    demand_g: Int64s
    lot_g: Int64s  # smallest delivery of one proposal
    max_suppliers: Int64s  # 0: no limit
    min_fill_g: Int64s
    capacity_g: Int64s
    min_batch_g: Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A whole allocation problem, or a part of one."""

    legs: Legs
    limits: Limits
    mix: Mix | None = None  # where a need asks for a recipe
    enough: float = 0.0  # the share of the value that may be left undecided

    def only(self, chosen: "Bools | Int64s") -> "Task":
        """The same limits with some of the legs."""
        mix = None if self.mix is None else self.mix.only(chosen)
        return replace(self, legs=self.legs.only(chosen), mix=mix)

    @property
    def mixed(self) -> Bools:
        """True for the components of recipes."""
        none = np.zeros(len(self.legs), dtype=np.bool_)
        return none if self.mix is None else np.asarray(self.mix.blend[self.legs.need])

    @property
    def plain(self) -> Bools:
        """True for the legs that a transport problem knows: neither with a yield nor of a recipe."""
        return np.asarray(self.legs.lossless & ~self.mixed)

    def least_delivered_g(self) -> Int64s:
        """What a used leg delivers at least."""
        legs, limits = self.legs, self.limits
        return np.maximum(delivered_g(limits.least_g[legs.offer], legs.rate), limits.lot_g[legs.need])

    def least_taken_g(self) -> Int64s:
        """What a used leg takes at least."""
        legs, limits = self.legs, self.limits
        return np.maximum(limits.least_g[legs.offer], taken_for(limits.lot_g[legs.need], legs.rate))

    def most_taken_g(self) -> Int64s:
        """What a leg can take if no other does."""
        legs, limits = self.legs, self.limits
        most = np.minimum(limits.supply_g[legs.offer], most_taken_for(limits.demand_g[legs.need], legs.rate))
        for processor, share in ((legs.first, np.full(len(legs), MILLION)), (legs.second, legs.first_rate)):
            through = np.flatnonzero(processor >= 0)
            capacity = limits.capacity_g[processor[through]].tolist()
            room = [c * MILLION // s for c, s in zip(capacity, share[through].tolist(), strict=True)]
            most[through] = np.minimum(most[through], np.array(room, dtype=np.int64))
        return most
