# SPDX-License-Identifier: AGPL-3.0-or-later
"""First kilograms that count for more: those of small firms, and those that people already look at.

What a listing ships (or a leg) earns a bonus per delivered kg up to some grams, and nothing beyond: a concave value.
On plain legs it stays a flow: in the network, what a listing leaves unshipped flows to the dump, the last of it at the
cost of the bonus; a leg's first grams are an arc of their own. Multipliers m from 0 to the bonus bound every plan, lots
or not (Lagrange): a leg counts for its value + m of offer, need and leg, and what first grams may earn beyond that is
the sum of grams x (bonus - m).
"""

import time
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from matching.allocation.flow import Network, cheapest_flow
from matching.allocation.legs import Legs, Task, delivered_g
from matching.allocation.prices import exact_dot
from matching.allocation.relax import RowPrices, price_bound
from matching.market.columns import Bools, Int64s

ROUND_CAP: Final = 3_000


@dataclass(frozen=True, slots=True, eq=False)
class Favours:
    """Delivered grams that earn a bonus, by offer, need and leg (micro-units per kg: `bonus`, of legs `tax`)."""

    offer_g: Int64s
    need_g: Int64s
    leg_g: Int64s
    bonus: int = 0
    tax: int = 0

    def only(self, chosen: Bools) -> Self:
        """The same for some of the legs."""
        return replace(self, leg_g=self.leg_g[chosen])

    def served_g(self, legs: Legs, taken_g: Int64s) -> int:
        """Grams of small firms' listings that earn the bonus; a leg between two of them counts for both."""
        arriving, earning = delivered_g(taken_g, legs.rate), 0
        for end, first_g in ((legs.offer, self.offer_g), (legs.need, self.need_g)):
            shipped = np.zeros(len(first_g), dtype=np.int64)
            np.add.at(shipped, end, arriving)
            earning += int(np.minimum(shipped, first_g).sum())
        return earning

    def kept_g(self, legs: Legs, taken_g: Int64s) -> int:
        """Grams that stay on legs where they were."""
        return int(np.minimum(delivered_g(taken_g, legs.rate), self.leg_g).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Multipliers:
    """What turns values into those that were priced, in micro-units per delivered kg.

    `floors` are of the objectives that must not fall below their floors, per unit of them.
    """

    offer: Int64s
    need: Int64s
    leg: Int64s
    floors: tuple[int, ...] = ()

    def added(self, legs: Legs) -> Int64s:
        """What legs count for beyond their value, without the floors' part."""
        return np.asarray(self.offer[legs.offer] + self.need[legs.need] + self.leg)

    def beyond(self, favours: Favours) -> int:
        """What first grams may earn beyond that at most, micro-units x grams."""
        sides = ((favours.offer_g, self.offer), (favours.need_g, self.need))
        earned = sum(exact_dot(first_g, favours.bonus - multiplier) for first_g, multiplier in sides)
        return earned + exact_dot(favours.leg_g, favours.tax - self.leg)


def no_multipliers(task: Task) -> Multipliers:
    """Values are priced as they are."""
    offer, need, leg = (np.zeros_like(side) for side in (task.limits.supply_g, task.limits.demand_g, task.legs.offer))
    return Multipliers(offer, need, leg)


def favoured_flow(task: Task, favours: Favours, deadline: float) -> tuple[Int64s, RowPrices, Multipliers]:
    """The best plan of plain legs without their lots; its prices and multipliers prove it over these legs.

    They always bound it; past the deadline (`time.monotonic()`) they are no longer brought nearer to it.
    """
    network = _network(task, favours)
    flow = cheapest_flow(network)
    legs, offers, needs = task.legs, len(task.limits.supply_g), len(task.limits.demand_g)
    level = _potentials(network, flow, deadline)
    level -= level[-1]
    offer = level[:offers]
    need = -level[offers : offers + needs]  # as potentials price them: less would let first grams earn too much
    np.maximum.at(need, legs.need, legs.value - offer[legs.offer])
    multipliers = Multipliers(
        np.where(favours.offer_g > 0, np.clip(-offer, 0, favours.bonus), 0),
        np.where(favours.need_g > 0, np.clip(-need, 0, favours.bonus), 0),
        np.where(favours.leg_g > 0, np.clip(offer[legs.offer] + need[legs.need] - legs.value, 0, favours.tax), 0),
    )
    none = np.zeros(len(task.limits.capacity_g), dtype=np.int64)
    recipe = np.zeros(0 if task.mix is None else len(task.mix.need), dtype=np.int64)
    kept = np.flatnonzero(favours.leg_g)
    grams = flow[: len(legs)].copy()
    np.add.at(grams, kept, flow[len(legs) : len(legs) + len(kept)])
    prices = RowPrices(np.maximum(offer, 0), np.maximum(need, 0), none, recipe)
    return grams, prices, multipliers


def favoured_bound(task: Task, favours: Favours, prices: RowPrices, multipliers: Multipliers) -> int:
    """What no plan exceeds, bonus included, in micro-units x grams."""
    return price_bound(task.limits, prices) + multipliers.beyond(favours)


def _network(task: Task, favours: Favours) -> Network:
    """Legs, their first grams, what offers keep and what needs lack (without and with loss of a bonus)."""
    legs, supply, demand = task.legs, task.limits.supply_g, task.limits.demand_g
    offers, dump = len(supply), len(supply) + len(demand)
    first_offer, first_need = np.minimum(favours.offer_g, supply), np.minimum(favours.need_g, demand)
    kept = np.flatnonzero(favours.leg_g)
    every_offer, every_need, to_dump = np.arange(offers), np.arange(offers, dump), np.full(offers, dump)
    from_dump, bonus = np.full(len(demand), dump), favours.bonus
    free, lost = np.zeros(dump, dtype=np.int64), np.full(dump, bonus, dtype=np.int64)
    arcs = [  # tail, head, capacity, cost; a leg's capacity is never reached, so that its price holds
        (legs.offer, legs.need + offers, supply[legs.offer] + 1, -legs.value),
        (legs.offer[kept], legs.need[kept] + offers, favours.leg_g[kept], -legs.value[kept] - favours.tax),
        (every_offer, to_dump, supply - first_offer, free[:offers]),
        (every_offer, to_dump, first_offer, lost[:offers]),
        (from_dump, every_need, demand - first_need, free[offers:]),
        (from_dump, every_need, first_need, lost[offers:]),
    ]
    tail, head, capacity, cost = (np.concatenate(column).astype(np.int64) for column in zip(*arcs, strict=True))
    return Network(tail, head, capacity, cost, np.concatenate([supply, -demand, [demand.sum() - supply.sum()]]))


def _potentials(network: Network, flow: Int64s, deadline: float) -> Int64s:
    """Shortest ways to each node in the residual graph; as far as they got where they don't settle in time."""
    forward, back = flow < network.capacity, flow > 0
    tail = np.concatenate([network.tail[forward], network.head[back]])
    head = np.concatenate([network.head[forward], network.tail[back]])
    cost = np.concatenate([network.cost[forward], -network.cost[back]])
    level = np.zeros(len(network.supply), dtype=np.int64)
    for _ in range(ROUND_CAP):
        if time.monotonic() >= deadline:
            break
        nearer = level.copy()
        np.minimum.at(nearer, head, level[tail] + cost)
        if np.array_equal(nearer, level):
            break
        level = nearer
    return level
