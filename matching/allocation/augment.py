# SPDX-License-Identifier: AGPL-3.0-or-later
"""Transport by shortest augmenting paths, compiled: exact, with prices, and fast where the prices begin near.

Prices always cover every pair's value, and mass flows only along pairs that they cover exactly. A listing that has
mass left although its price is above 0 looks for the cheapest way out (Dijkstra, over what prices exceed values
by): to a listing of the other side that has room, or to one of its own side that gives up at price 0; prices then
change just as far as it looked. Where all values are equal the searches grow wide: past a limit of work the caller
turns to the general solver.
"""

from typing import Final, NamedTuple

import numpy as np

from matching.allocation.auction import auction
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
    ledger_of,
    prices_in,
    set_prices,
    ship,
)
from matching.allocation.prices import Prices, Start, Transport, shortfall
from matching.market.columns import Bools, Int64s
from matching.pairing.compiled import compiled

_STEPS: Final = (40, 150, 600, 3000, 15000)  # of the auction, as parts of the largest value: two over all pairs
_NEAR: Final = 8  # coarse steps by which prices may exceed the value of a pair that takes part
_SEEN, _SIZE, _LOOKS = range(3)  # counts of a search: nodes reached, nodes in the heap, pairs looked at


class Caps(NamedTuple):
    """Pairs that may be looked at: by the auction, and by the searches after it."""

    auction: int
    searches: int


class Attempt(NamedTuple):
    """What became of it: grams per pair if it reached the end, prices, and the pairs that matter most likely."""

    flow_g: Int64s | None
    prices: Prices
    near: Bools


def augmented(problem: Transport, caps: Caps, start: Start | None = None) -> Attempt:
    """The best allocation with the prices that prove it, unless finding it takes more looks than the caps allow.

    Only pairs whose value nearly good prices hardly exceed take part; prices over all bring in what is missing. From
    where an earlier allocation ended no auction is needed: only what changed looks for its place.
    """
    largest = int(problem.value.max(initial=0))
    coarse, fine = ([max(largest // parts, 1) for parts in turn] for turn in (_STEPS[:2], _STEPS[2:]))
    looks, searched = 0, 0
    if start is None:
        ledger = ledger_of(problem)
        looks = auction(problem, ledger, coarse, caps.auction)
        prices = prices_in(ledger)
    else:
        start = start.on(problem)
        prices = start.prices
    taken = shortfall(problem, prices) >= -_NEAR * coarse[-1]
    while looks <= caps.auction and searched <= caps.searches:
        part = problem.only(taken)
        ledger = ledger_of(part)
        set_prices(ledger, prices)
        if start is None:
            looks += auction(part, ledger, fine, caps.auction - looks)
        else:
            ship(ledger, part, start.flow_g[taken])
            start = None
        searched += settle(ledger, caps.searches - searched)
        prices, fine = prices_in(ledger), []
        missing = shortfall(problem, prices) > 0
        if not missing.any() and looks <= caps.auction and searched <= caps.searches:
            flow = np.zeros(len(problem.value), dtype=np.int64)
            flow[taken] = ledger.pairs[:, FLOW]
            return Attempt(flow, prices, taken)
        taken |= missing
    return Attempt(None, prices, taken)


def resumed(problem: Transport, flow_g: Int64s, prices: Prices, cap: int) -> tuple[Int64s | None, Prices]:
    """The best allocation from one that was best until some pairs closed; none past `cap` looks at pairs."""
    ledger = ledger_of(problem)
    set_prices(ledger, prices)
    ship(ledger, problem, flow_g)
    looks = settle(ledger, cap)
    return (ledger.pairs[:, FLOW].copy() if looks <= cap else None), prices_in(ledger)


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
