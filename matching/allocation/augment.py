# SPDX-License-Identifier: AGPL-3.0-or-later
"""Transport by an auction and by searches after it (`paths.py`), as far as they are quicker than a general solver.

What they cost is counted in pairs looked at, and where they would be slow they stop early: before a search where
values tie so often that it would pass through most of the market, and between searches where what is still to be
placed would, at the pace so far, take more looks than they may have. The prices found by then tell the solver which
pairs matter.
"""

from typing import Final, NamedTuple

import numpy as np

from matching.allocation.auction import auction
from matching.allocation.ledger import FLOW, LEFT, PRICE, Ledger, ledger_of, prices_in, set_prices, ship
from matching.allocation.paths import settle
from matching.allocation.prices import Prices, Start, Transport, repaired_offers, shortfall
from matching.market.columns import Bools, Int64s

_FINE: Final = (600, 3000, 15000)  # steps of the auction over the pairs that take part, as parts of the largest value
_PACE: Final = 10  # looks a listing, after which searches show what they got done


class _Round(NamedTuple):
    """A round of the auction over all pairs, whose step is one of so many `parts` of the largest value."""

    parts: int
    back: int  # steps by which the next round's prices begin lower
    reach: int  # steps by which prices may exceed the value of a pair that takes part
    tied: float  # share of the pairs that prices come within a step of, up to which nothing is said about ties


_COARSE: Final = (_Round(8, 2, 4, 1 / 2), _Round(40, 5, 4, 0), _Round(150, 0, 8, 0))


class Caps(NamedTuple):
    """Pairs that may be looked at, by the auction and by the searches after it; and how tangled a market may be.

    Pairs that the best prices meet exactly are a forest unless values tie, less than one a listing; where nearly good
    prices come within their step of more pairs a listing than `tangle`, searches are not begun.
    """

    auction: int
    searches: int
    tangle: float = float("inf")


class Attempt(NamedTuple):
    """Grams per pair if it reached the end; prices, off by `slack` at most likely; the pairs that matter by them."""

    flow_g: Int64s | None
    prices: Prices
    slack: int  # micro-points per kg
    near: Bools
    looks: int  # at pairs, all in all


def augmented(problem: Transport, caps: Caps, start: Start | None = None) -> Attempt:
    """The best allocation with the prices that prove it, unless finding it takes more looks than the caps allow.

    Only pairs whose value nearly good prices hardly exceed take part; prices over all bring in what is missing. From
    where an earlier allocation ended no auction is needed: only what changed looks for its place.
    """
    if start is not None:
        start, step = start.on(problem), _step(problem, _COARSE[-1].parts)
        near = shortfall(problem, start.prices) >= -_COARSE[-1].reach * step
        return _searched(problem, Attempt(start.flow_g, start.prices, step, near, 0), caps.searches)
    begun = _priced(problem, caps)
    if begun.flow_g is None:
        return begun
    part = problem.only(begun.near)
    ledger = ledger_of(part)
    set_prices(ledger, begun.prices)
    fine = [_step(problem, parts) for parts in _FINE]
    looks = begun.looks + auction(part, ledger, fine, caps.auction - begun.looks)
    return _searched(problem, begun._replace(prices=prices_in(ledger), looks=looks), caps.searches)


def _priced(problem: Transport, caps: Caps) -> Attempt:
    """Nearly good prices over all pairs; without a flow to go on from where searches would be slow."""
    ledger, looks, lower = ledger_of(problem), 0, 0
    for turn in _COARSE:
        step = _step(problem, turn.parts)
        looks += auction(problem, ledger, [step], caps.auction - looks, lower)
        prices, lower = prices_in(ledger), turn.back * step
        short = shortfall(problem, prices)
        priced = Attempt(None, prices, turn.reach // 2 * step, short >= -turn.reach * step, looks)
        tangled = max(caps.tangle * (len(ledger.nodes) - 1), turn.tied * len(short))
        if looks > caps.auction or (short >= -step).sum() > tangled:
            return priced
    return priced._replace(flow_g=np.zeros(len(problem.value), dtype=np.int64))


def _step(problem: Transport, parts: int) -> int:
    return max(int(problem.value.max(initial=0)) // parts, 1)


def _searched(problem: Transport, begun: Attempt, cap: int) -> Attempt:
    """Searches among the pairs that take part, until prices over all miss none of the others."""
    flow_g, prices, slack, near, looks = begun
    cap += looks
    while flow_g is not None:
        part = problem.only(near)
        ledger = ledger_of(part)
        set_prices(ledger, prices)
        ship(ledger, part, np.where(shortfall(part, prices) == 0, flow_g[near], 0))
        looks += _settled(ledger, cap - looks)
        prices, flow_g = prices_in(ledger), _spread(ledger, near)
        missing = shortfall(problem, prices) > 0
        if not missing.any():
            break
        near = near | missing
        prices = Prices(np.maximum(prices.offer, repaired_offers(problem, prices.need).offer), prices.need)
    return Attempt(flow_g, prices, slack, near, looks)


def _spread(ledger: Ledger, near: Bools) -> Int64s | None:
    """Grams per pair of the whole problem; None while a listing still waits for its place."""
    if _waiting_g(ledger):
        return None
    flow_g = np.zeros(len(near), dtype=np.int64)
    flow_g[near] = ledger.pairs[:, FLOW]
    return flow_g


def _settled(ledger: Ledger, cap: int) -> int:
    """Looks spent on searches until nobody waits, or until at their last pace those left would exceed the cap.

    They are asked what they got done after so many looks, then whenever these have doubled: some stretches are slow.
    """
    looks, waiting_g, stretch = 0, _waiting_g(ledger), _PACE * len(ledger.nodes)
    while waiting_g and looks <= cap:
        spent = settle(ledger, min(stretch, cap - looks))
        placed_g = waiting_g - _waiting_g(ledger)
        looks, waiting_g = looks + spent, waiting_g - placed_g
        if spent * waiting_g > placed_g * (cap - looks):
            break
        stretch = looks
    return looks


def _waiting_g(ledger: Ledger) -> int:
    """Grams of listings that have some left although their price is above 0."""
    nodes = ledger.nodes[:-1]
    return int(nodes[nodes[:, PRICE] > 0, LEFT].sum())


def resumed(problem: Transport, flow_g: Int64s, prices: Prices, cap: int) -> tuple[Int64s | None, Prices]:
    """The best allocation from one that was best until some pairs closed; none past `cap` looks at pairs."""
    ledger = ledger_of(problem)
    set_prices(ledger, prices)
    ship(ledger, problem, flow_g)
    looks = settle(ledger, cap)
    return (ledger.pairs[:, FLOW].copy() if looks <= cap else None), prices_in(ledger)
