# SPDX-License-Identifier: AGPL-3.0-or-later
"""The compiled part of retrieval: which offers lie within a need's limits, eight whole numbers at a time.

It decides nothing: it may let a pair pass that breaks a rule, never the reverse (a test holds it against the
rules). `rules.py` has the last word on every pair that is left.
"""

from typing import Final, NamedTuple

import numpy as np

from matching.market.columns import Int32s, Int64s
from matching.pairing.compiled import compiled

FACTS: Final = 8
LAT, LON, FROM, UNTIL, PRICE, SHARE, LEAST, MASS = range(FACTS)
ORDERS: Final = (LAT, LON, FROM, PRICE, SHARE, MASS)  # a shelf is sorted by each of these
_ORDERS: Final = np.array(ORDERS)
_DAY_ORDER: Final = ORDERS.index(FROM)
NO_LOW: Final = np.iinfo(np.int32).min
NO_HIGH: Final = np.iinfo(np.int32).max
_FEW: Final = 16  # rows that are looked at sooner than narrowed down
_FIRST_ROOM: Final = 4096


class Shelves(NamedTuple):
    """Offers as rows, shelf after shelf: shelf k has the rows `start[k]:start[k + 1]`."""

    start: Int64s
    longest: Int64s  # days of each shelf's longest window
    offer: Int32s
    facts: Int32s  # (rows, FACTS)
    row: Int32s  # (orders, rows): the rows of each shelf in each order
    value: Int32s  # (orders, rows): the fact they are sorted by


class Visits(NamedTuple):
    """A need looks at a shelf: at the rows `first:last` of one of its orders."""

    need: Int32s
    shelf: Int32s
    order: Int64s
    first: Int64s
    last: Int64s


@compiled
def narrow(visits: Visits, shelves: Shelves, low: Int32s, high: Int32s) -> None:
    """Fills in, for each visit, the order that leaves the fewest rows, and which these are.

    `low` and `high` are (needs, FACTS). A window that overlaps the need's may begin earlier, by its own length.
    """
    need_of, shelf_of, order_of, first_of, last_of = visits
    starts, longest, values = shelves.start, shelves.longest, shelves.value
    for k in range(len(need_of)):
        need, shelf = need_of[k], shelf_of[k]
        start, stop = starts[shelf], starts[shelf + 1]
        order_of[k], first_of[k], last_of[k] = 0, start, stop
        for order in range(len(values)):
            if last_of[k] - first_of[k] <= _FEW:
                break
            least, most = np.int64(low[need, _ORDERS[order]]), np.int64(high[need, _ORDERS[order]])
            if order == _DAY_ORDER:
                least = np.int64(low[need, UNTIL]) - longest[shelf]
            first, last = start, stop
            if least > NO_LOW:
                first = start + np.searchsorted(values[order, start:stop], least, side="left")
            if most < NO_HIGH:
                last = max(first, start + np.searchsorted(values[order, start:stop], most, side="right"))
            if last - first < last_of[k] - first_of[k]:
                order_of[k], first_of[k], last_of[k] = order, first, last


@compiled
def scan(visits: Visits, shelves: Shelves, low: Int32s, high: Int32s) -> tuple[Int32s, Int32s]:
    """Offers and needs of the pairs whose eight facts all lie within the limits, visit after visit."""
    need_of, _, order_of, first_of, last_of = visits
    offer_of, facts, rows = shelves.offer, shelves.facts, shelves.row
    offers, needs = np.empty(_FIRST_ROOM, np.int32), np.empty(_FIRST_ROOM, np.int32)
    found = 0
    for k in range(len(need_of)):
        need, order, first, last = need_of[k], order_of[k], first_of[k], last_of[k]
        while found + last - first > len(offers):
            offers, needs = np.append(offers, offers), np.append(needs, needs)  # twice the room
        for at in range(first, last):
            row = rows[order, at]
            within = True
            for fact in range(FACTS):  # without a branch: the compiler compares all eight at once
                value = facts[row, fact]
                within &= (low[need, fact] <= value) & (value <= high[need, fact])
            if within:
                offers[found], needs[found] = offer_of[row], need
                found += 1
    return offers[:found].copy(), needs[:found].copy()


def load() -> None:
    """Has both loops ready: they are compiled when first called with these kinds of columns."""
    none = np.zeros(0, dtype=np.int64)
    short, wide, rows = none.astype(np.int32), np.zeros((0, FACTS), np.int32), np.zeros((len(ORDERS), 0), np.int32)
    visits = Visits(short, short, none, none, none)
    shelves = Shelves(none, none, short, wide, rows, rows)
    narrow(visits, shelves, wide, wide)
    scan(visits, shelves, wide, wide)


Rows = tuple[Int64s, Int32s, Int32s]  # start, bucket, weight: `text.Vectors`


@compiled
def products(left: Rows, right: Rows, o: Int64s, n: Int64s) -> Int64s:
    """Scalar products of sparse rows `o[k]` and `n[k]`: both are read along once, side by side."""
    starts, buckets, weights = left
    other_starts, other_buckets, other_weights = right
    found = np.zeros(len(o), dtype=np.int64)
    for k in range(len(o)):
        at, end = starts[o[k]], starts[o[k] + 1]
        other, other_end = other_starts[n[k]], other_starts[n[k] + 1]
        while at < end and other < other_end:
            if buckets[at] == other_buckets[other]:
                found[k] += np.int64(weights[at]) * other_weights[other]
            step = buckets[at] <= other_buckets[other]
            other += buckets[at] >= other_buckets[other]
            at += step
    return found
