# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a policy wants of a task: columns of value in order of priority, their floors, and what is favoured."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Self

import numpy as np

from matching.allocation.favours import Favours, Multipliers
from matching.allocation.legs import Legs, Task, delivered_g
from matching.allocation.prices import Start, exact_dot
from matching.allocation.relax import CLOSED_PER
from matching.market.columns import Bools, Int64s

MICRO: Final = 10**6
_REACH: Final = 10**18  # of priced kilograms, shared by all listings: the costs of a flow then stay within int64
_BONUS: Final = 2  # times the most valuable leg: a small firm's first kilogram then beats any other


@dataclass(frozen=True, slots=True, eq=False)
class Aims:
    """Columns of value per leg, each with the share that what follows may take of it, and what the pins are worth.

    `max_price` is the share of the last value that fairness may take; None: it isn't asked for.
    """

    columns: tuple[Int64s, ...]
    tolerances: tuple[Fraction, ...]
    pinned: tuple[int, ...]
    favours: Favours
    max_price: Fraction | None
    start: Start | None = None  # where an earlier plan for much the same legs ended

    @property
    def simple(self) -> bool:
        """Whether there is one objective and nothing else."""
        return len(self.columns) == 1 and self.max_price is None and not self.favours.tax

    @property
    def closed_per(self) -> int:
        """A gap of one part in so many is closed: floors are priced in whole millionths per kg, which leaves some."""
        return CLOSED_PER if self.simple else CLOSED_PER // 10

    @property
    def most_bonus(self) -> int:
        """The largest bonus of a small firm's first kilograms, micro-units per kg."""
        return _BONUS * int(self.columns[-1].max(initial=0))

    def only(self, chosen: Bools) -> Self:
        """The same for some of the legs."""
        columns = tuple(column[chosen] for column in self.columns)
        return replace(self, columns=columns, favours=self.favours.only(chosen), start=None)


@dataclass(frozen=True, slots=True)
class Reached:
    """How high an objective went, how high it could at most, and how low it may fall after that; pins included."""

    best: int
    bound: int
    floor: int


def floor_of(best: int, tolerance: Fraction) -> int:
    """The least that must be left of a value."""
    return best - int(abs(best) * tolerance)


def worth(task: Task, column: Int64s, taken_g: Int64s) -> int:
    """What a plan is worth by a column, micro-units x grams."""
    return exact_dot(delivered_g(taken_g, task.legs.rate), column)


def taken_off(
    task: Task, aims: Aims, priced_with: tuple[Multipliers, Favours], floors: Sequence[int], taken_g: Int64s
) -> int:
    """What multipliers add to the bound of the prices, less what floors and favoured grams take off it.

    `floors` include what the pins are worth.
    """
    multipliers, favours = priced_with
    favoured = favours.bonus * favours.served_g(task.legs, taken_g) + favours.tax * favours.kept_g(task.legs, taken_g)
    rows = zip(multipliers.floors, floors, aims.pinned, strict=False)
    held = sum(price * (floor - pinned) for price, floor, pinned in rows)
    return multipliers.beyond(favours) - favoured - held // MICRO


def priced_value(columns: tuple[Int64s, ...], legs: Legs, multipliers: Multipliers) -> Int64s:
    """What prices must cover per delivered kg: the last column, what is held at its price, and multipliers."""
    value = columns[-1] + multipliers.added(legs)
    for column, price in zip(columns, multipliers.floors, strict=False):
        value = value + priced(column, price)
    return np.asarray(value)


def priced(column: Int64s, price: int) -> Int64s:
    """A column at a price in millionths, rounded up; exact up to `most_price`."""
    (high, low), (whole, part) = np.divmod(column, MICRO), divmod(price, MICRO)
    return np.asarray(high * price + low * whole - (-(low * part) // MICRO))


def most_price(task: Task, column: Int64s, held: int) -> int:
    """The highest price in millionths that a solver can reckon with, of one of so many columns that are held."""
    listings, largest = len(task.limits.supply_g) + len(task.limits.demand_g), int(np.abs(column).max(initial=MICRO))
    return _REACH // (held * max(listings, 1)) * MICRO // largest
