# SPDX-License-Identifier: AGPL-3.0-or-later
"""A transport problem as three tables of whole numbers, laid out so that compiled loops find together what they use.

`nodes` has a row per listing, offers before needs (one cache line each); `entries` has each pair twice, under its
offer and under its need, best value first; `pairs` has what may change of a pair.
"""

from typing import Final, NamedTuple

import numpy as np

from matching.allocation.prices import Prices, Transport
from matching.allocation.sorting import rising
from matching.market.columns import Int64s

# Columns of nodes. HEAP and TOUCHED are lists that happen to be as long as there are nodes.
FIRST, PRICE, LEFT, DISTANCE, CAME_BY, PLACE, HEAP, TOUCHED = range(8)
PAIR, OTHER, WORTH = range(3)  # columns of entries
ENDS, FLOW, BID = range(3)  # columns of pairs; ENDS is offer node + need node: either end tells the other
FAR: Final = 1 << 62


class Ledger(NamedTuple):
    """The three tables; the entries of node x stand at `nodes[x, FIRST]:nodes[x + 1, FIRST]`."""

    nodes: Int64s  # (listings + 1, 8)
    entries: Int64s  # (2 x pairs, 3)
    pairs: Int64s  # (pairs, 3)
    offers: int


def ledger_of(problem: Transport) -> Ledger:
    """Nothing shipped, nothing priced."""
    offers, count = len(problem.supply_g), len(problem.value)
    need = problem.need + offers
    node = np.concatenate([problem.offer, need])
    order = _by_node_and_value(node, np.tile(problem.value, 2))
    nodes = np.zeros((offers + len(problem.demand_g) + 1, 8), dtype=np.int64)
    nodes[:, FIRST] = np.searchsorted(node[order], np.arange(len(nodes)))
    nodes[:, DISTANCE], nodes[:, CAME_BY] = FAR, -1
    pairs = np.zeros((count, 3), dtype=np.int64)
    pairs[:, ENDS] = problem.offer + need
    pair = order % max(count, 1)
    entries = np.stack([pair, pairs[pair, ENDS] - node[order], problem.value[pair]], axis=1)
    ledger = Ledger(nodes, entries, pairs, offers)
    clear(ledger, problem)
    return ledger


def _by_node_and_value(node: Int64s, value: Int64s) -> Int64s:
    """Stable places of the entries by node, best value first."""
    best = int(value.max(initial=0))
    if best >= 1 << 31:
        return np.lexsort((-value, node))
    return rising((node << best.bit_length()) + (best - value))


def clear(ledger: Ledger, problem: Transport) -> None:
    """All mass back to where it came from; prices stay."""
    ledger.nodes[:-1, LEFT] = np.concatenate([problem.supply_g, problem.demand_g])
    ledger.pairs[:, FLOW] = 0


def ship(ledger: Ledger, problem: Transport, flow_g: Int64s) -> None:
    """These grams on the pairs, as far as nobody has shipped yet."""
    ledger.pairs[:, FLOW] += flow_g
    np.subtract.at(ledger.nodes[:, LEFT], problem.offer, flow_g)
    np.subtract.at(ledger.nodes[:, LEFT], problem.need + ledger.offers, flow_g)


def prices_in(ledger: Ledger) -> Prices:
    """The prices as they stand."""
    price = ledger.nodes[:-1, PRICE]
    return Prices(price[: ledger.offers].copy(), price[ledger.offers :].copy())


def set_prices(ledger: Ledger, prices: Prices) -> None:
    """These prices instead of those that stood there."""
    ledger.nodes[:-1, PRICE] = np.concatenate([prices.offer, prices.need])
