# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offers on shelves, so that a need looks at few of them: which visits there are, without making a single pair.

A shelf holds the offers of one form and regime that contain one fibre (and again all of them, whatever they
contain), by length of window. A need visits the shelves of its rarest required fibre, and there only the rows that
one of six orders (latitude, longitude, day, price, share, mass) leaves: the narrowest, whatever the others look like.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.market.columns import Bools, Int32s, Int64s, Needs, Offers
from matching.market.vocabulary import FIBRE_CODES, FORM_CODES, REGIMES
from matching.pairing.distance import EARTH_RADIUS_KM
from matching.pairing.kernel import NO_HIGH, NO_LOW, ORDERS, Shelves, Visits, narrow
from matching.pairing.sides import Sides, accepting

Reals = npt.NDArray[Any]

WINDOW_DAYS: Final = np.array([32, 366])  # offers open longer than others stand apart
_ANY: Final = len(FIBRE_CODES)
_FIBRES: Final = _ANY + 1
_LENGTHS: Final = len(WINDOW_DAYS) + 1
_SHELVES: Final = len(FORM_CODES) * len(REGIMES) * _FIBRES * _LENGTHS
_PER_DEGREE: Final = 1_000_000
_ROUNDING_DEGREES: Final = 1e-6  # a tenth of a metre: the box never cuts what the radius rule lets pass


class Hall(NamedTuple):
    """A market laid out to be scanned: what `kernel.scan` takes."""

    visits: Visits
    shelves: Shelves
    low: Int32s  # (needs, FACTS)
    high: Int32s

    @property
    def examined(self) -> Int64s:
        """Rows that each visit looks at."""
        return np.asarray(self.visits.last - self.visits.first)

    def only(self, first: int, last: int) -> "Hall":
        """The same market with some of the visits."""
        need, shelf, order, starts, ends = self.visits
        some = slice(first, last)
        return self._replace(visits=Visits(need[some], shelf[some], order[some], starts[some], ends[some]))


def lay_out(sides: Sides, lawful: Bools) -> Hall:
    """Shelves of the lawful offers, and every visit a need pays to them with the rows it looks at."""
    shelves, bound = _shelves(sides, lawful), rarest_bounds(sides)
    low, high = limits_of_needs(sides, bound)
    hall = Hall(_visits(sides, shelves, bound), shelves, low, high)
    narrow(*hall)
    return hall


def lay_out_few(sides: Sides, lawful: Bools, asking: Bools) -> Hall:
    """The same for few offers or few needs: nothing is sorted, a need looks at all of a shelf."""
    shelves, bound = _shelves(sides, lawful, orders=()), rarest_bounds(sides)
    visits = _visits(sides, shelves, bound)
    need, shelf = (column[asking[visits.need]] for column in visits[:2])
    starts = shelves.start[shelf], shelves.start[shelf.astype(np.int64) + 1]
    return Hall(Visits(need, shelf, np.zeros(len(need), np.int64), *starts), shelves, *limits_of_needs(sides, bound))


def _shelves(sides: Sides, lawful: Bools, orders: Sequence[int] = ORDERS) -> Shelves:
    offers = sides.offers
    offer, fibre, share = _entries(offers, lawful)
    days = (offers.until_day.astype(np.int64) - offers.from_day)[offer]
    block = offers.form[offer].astype(np.int64) * len(REGIMES) + offers.regime[offer]
    shelf = (block * _FIBRES + fibre) * _LENGTHS + np.searchsorted(WINDOW_DAYS, days)
    order = np.argsort(shelf, kind="stable")
    offer, shelf, share, days = offer[order], shelf[order], share[order], days[order]
    facts = facts_of(sides, offer, share)
    rows = [np.argsort((shelf << 32) + facts[:, fact]) for fact in orders] or [np.arange(len(shelf))]
    longest = np.zeros(_SHELVES, dtype=np.int64)
    np.maximum.at(longest, shelf, days)
    return Shelves(
        np.searchsorted(shelf, np.arange(_SHELVES + 1)),
        longest,
        offer.astype(np.int32),
        facts,
        np.stack(rows).astype(np.int32),
        np.stack([facts[row, fact] for row, fact in zip(rows, orders or ORDERS[:1], strict=True)]),
    )


def _entries(offers: Offers, lawful: Bools) -> tuple[Int64s, Int64s, Int64s]:
    """Every lawful offer once for each fibre it contains and once for any: offer, fibre, share."""
    every = np.flatnonzero(lawful)
    contains = np.repeat(np.arange(len(offers)), np.diff(offers.composition_start))
    stated = np.flatnonzero(lawful[contains] & (offers.composition_pct > 0))
    return (
        np.concatenate([every, contains[stated]]),
        np.concatenate([np.full(len(every), _ANY), offers.composition_fibre[stated].astype(np.int64)]),
        np.concatenate([np.zeros(len(every), np.int64), offers.composition_pct[stated].astype(np.int64)]),
    )


def facts_of(sides: Sides, offer: Int64s, share: Int64s) -> Int32s:
    """Rows of the offers, in the order of the kernel's names; an open price passes every limit."""
    offers = sides.offers
    columns = (
        np.floor(offers.lat * _PER_DEGREE)[offer],
        np.floor(offers.lon * _PER_DEGREE)[offer],
        offers.from_day[offer],
        offers.until_day[offer],
        np.where(offers.priced, offers.price_milli, NO_LOW)[offer],
        share,
        sides.least_g[offer],
        offers.mass_g[offer],
    )
    return np.stack([_clipped(column) for column in columns], axis=1)


def limits_of_needs(sides: Sides, bound: Int64s) -> tuple[Int32s, Int32s]:
    """Least and most of each fact that a need can take; recipes are asked for price and composition as a whole."""
    needs = sides.needs
    open_low, open_high = np.full(len(needs), NO_LOW), np.full(len(needs), NO_HIGH)
    least_share, most_share, some = open_low.copy(), open_high.copy(), bound >= 0
    least_share[some], most_share[some] = sides.bound_low[bound[some]], sides.bound_high[bound[some]]
    south, north, west, east = _boxes(needs)
    highest = np.where(needs.priced & ~needs.blend, needs.price_milli, NO_HIGH)
    least_mass = np.where(needs.lot_g > 0, needs.lot_g, NO_LOW)
    low = (south, west, open_low, needs.from_day, open_low, least_share, open_low, least_mass)
    high = (north, east, needs.until_day, open_high, highest, most_share, needs.mass_g, open_high)
    return np.stack([_clipped(c) for c in low], axis=1), np.stack([_clipped(c) for c in high], axis=1)


def _clipped(column: Reals) -> Int32s:
    """As int32; what lies outside becomes its end, so that comparisons may err only towards passing."""
    return np.clip(column, NO_LOW, NO_HIGH).astype(np.int32)


def _boxes(needs: Needs) -> tuple[Reals, Reals, Reals, Reals]:
    """South, north, west and east of each need's radius; open where it has none or reaches round a pole or 180°."""
    angle = np.minimum(needs.radius_m / (1000 * EARTH_RADIUS_KM), np.pi / 2)
    reach = np.degrees(angle) + _ROUNDING_DEGREES
    ratio = np.sin(angle) / np.maximum(np.cos(np.radians(needs.lat)), 1e-12)
    aside = np.degrees(np.arcsin(np.clip(ratio, 0.0, 1.0))) + _ROUNDING_DEGREES
    south, north, west, east = needs.lat - reach, needs.lat + reach, needs.lon - aside, needs.lon + aside
    polar = (south <= -90) | (north >= 90) | (west <= -180) | (east >= 180) | (ratio >= 1)
    anywhere = needs.radius_m < 0
    return (
        np.where(anywhere, NO_LOW, np.floor(south * _PER_DEGREE)),
        np.where(anywhere, NO_HIGH, np.ceil(north * _PER_DEGREE)),
        np.where(anywhere | polar, NO_LOW, np.floor(west * _PER_DEGREE)),
        np.where(anywhere | polar, NO_HIGH, np.ceil(east * _PER_DEGREE)),
    )


def rarest_bounds(sides: Sides) -> Int64s:
    """The place of each need's bound on the rarest fibre it can't do without; -1 where it requires none."""
    need = np.repeat(np.arange(len(sides.needs)), np.diff(sides.bound_start))
    place = np.flatnonzero((sides.bound_low > 0) & ~sides.needs.blend[need])
    offers_with = np.bincount(sides.offers.composition_fibre, minlength=len(FIBRE_CODES))
    falling = np.argsort(-offers_with[sides.bound_fibre[place]], kind="stable")
    rarest = np.full(len(sides.needs), -1, dtype=np.int64)
    rarest[need[place[falling]]] = place[falling]  # the last one written is the rarest
    return rarest


def _visits(sides: Sides, shelves: Shelves, bound: Int64s) -> Visits:
    """Every need with each shelf that holds something it might take, shelf after shelf."""
    fibre = np.full(len(bound), _ANY, dtype=np.int64)
    fibre[bound >= 0] = sides.bound_fibre[bound[bound >= 0]]
    filled = np.diff(shelves.start) > 0
    need, shelf = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for block in np.flatnonzero(filled.reshape(-1, _FIBRES * _LENGTHS).any(axis=1)).tolist():
        takers = accepting(sides.needs, *divmod(block, len(REGIMES)))
        there = (block * _FIBRES + fibre[takers])[:, None] * _LENGTHS + np.arange(_LENGTHS)
        taker, length = np.nonzero(filled[there])
        need.append(takers[taker])
        shelf.append(there[taker, length])
    needs, shelf_of = np.concatenate(need), np.concatenate(shelf)
    order = np.argsort(shelf_of, kind="stable")
    blanks = (np.zeros(len(order), np.int64) for _ in range(3))
    return Visits(needs[order].astype(np.int32), shelf_of[order].astype(np.int32), *blanks)
