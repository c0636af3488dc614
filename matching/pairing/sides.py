# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offers and needs made ready to be compared in stripes: what rules and terms look up, once per listing."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matching.market.columns import Bools, ByteBits, FormBits, Int8s, Int16s, Int32s, Int64s, Needs, Offers
from matching.market.texts import Texts
from matching.market.vocabulary import FIBRE_CODES, REGIMES

WordBits = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """What the goods of each offer were, and what happened to them, before they stand on offer as they do.

    `carried_m` weighs each stretch of the way by what was still carried there, per delivered mass.
    """

    metres: Int64s
    carried_m: Int64s
    cost_milli: Int64s  # of processing, per delivered kg, rounded up
    price_milli: Int64s  # asked for the goods as first offered
    regime: Int8s  # under which they were first offered


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Both sides of a market with the columns derived from them; index pairs (o, n) point into both."""

    offers: Offers
    needs: Needs
    offer_firm: Int32s  # equal numbers: the same firm
    need_firm: Int32s
    form_bit: FormBits
    regime_bit: ByteBits
    least_g: Int64s  # smallest proposal of an offer: all of it where it is indivisible
    shares: Int16s  # (offers, fibres), hundredths of a percent
    total_share: Int32s  # 0: composition not stated
    bound_start: Int64s  # bounds on named fibres only
    bound_fibre: Int16s
    bound_low: Int32s
    bound_high: Int32s
    rest_low: Int32s  # bound on all fibres not named; -1: none
    rest_high: Int32s
    waste_slot: Int16s  # place of an offer's code among those on offer, -1 none
    permits: Bools  # (needs, codes on offer)
    held: WordBits  # (offers, words): certificates
    asked: WordBits
    before: Before

    @property
    def before_m(self) -> Int64s:
        """Metres an offer has come through processors."""
        return self.before.metres


def prepare(offers: Offers, needs: Needs, before: Before | None = None) -> Sides:
    """Derive what comparing needs; linear in the listings."""
    firms = _numbers([*offers.firms, *needs.firms])
    shares, total = _dense_shares(offers)
    slot, permits = _permits(offers, needs)
    words = _set_words([*offers.certificates, *needs.certificates])
    return Sides(
        offers,
        needs,
        firms[: len(offers)],
        firms[len(offers) :],
        np.left_shift(np.uint64(1), offers.form.astype(np.uint64)),
        np.left_shift(np.uint8(1), offers.regime.astype(np.uint8)),
        np.where(offers.divisible, offers.lot_g, offers.mass_g),
        shares,
        total,
        *_bounds(needs),
        slot,
        permits,
        words[: len(offers)],
        words[len(offers) :],
        before or _nothing_before(offers),
    )


def _nothing_before(offers: Offers) -> Before:
    none = np.zeros(len(offers), dtype=np.int64)
    return Before(none, none, none, offers.price_milli, offers.regime)


def block_key(form: int, regime: int) -> int:
    """Number of the block of offers that share a form and a regime."""
    return form * len(REGIMES) + regime


def accepting(needs: Needs, form: int, regime: int) -> Int64s:
    """The needs that take this form under this regime."""
    takes_form = (needs.forms >> np.uint64(form)) & np.uint64(1) == 1
    takes_regime = (needs.regimes >> np.uint8(regime)) & np.uint8(1) == 1
    return np.flatnonzero(takes_form & takes_regime)


def lean(sides: Sides) -> Sides:
    """The same without the texts that only explanations need: light enough to travel."""
    offers = replace(sides.offers, texts=Texts({}, ()), description=())
    return replace(sides, offers=offers, needs=replace(sides.needs, texts=Texts({}, ()), description=()))


def _numbers(names: Sequence[Hashable]) -> Int32s:
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(name, len(seen)) for name in names], dtype=np.int32)


def _dense_shares(offers: Offers) -> tuple[Int16s, Int32s]:
    rows = np.repeat(np.arange(len(offers)), np.diff(offers.composition_start))
    shares = np.zeros((len(offers), len(FIBRE_CODES)), dtype=np.int16)
    np.add.at(shares, (rows, offers.composition_fibre), offers.composition_pct.astype(np.int16))
    return shares, shares.sum(axis=1, dtype=np.int32)


def _bounds(needs: Needs) -> tuple[Int64s, Int16s, Int32s, Int32s, Int32s, Int32s]:
    """CSR of the bounds on named fibres, and the bound on the rest as two columns."""
    rows = np.repeat(np.arange(len(needs)), np.diff(needs.bound_start))
    named = needs.bound_fibre >= 0
    start = np.concatenate([[0], np.cumsum(np.bincount(rows[named], minlength=len(needs)))])
    rest_low, rest_high = np.full((2, len(needs)), -1, dtype=np.int32)
    rest_low[rows[~named]] = needs.bound_low[~named]
    rest_high[rows[~named]] = needs.bound_high[~named]
    bound = (needs.bound_fibre[named], needs.bound_low[named], needs.bound_high[named])
    return start.astype(np.int64), *bound, rest_low, rest_high


def _permits(offers: Offers, needs: Needs) -> tuple[Int16s, Bools]:
    """Each offer's code as a slot among the codes on offer, and which of these each need may receive."""
    codes = sorted(set(offers.waste_code.tolist()) - {-1})
    slot_of = {code: slot for slot, code in enumerate(codes)}
    slots = np.array([slot_of.get(code, -1) for code in offers.waste_code.tolist()], dtype=np.int16)
    distinct = _numbers(needs.waste_codes)
    kinds = list(dict.fromkeys(needs.waste_codes))
    table = np.array([[code in kind for code in codes] for kind in kinds], dtype=np.bool_)
    return slots, table.reshape(len(kinds), len(codes))[distinct]


def _set_words(sets: Iterable[frozenset[str]]) -> WordBits:
    """Sets of words as rows of 64-bit words, one bit per distinct word."""
    listed = list(sets)
    bit_of = {word: bit for bit, word in enumerate(sorted(frozenset().union(*listed)))}
    width = max(1, -(-len(bit_of) // 64))
    kinds = list(dict.fromkeys(listed))
    table = np.zeros((len(kinds), width), dtype=np.uint64)
    for row, kind in enumerate(kinds):
        for word in kind:
            table[row, bit_of[word] // 64] |= np.uint64(1) << np.uint64(bit_of[word] % 64)
    return table[_numbers(listed)]
