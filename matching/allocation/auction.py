# SPDX-License-Identifier: AGPL-3.0-or-later
"""Prices close to the best ones, from an auction (Bertsekas & Castañon 1989), compiled.

Each offer bids with all it has left for the need that leaves it most, just over what the next best would; a need
that is full lets go of its lowest bids, and its price is the lowest bid it keeps. Coarse steps first, finer ones
from prices a little below: the last prices are off by about the last step, which the exact search then mends.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from matching.allocation.ledger import BID, FIRST, FLOW, LEFT, OTHER, PAIR, PRICE, WORTH, Ledger, clear, set_prices
from matching.allocation.prices import Transport, repaired_offers
from matching.market.columns import Int64s
from matching.pairing.compiled import compiled

_BACK: Final = 5  # steps by which prices fall before the next, finer round
_WAITING, _INSIDE = range(2)  # columns of the queue, whose last row holds its beginning and its length


def auction(problem: Transport, ledger: Ledger, steps: Sequence[int], work_cap: int, lower: int = 0) -> int:
    """Leaves nearly best prices in the ledger, which cover every pair's value; returns how many pairs were looked at.

    `steps` are micro-points per kg, falling; needs' prices begin `lower` than they stand in the ledger. More looks than
    `work_cap`: it was given up.
    """
    nodes, _, _, offers = ledger
    price, work = nodes[offers:-1, PRICE], 0
    for step in steps:
        price[:] = np.maximum(price - lower, 0)
        lower = _BACK * step
        clear(ledger, problem)
        queue = np.stack([np.arange(offers + 1), np.ones(offers + 1, dtype=np.int64)], axis=1)
        queue[-1] = 0, offers
        work += hold(ledger, queue, step, work_cap - work)
    set_prices(ledger, repaired_offers(problem, price.copy()))
    clear(ledger, problem)
    return work


@compiled
def hold(ledger: Ledger, queue: Int64s, step: int, work_cap: int) -> int:
    """Runs an auction until nobody bids any more; returns how many pairs were looked at."""
    nodes, entries, pairs, offers = ledger
    work = 0
    while queue[-1, 1] > 0 and work <= work_cap:
        offer = queue[queue[-1, 0], _WAITING]
        queue[offer, _INSIDE] = 0
        queue[-1, 0], queue[-1, 1] = (queue[-1, 0] + 1) % offers, queue[-1, 1] - 1
        while nodes[offer, LEFT] > 0 and work <= work_cap:
            entry, bid, looks = _best(nodes, entries, offer, step)
            work += looks
            if entry < 0:
                break
            pair, need = entries[entry, PAIR], entries[entry, OTHER]
            pairs[pair, BID] = bid
            pairs[pair, FLOW] += nodes[offer, LEFT]
            nodes[need, LEFT] -= nodes[offer, LEFT]
            nodes[offer, LEFT] = 0
            while nodes[need, LEFT] <= 0:
                work += nodes[need + 1, FIRST] - nodes[need, FIRST]
                if not _let_go(nodes, entries, pairs, queue, need):
                    break
    return work


@compiled
def _best(nodes: Int64s, entries: Int64s, offer: int, step: int) -> tuple[int, int, int]:
    """The entry that leaves an offer most, -1 if none leaves anything; its bid; the number of pairs looked at."""
    first, last = nodes[offer, FIRST], nodes[offer + 1, FIRST]
    best, second, entry = 0, 0, -1
    for k in range(first, last):
        if entries[k, WORTH] <= second:
            last = k  # the values only fall from here
            break
        room = entries[k, WORTH] - nodes[entries[k, OTHER], PRICE]
        if room > best:
            best, second, entry = room, best, k
        elif room > second:
            second = room
    return entry, entries[entry, WORTH] - second + step, last - first


@compiled
def _let_go(nodes: Int64s, entries: Int64s, pairs: Int64s, queue: Int64s, need: int) -> bool:
    """A need lets go of what it has too much of its lowest bid, its price from now on; whether that was all of it."""
    lowest = -1
    for k in range(nodes[need, FIRST], nodes[need + 1, FIRST]):
        if pairs[entries[k, PAIR], FLOW] == 0:
            continue
        if lowest < 0 or pairs[entries[k, PAIR], BID] < pairs[entries[lowest, PAIR], BID]:
            lowest = k
    if lowest < 0:
        return False
    pair, offer = entries[lowest, PAIR], entries[lowest, OTHER]
    nodes[need, PRICE] = pairs[pair, BID]
    grams = min(pairs[pair, FLOW], -nodes[need, LEFT])
    pairs[pair, FLOW] -= grams
    nodes[need, LEFT] += grams
    nodes[offer, LEFT] += grams
    if grams > 0 and queue[offer, _INSIDE] == 0:
        queue[offer, _INSIDE] = 1
        queue[(queue[-1, 0] + queue[-1, 1]) % (len(queue) - 1), _WAITING] = offer
        queue[-1, 1] += 1
    return bool(grams > 0 and pairs[pair, FLOW] == 0)
