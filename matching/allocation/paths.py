# SPDX-License-Identifier: AGPL-3.0-or-later
"""Transport by shortest augmenting paths, compiled: exact, with prices, and fast where the prices begin near.

Prices always cover every pair's value, and mass flows only along pairs that they cover exactly. A listing that has
mass left although its price is above 0 looks for the cheapest way out (Dijkstra, over what prices exceed values
by): to a listing of the other side that has room, or to one of its own side that gives up at price 0; prices then
change just as far as it looked.
"""

import numpy as np

from matching.allocation.ledger import (
    CAME_BY,
    DISTANCE,
    ENDS,
    FAR,
    FIRST,
    FLOW,
    HEAP,
    LEFT,
    OTHER,
    PAIR,
    PLACE,
    PRICE,
    TOUCHED,
    WORTH,
    Ledger,
)
from matching.market.columns import Int64s
from matching.pairing.compiled import compiled

_SEEN, _SIZE, _LOOKS = range(3)  # counts of a search: nodes reached, nodes in the heap, pairs looked at


@compiled
def settle(ledger: Ledger, work_cap: int) -> int:
    """Empties every listing that has mass left at a price above 0; returns how many pairs were looked at."""
    nodes, pairs, offers = ledger.nodes, ledger.pairs, ledger.offers
    count = np.zeros(3, dtype=np.int64)
    for source in range(len(nodes) - 1):
        own = (0, offers) if source < offers else (offers, len(nodes))
        while nodes[source, LEFT] > 0 and nodes[source, PRICE] > 0 and count[_LOOKS] <= work_cap:
            goal, least = _nearest(ledger, count, source, own)
            for k in range(count[_SEEN]):
                node = nodes[k, TOUCHED]
                if nodes[node, DISTANCE] < least:
                    change = least - nodes[node, DISTANCE]
                    nodes[node, PRICE] += -change if own[0] <= node < own[1] else change
                nodes[node, DISTANCE] = FAR
            if goal != source:
                _ship(nodes, pairs, source, goal, own)
    return int(count[_LOOKS])


@compiled
def _nearest(ledger: Ledger, count: Int64s, source: int, own: tuple[int, int]) -> tuple[int, int]:
    """Where mass of a listing can go for the least loss, and that loss; nodes nearer keep their distance."""
    nodes, entries, pairs, _ = ledger
    goal, least, node = source, nodes[source, PRICE], source
    nodes[source, DISTANCE], nodes[0, TOUCHED] = 0, source
    count[_SEEN], count[_SIZE] = 1, 0
    while True:
        loss = nodes[node, DISTANCE]
        if own[0] <= node < own[1]:
            if loss + nodes[node, PRICE] < least:
                goal, least = node, loss + nodes[node, PRICE]
            _forth(nodes, entries, count, node, least)
        elif nodes[node, LEFT] > 0:
            return node, loss
        else:
            _back(nodes, entries, pairs, count, node)
        if count[_SIZE] == 0 or nodes[nodes[0, HEAP], DISTANCE] >= least:
            return goal, least
        node = nodes[0, HEAP]
        _sink(nodes, count)


@compiled
def _forth(nodes: Int64s, entries: Int64s, count: Int64s, node: int, least: int) -> None:
    """Reaches every listing across that costs less than the best goal so far."""
    ahead = nodes[node, DISTANCE] + nodes[node, PRICE]
    for k in range(nodes[node, FIRST], nodes[node + 1, FIRST]):
        count[_LOOKS] += 1
        if ahead - entries[k, WORTH] >= least:
            return  # the values only fall from here, and no price is below 0
        there = ahead - entries[k, WORTH] + nodes[entries[k, OTHER], PRICE]
        if there < least and there < nodes[entries[k, OTHER], DISTANCE]:
            _reach(nodes, count, entries[k, OTHER], entries[k, PAIR], there)


@compiled
def _back(nodes: Int64s, entries: Int64s, pairs: Int64s, count: Int64s, node: int) -> None:
    """Reaches, at no further cost, every listing whose mass stands with this one."""
    loss = nodes[node, DISTANCE]
    for k in range(nodes[node, FIRST], nodes[node + 1, FIRST]):
        count[_LOOKS] += 1
        if pairs[entries[k, PAIR], FLOW] > 0 and loss < nodes[entries[k, OTHER], DISTANCE]:
            _reach(nodes, count, entries[k, OTHER], entries[k, PAIR], loss)


@compiled
def _reach(nodes: Int64s, count: Int64s, node: int, pair: int, there: int) -> None:
    """A shorter way to a node: it moves up in the heap to where it belongs."""
    if nodes[node, DISTANCE] == FAR:
        nodes[count[_SEEN], TOUCHED], nodes[node, PLACE] = node, count[_SIZE]
        count[_SEEN] += 1
        count[_SIZE] += 1
    nodes[node, DISTANCE], nodes[node, CAME_BY] = there, pair
    at = nodes[node, PLACE]
    while at > 0 and nodes[nodes[(at - 1) // 2, HEAP], DISTANCE] > there:
        above = nodes[(at - 1) // 2, HEAP]
        nodes[at, HEAP], nodes[above, PLACE] = above, at
        at = (at - 1) // 2
    nodes[at, HEAP], nodes[node, PLACE] = node, at


@compiled
def _sink(nodes: Int64s, count: Int64s) -> None:
    """Takes the top off the heap: its last node fills the gap and moves down to where it belongs."""
    count[_SIZE] -= 1
    size, at, below = count[_SIZE], 0, 1
    node = nodes[size, HEAP]
    while below < size:
        if below + 1 < size:
            below += nodes[nodes[below + 1, HEAP], DISTANCE] < nodes[nodes[below, HEAP], DISTANCE]
        under = nodes[below, HEAP]
        if nodes[under, DISTANCE] >= nodes[node, DISTANCE]:
            break
        nodes[at, HEAP], nodes[under, PLACE] = under, at
        at, below = below, 2 * below + 1
    nodes[at, HEAP], nodes[node, PLACE] = node, at


@compiled
def _ship(nodes: Int64s, pairs: Int64s, source: int, goal: int, own: tuple[int, int]) -> None:
    """As much as the way to the goal carries; a goal on the source's own side keeps it, at price 0."""
    across = not own[0] <= goal < own[1]
    grams, node = nodes[source, LEFT], goal
    if across:
        grams = min(grams, nodes[goal, LEFT])
    while node != source:
        if own[0] <= node < own[1]:
            grams = min(grams, pairs[nodes[node, CAME_BY], FLOW])
        node = pairs[nodes[node, CAME_BY], ENDS] - node
    nodes[source, LEFT] -= grams
    nodes[goal, LEFT] += -grams if across else grams
    node = goal
    while node != source:
        pairs[nodes[node, CAME_BY], FLOW] += -grams if own[0] <= node < own[1] else grams
        node = pairs[nodes[node, CAME_BY], ENDS] - node
