# SPDX-License-Identifier: AGPL-3.0-or-later
"""Transport problems whose optimum is known without solving them, and graphs that are hard on solvers.

Planted: prices are drawn first, then shipments; masses are what the shipments add up to, so that everything is used
up; a pair that ships is worth exactly its two prices, any other pair less. Mass x price is then the optimum.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from matching.allocation.prices import Transport

HIGHEST: Final = 500_000  # micro-points per kg of one side; a pair is worth at most twice that


def planted(size: int, degree: int, seed: int) -> tuple[Transport, int]:
    """A problem of `size` offers and needs with some `degree` pairs each, and the value of its optimum."""
    dice = np.random.default_rng([seed, size])
    offer, need = _ends(dice, size, size * degree)
    used = dice.random(len(offer)) < 2 / degree
    used[np.unique(offer, return_index=True)[1]] = True  # every offer ships something
    grams = np.where(used, dice.integers(1_000, 1_000_000, len(offer)), 0)
    offer_price, need_price = dice.integers(0, HIGHEST, (2, size))
    need_price[np.bincount(need, grams, size) == 0] = 0
    value = offer_price[offer] + need_price[need] - np.where(used, 0, dice.integers(0, HIGHEST, len(offer)))
    supply, demand = (np.bincount(end, grams, size).astype(np.int64) for end in (offer, need))
    optimum = sum(int(a) * int(b) for a, b in zip([*supply, *demand], [*offer_price, *need_price], strict=True))
    return Transport(supply, demand, offer, need, np.maximum(value, 0)), optimum


def _ends(dice: np.random.Generator, size: int, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    keys = np.unique(dice.integers(0, size, pairs) * size + dice.integers(0, size, pairs))
    return keys // size, keys % size


def _market(size: int, degree: int, value: Callable[[np.random.Generator, int], np.ndarray]) -> Transport:
    dice = np.random.default_rng(size + degree)
    offer, need = _ends(dice, size, size * degree)
    supply, demand = dice.integers(1_000, 1_000_000, (2, size))
    return Transport(supply, demand, offer, need, value(dice, len(offer)))


def _hot_spots() -> Transport:
    plain = _market(5_000, 20, lambda dice, pairs: dice.integers(1, 1_000_000, pairs))
    need = np.where(np.arange(len(plain.need)) % 2 == 0, plain.need % 10, plain.need)
    keys, first = np.unique(plain.offer * 5_000 + need, return_index=True)
    return Transport(plain.supply_g, plain.demand_g, keys // 5_000, keys % 5_000, plain.value[first])


def _geometric() -> Transport:
    plain = _market(5_000, 40, lambda dice, pairs: np.zeros(pairs, dtype=np.int64))
    here, there = np.random.default_rng(3).random((2, 5_000, 2))
    nearness = 1 - np.hypot(*(here[plain.offer] - there[plain.need]).T)
    value = (1_000_000 * np.maximum(nearness, 0.001)).astype(np.int64)
    return Transport(plain.supply_g, plain.demand_g, plain.offer, plain.need, value)


def _joined(join: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Transport:
    """Every pair is worth what its two ends make of it."""
    plain = _market(5_000, 20, lambda dice, pairs: np.zeros(pairs, dtype=np.int64))
    here, there = np.random.default_rng(5).integers(1, 1_000, (2, 5_000))
    return Transport(
        plain.supply_g, plain.demand_g, plain.offer, plain.need, join(here[plain.offer], there[plain.need])
    )


def _equal_masses() -> Transport:
    plain = _market(5_000, 20, lambda dice, pairs: dice.integers(1, 1_000_000, pairs))
    every = np.full(5_000, 1_000_000)
    return Transport(every, every, plain.offer, plain.need, plain.value)


ADVERSARIES: Final[Mapping[str, Callable[[], Transport]]] = {
    "constant values": lambda: _market(5_000, 40, lambda dice, pairs: np.full(pairs, 500_000)),
    "three values": lambda: _market(5_000, 40, lambda dice, pairs: dice.integers(1, 4, pairs) * 250_000),
    "dense": lambda: _market(5_000, 200, lambda dice, pairs: dice.integers(1, 1_000_000, pairs)),
    "denser": lambda: _market(1_000, 500, lambda dice, pairs: dice.integers(1, 1_000_000, pairs)),
    "hot spots": _hot_spots,
    "geometric": _geometric,
    "sums": lambda: _joined(lambda here, there: 500 * here + 499 * there),
    "products": lambda: _joined(np.multiply),
    "equal masses": _equal_masses,
}
