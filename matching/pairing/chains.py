# SPDX-License-Identifier: AGPL-3.0-or-later
"""What processors make of the offers: every way through one or two of them, as the offer it would be.

A way is written as an offer of its own (form, composition, regime, place and cost of what leaves the last processor),
so that rules and scores judge it like any other. Rates are delivered grams per 10**12 taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from matching.market.arrays import frozen
from matching.market.columns import Bools, Int16s, Int64s, Needs, Offers, Processors
from matching.market.vocabulary import FIBRE_CODES, REGIMES
from matching.pairing.distance import distance_km
from matching.pairing.retrieve import MarketTooLargeError
from matching.pairing.sides import Before

WAYS_CAP: Final = 2_000_000
MILLION: Final = 10**6
_WASTE, _BYPRODUCT, _PRODUCT, _EOW = (REGIMES.index(code) for code in ("WASTE", "BYPRODUCT", "PRODUCT", "EOW"))
_WHOLE_PCT: Final = 10_000  # hundredths of a percent


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Offers as they leave processors; `origin`, `first`, `second` (-1: none) are rows of offers and processors."""

    offers: Offers
    origin: Int64s
    first: Int64s
    second: Int64s
    rate: Int64s
    first_rate: Int64s  # millionths that reach the second processor
    before: Before  # from the offer to the last processor

    def __len__(self) -> int:
        return len(self.origin)


def rates(processors: "Processors | None", first: Int64s, second: Int64s) -> tuple[Int64s, Int64s]:
    """Delivered per 10**12 taken, and per million that reach the second, of legs through these processors."""
    yields = np.append(processors.yield_ppm if processors is not None else np.zeros(0, np.int64), MILLION)
    return np.asarray(yields[first] * yields[second]), np.asarray(yields[first])


def ways_through(offers: Offers, needs: Needs, processors: Processors) -> Ways:
    """Every lawful way that some need's forms and regimes accept; too many raise MarketTooLargeError."""
    found, count = [], 0
    for first, second in _steps(needs, processors):
        origin = _entering(offers, processors, first, second)
        count += len(origin)
        if count > WAYS_CAP:
            raise MarketTooLargeError(
                f"more than {WAYS_CAP:,} ways lead through the processors. "
                "Split the market by district or period, or let processors name fewer forms."
            )
        found.append((origin, np.full(len(origin), first), np.full(len(origin), second)))
    columns = [np.concatenate([np.zeros(0, np.int64), *parts]) for parts in zip(*found, strict=True)]
    origin, first_of, second_of = columns if found else [np.zeros(0, np.int64)] * 3
    return _made(offers, processors, needs, origin, np.stack([first_of, second_of]))


def _steps(needs: Needs, processors: Processors) -> Iterator[tuple[int, int]]:
    """Single processors, and pairs of which the second takes what the first makes; the last makes what is wanted."""
    wanted = int(np.bitwise_or.reduce(needs.forms)) if len(needs) else 0
    made, taken = processors.output_form.tolist(), processors.input_forms.tolist()
    for first in range(len(processors)):
        if wanted >> made[first] & 1:
            yield first, -1
        for second in range(len(processors)):
            if second != first and taken[second] >> made[first] & 1 and wanted >> made[second] & 1:
                yield first, second


def _entering(offers: Offers, processors: Processors, first: int, second: int) -> Int64s:
    """Rows of the offers that the first may take and, where there is a second, whose outcome that may take."""
    forms = int(processors.input_forms[first]) >> offers.form.astype(np.int64) & 1 == 1
    lawful = ~(offers.post_consumer & (offers.regime == _BYPRODUCT))
    enters = forms & lawful & _permitted(processors, first, offers.regime.astype(np.int64), offers.waste_code)
    if second >= 0:
        leaves = leaving(offers.regime.astype(np.int64), np.full(len(offers), bool(processors.eow[first])))
        enters = enters & _permitted(processors, second, leaves, offers.waste_code)
    return np.flatnonzero(enters)


def _permitted(processors: Processors, row: int, regime: Int64s, waste_code: Int16s) -> Bools:
    """Whether a processor may take goods of these regimes, and waste of these codes."""
    accepts = int(processors.regimes[row]) >> regime & 1 == 1
    coded = np.isin(waste_code, sorted(processors.waste_codes[row]))
    return np.asarray(accepts & ((regime != _WASTE) | coded))


def leaving(regime: Int64s, eow: Bools) -> Int64s:
    """The regime of what leaves a processor: a by-product becomes a product; waste ceases to be only in recovery."""
    recovered = (regime == _WASTE) & eow
    return np.where(regime == _BYPRODUCT, _PRODUCT, np.where(recovered, _EOW, regime))


def _made(offers: Offers, processors: Processors, needs: Needs, origin: Int64s, steps: Int64s) -> Ways:
    """The ways of which anything is left, some of it wanted under its regime."""
    rate, first_rate = rates(processors, *steps)
    regime = offers.regime[origin].astype(np.int64)
    for step in steps:
        regime = np.where(step >= 0, leaving(regime, np.append(processors.eow, False)[step]), regime)
    shares = _left_over(offers, processors, origin, steps)
    stated = np.diff(offers.composition_start)[origin] > 0
    wanted = int(np.bitwise_or.reduce(needs.regimes)) if len(needs) else 0
    mass_g = _through(offers.mass_g[origin], rate)
    kept = np.flatnonzero((~stated | (shares.sum(axis=1) > 0)) & (wanted >> regime & 1 == 1) & (mass_g > 0))
    origin, steps, rate, shares = origin[kept], steps[:, kept], rate[kept], shares[kept]
    last = np.where(steps[1] >= 0, steps[1], steps[0])
    goods = replace(
        offers.take(origin),
        form=frozen(processors.output_form[last].astype(np.int16)),
        mass_g=frozen(mass_g[kept]),
        lot_g=frozen(_through(offers.lot_g[origin], rate)),
        regime=frozen(regime[kept].astype(np.int8)),
        waste_code=frozen(np.where(regime[kept] == _WASTE, offers.waste_code[origin], -1).astype(np.int16)),
        price_milli=frozen(_costs(offers.price_milli[origin], processors, steps)),
        certificates=_certificates(offers, processors, origin, steps),
        length_um=frozen(np.full(len(origin), -1)),
        micron_milli=frozen(np.full(len(origin), -1)),
        lat=frozen(processors.lat[last]),
        lon=frozen(processors.lon[last]),
        **_ragged(shares),
    )
    before = _before(offers, processors, origin, steps)
    return Ways(goods, origin, steps[0], steps[1], rate, first_rate[kept], before)


def _through(mass_g: Int64s, rate: Int64s) -> Int64s:
    pairs = zip(mass_g.tolist(), rate.tolist(), strict=True)
    return np.array([grams * share // MILLION**2 for grams, share in pairs], dtype=np.int64)


def _left_over(offers: Offers, processors: Processors, origin: Int64s, steps: Int64s) -> Int64s:
    """(ways, fibres) hundredths of a percent without what is removed; the rest makes up 100 % (largest remainders)."""
    rows = np.repeat(np.arange(len(offers)), np.diff(offers.composition_start))
    dense = np.zeros((len(offers), len(FIBRE_CODES)), dtype=np.int64)
    dense[rows, offers.composition_fibre] = offers.composition_pct
    removes = np.zeros((len(processors) + 1, len(FIBRE_CODES)), dtype=np.bool_)
    for row, fibres in enumerate(processors.removes):
        removes[row, sorted(fibres)] = True
    before = dense[origin]
    shares = np.where(removes[steps[0]] | removes[steps[1]], 0, before)
    purged = shares.sum(axis=1) < before.sum(axis=1)
    shares[purged] = made_whole(shares[purged])
    return shares


def made_whole(shares: Int64s) -> Int64s:
    """Rows scaled to 100 %, whole hundredths; rows of nothing stay so."""
    total = np.maximum(shares.sum(axis=1, keepdims=True), 1)
    scaled, rest = np.divmod(shares * _WHOLE_PCT, total)
    lacking = np.where(shares.any(axis=1), _WHOLE_PCT - scaled.sum(axis=1), 0)
    rank = np.argsort(np.argsort(-rest, axis=1, kind="stable"), axis=1)
    return np.asarray(scaled + (rank < lacking[:, None]))


def _ragged(shares: Int64s) -> dict[str, Any]:
    row, fibre = np.nonzero(shares)
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(shares)))]).astype(np.int64)
    return {
        "composition_start": frozen(start),
        "composition_fibre": frozen(fibre.astype(np.int16)),
        "composition_pct": frozen(shares[row, fibre].astype(np.int32)),
    }


def _costs(ask_milli: Int64s, processors: Processors, steps: Int64s) -> Int64s:
    """(ask + costs) / yield in thousandths of a euro per kg, rounded up: compared with a highest price, it is exact."""
    cost, yields = (np.append(column, 0).tolist() for column in (processors.cost_milli, processors.yield_ppm))
    ways = zip(ask_milli.tolist(), *steps.tolist(), strict=True)
    costs = []
    for ask, first, second in ways:
        spent, rate = (ask + cost[first]) * MILLION, yields[first]
        if second >= 0:
            spent, rate = (spent + cost[second] * rate) * MILLION, rate * yields[second]
        costs.append(-(-spent // rate))
    return np.array(costs, dtype=np.int64)


def _certificates(offers: Offers, processors: Processors, origin: Int64s, steps: Int64s) -> tuple[frozenset[str], ...]:
    """What the offer and every processor hold."""
    ways = zip(origin.tolist(), *steps.tolist(), strict=True)
    held = processors.certificates
    return tuple(
        offers.certificates[offer] & held[first] & (held[second] if second >= 0 else held[first])
        for offer, first, second in ways
    )


def _before(offers: Offers, processors: Processors, origin: Int64s, steps: Int64s) -> Before:
    """The way from the offer to the last processor, each stretch rounded up to metres, and its cost."""
    first, second = steps
    place = processors.lat[first], processors.lon[first]
    there = distance_km(offers.lat[origin], offers.lon[origin], *place)
    onward = distance_km(*place, processors.lat[second], processors.lon[second])
    stretches = np.ceil(there * 1000), np.where(second >= 0, np.ceil(onward * 1000), 0.0)
    rate, first_rate = rates(processors, first, second)
    carried = np.ceil(stretches[0] * (MILLION**2 / rate) + stretches[1] * (MILLION * first_rate / rate))
    metres = (stretches[0] + stretches[1]).astype(np.int64)
    costs = _costs(np.zeros(len(origin), dtype=np.int64), processors, steps)
    return Before(metres, carried.astype(np.int64), costs, offers.price_milli[origin], offers.regime[origin])
