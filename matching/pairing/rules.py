# SPDX-License-Identifier: AGPL-3.0-or-later
"""The hard rules of a pair: each has a name, and says for pairs of listings whether it is broken.

A rule never weighs: it is broken or not. Bounds are inclusive, decimals are compared as integers, an optional
value that is not stated fails a bound that is stated, an open date or price passes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matching.market.columns import Bools, Int32s
from matching.market.vocabulary import REGIMES, WASTE_CODES
from matching.market.vocabulary.tables import rows_of
from matching.pairing.colour import ciede2000
from matching.pairing.distance import distance_km
from matching.pairing.sides import Sides

Index = npt.NDArray[np.integer[Any]]
RuleBits = npt.NDArray[np.uint32]

_WASTE: Final = REGIMES.index("WASTE")
_BYPRODUCT: Final = REGIMES.index("BYPRODUCT")
_HAZARDS: Final = {row["code"]: row["hazardous"] != "no" for row in rows_of("waste_codes")}
_HAZARDOUS: Final = np.array([*(_HAZARDS[code] for code in WASTE_CODES), False])  # last, for -1: no code


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule; `broken(sides, o, n)` answers for each pair of offer o[k] and need n[k]."""

    name: str
    broken: Callable[[Sides, Index, Index], Bools]
    of_mix: bool = False  # in a recipe it holds for the mix, not for each component
    of_offer: bool = False  # it looks at the offer alone


def _own_firm(sides: Sides, o: Index, n: Index) -> Bools:
    return np.asarray(sides.offer_firm[o] == sides.need_firm[n])


def _form(sides: Sides, o: Index, n: Index) -> Bools:
    return np.asarray(sides.form_bit[o] & sides.needs.forms[n] == 0)


def _regime(sides: Sides, o: Index, n: Index) -> Bools:
    return np.asarray(sides.regime_bit[o] & sides.needs.regimes[n] == 0)


def _waste_code(sides: Sides, o: Index, n: Index) -> Bools:
    waste: Bools = sides.offers.regime[o] == _WASTE
    broken: Bools = waste & (sides.waste_slot[o] < 0)
    coded = np.flatnonzero(waste & ~broken)
    broken[coded] = ~sides.permits[n[coded], sides.waste_slot[o[coded]]]
    return broken


def _post_consumer(sides: Sides, o: Index, n: Index) -> Bools:
    return np.asarray(sides.offers.post_consumer[o] & (sides.offers.regime[o] == _BYPRODUCT))


def _hazardous(sides: Sides, o: Index, n: Index) -> Bools:
    return np.asarray(_HAZARDOUS[sides.offers.waste_code[o]])


def _certificates(sides: Sides, o: Index, n: Index) -> Bools:
    return np.asarray((sides.asked[n] & ~sides.held[o]).any(axis=1))


def _window(sides: Sides, o: Index, n: Index) -> Bools:
    begin = np.maximum(sides.offers.from_day[o], sides.needs.from_day[n])
    return np.asarray(begin > np.minimum(sides.offers.until_day[o], sides.needs.until_day[n]))


def pair_distance_km(sides: Sides, o: Index, n: Index) -> npt.NDArray[np.float64]:
    """Kilometres between each offer and need."""
    offers, needs = sides.offers, sides.needs
    return distance_km(offers.lat[o], offers.lon[o], needs.lat[n], needs.lon[n])


def distance_m(sides: Sides, o: Index, n: Index) -> npt.NDArray[np.int64]:
    """The same in whole metres, rounded up: what is weighed and shown."""
    return np.ceil(pair_distance_km(sides, o, n) * 1000).astype(np.int64)


def way_m(sides: Sides, o: Index, n: Index) -> npt.NDArray[np.int64]:
    """The whole way in metres, through processors where there are any."""
    return np.asarray(sides.before_m[o] + distance_m(sides, o, n))


def _radius(sides: Sides, o: Index, n: Index) -> Bools:
    radius_m = sides.needs.radius_m[n]
    broken = radius_m >= 0
    near = np.flatnonzero(broken)
    broken[near] = pair_distance_km(sides, o[near], n[near]) * 1000 > radius_m[near]
    return broken


def _price(sides: Sides, o: Index, n: Index) -> Bools:
    both = sides.offers.priced[o] & sides.needs.priced[n]
    return np.asarray(both & (sides.offers.price_milli[o] > sides.needs.price_milli[n]))


def _offer_lot(sides: Sides, o: Index, n: Index) -> Bools:
    return np.asarray(sides.least_g[o] > sides.needs.mass_g[n])


def _need_lot(sides: Sides, o: Index, n: Index) -> Bools:
    return np.asarray(sides.needs.lot_g[n] > sides.offers.mass_g[o])


def bounded_shares(sides: Sides, o: Index, n: Index) -> Iterator[tuple[Bools, Int32s, Int32s, Int32s]]:
    """The bounds the needs state, one after the other, the rest (`*`) last: (stated, share, low, high).

    Hundredths of a percent, a row per pair; where `stated` is False the other columns mean nothing.
    """
    first = sides.bound_start[n]
    count = sides.bound_start[n + 1] - first
    named = np.zeros(len(o), dtype=np.int32)
    for k in range(int(count.max(initial=0))):
        stated = count > k
        at = np.where(stated, first + k, 0)
        share = sides.shares[o, sides.bound_fibre[at]].astype(np.int32)
        named += np.where(stated, share, 0)
        yield stated, share, sides.bound_low[at], sides.bound_high[at]
    yield sides.rest_low[n] >= 0, sides.total_share[o] - named, sides.rest_low[n], sides.rest_high[n]


def _composition(sides: Sides, o: Index, n: Index) -> Bools:
    asked = np.zeros(len(o), dtype=np.bool_)
    outside = np.zeros(len(o), dtype=np.bool_)
    for stated, share, low, high in bounded_shares(sides, o, n):
        asked |= stated
        outside |= stated & ((share < low) | (share > high))
    return np.asarray(outside | (asked & (sides.total_share[o] == 0)))


def _colour(sides: Sides, o: Index, n: Index) -> Bools:
    broken = sides.needs.delta_e_milli[n] >= 0
    measured = sides.offers.colour_measured[o] & sides.needs.colour_measured[n]
    near = np.flatnonzero(broken & measured)
    difference = ciede2000(sides.offers.lab[o[near]], sides.needs.lab[n[near]])
    broken[near] = difference * 1000 > sides.needs.delta_e_milli[n[near]]
    return broken


def _length(sides: Sides, o: Index, n: Index) -> Bools:
    return np.asarray(sides.needs.length_min_um[n] > np.maximum(sides.offers.length_um[o], -1))


def _micron(sides: Sides, o: Index, n: Index) -> Bools:
    allowed, micron = sides.needs.micron_max_milli[n], sides.offers.micron_milli[o]
    return np.asarray((allowed >= 0) & ((micron < 0) | (micron > allowed)))


# Cheap and selective first: retrieval drops a pair at its first broken rule.
RULES: Final = (
    Rule("form", _form),
    Rule("regime", _regime),
    Rule("post-consumer by-product", _post_consumer, of_offer=True),
    Rule("hazardous", _hazardous, of_offer=True),
    Rule("own firm", _own_firm),
    Rule("window", _window),
    Rule("price", _price, of_mix=True),
    Rule("lot of the offer", _offer_lot),
    Rule("lot of the need", _need_lot),
    Rule("length", _length, of_mix=True),
    Rule("micron", _micron, of_mix=True),
    Rule("waste code", _waste_code),
    Rule("certificates", _certificates),
    Rule("composition", _composition, of_mix=True),
    Rule("radius", _radius),
    Rule("colour", _colour, of_mix=True),
)
RULE_NAMES: Final = tuple(rule.name for rule in RULES)
OF_A_MIX: Final = frozenset(rule.name for rule in RULES if rule.of_mix)


def broken_bits(sides: Sides, o: Index, n: Index) -> RuleBits:
    """Per pair a bit set of the rules it breaks: bit k is `RULES[k]`; 0 is a compatible pair."""
    bits = np.zeros(len(o), dtype=np.uint32)
    for k, rule in enumerate(RULES):
        bits |= rule.broken(sides, o, n).astype(np.uint32) << np.uint32(k)
    return bits


def component_bits(sides: Sides, o: Index, n: Index) -> RuleBits:
    """As `broken_bits`, but where the need asks for a recipe only the rules that hold for each component."""
    of_mix = np.uint32(sum(1 << k for k, rule in enumerate(RULES) if rule.of_mix))
    bits = broken_bits(sides, o, n)
    return np.where(sides.needs.blend[n], bits & ~of_mix, bits)


def names_of(bits: int) -> tuple[str, ...]:
    """Names of the rules in a bit set."""
    return tuple(name for k, name in enumerate(RULE_NAMES) if bits >> k & 1)
