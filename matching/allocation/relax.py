# SPDX-License-Identifier: AGPL-3.0-or-later
"""A task without its lots, least totals and batches: what it is worth at most, and the prices that prove it.

Prices p of offers, q of needs, r of processors (micro-points per kg, at least 0) bound every plan: a leg that delivers
d grams takes at least d / yield, so its value exceeds what its rows charge by at most

    excess = v - q - (p + r1 + yield1 r2) / yield

per delivered kg, and  bound = sum supply p + sum demand q + sum capacity r + sum most max(0, excess)  (weak duality;
the last sum is Lagrange's for the bounds on single legs). Prices are rounded to whole micro-points; a need's is
lifted until no leg exceeds its rows, so that the last sum is nought and the rest is an exact integer.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from matching.allocation.legs import MILLION, WHOLE, Limits, Task, delivered_g
from matching.allocation.model import NO_CELLS, Cells, Model, begun, mass_rows, plane_rows, recipe_rows
from matching.allocation.prices import Prices, Transport, exact_dot
from matching.allocation.recipes import SCALE, Mix
from matching.allocation.solver import Linear, linear_plan
from matching.market.columns import Floats, Int64s

CLOSED_PER: Final = 1_000_000  # a gap of one part in so many is what whole grams and floating point leave


@dataclass(frozen=True, slots=True, eq=False)
class RowPrices:
    """Micro-points per kg of each offer's, need's and processor's grams."""

    offer: Int64s
    need: Int64s
    processor: Int64s
    recipe: Int64s  # per kg and SCALE units of each recipe row's entries


def value_of(task: Task, taken_g: Int64s) -> int:
    """Micro-points x delivered grams."""
    return exact_dot(delivered_g(taken_g, task.legs.rate), task.legs.value)


def is_solved(value: int, bound: int, per: int = CLOSED_PER) -> bool:
    """Whether so small a gap is left that the plan is called optimal."""
    return (bound - value) * per <= abs(bound)


def price_bound(limits: Limits, prices: RowPrices) -> int:
    """Micro-points x grams that no plan exceeds, if no leg is violated."""
    sides = ((limits.supply_g, prices.offer), (limits.demand_g, prices.need), (limits.capacity_g, prices.processor))
    return sum(exact_dot(mass_g, price) for mass_g, price in sides)


def charged(task: Task, prices: RowPrices) -> Int64s:
    """What offer, processors and recipe charge per delivered kg of each leg, rounded down to micro-points."""
    legs = task.legs
    charge = prices.offer[legs.offer].copy()
    for k in np.flatnonzero(~legs.lossless).tolist():
        micro = int(prices.offer[legs.offer[k]]) * MILLION
        if legs.first[k] >= 0:
            micro += int(prices.processor[legs.first[k]]) * MILLION
        if legs.second[k] >= 0:
            micro += int(prices.processor[legs.second[k]]) * int(legs.first_rate[k])
        charge[k] = micro * (WHOLE // MILLION) // int(legs.rate[k])
    if task.mix is not None and task.mixed.any():
        charge += _by_recipes(task.mix, prices.recipe)
    return charge


def _by_recipes(mix: Mix, price: Int64s) -> Int64s:
    """What recipes charge per delivered kg of each leg, rounded down; in Python's integers where int64 might not do."""
    rows = mix.matrix.T.tocsr()
    charge = np.asarray(rows @ price) // SCALE
    most = np.asarray(abs(rows).astype(np.float64) @ price.astype(np.float64))
    for k in np.flatnonzero(most > 2.0**62).tolist():
        own = slice(int(rows.indptr[k]), int(rows.indptr[k + 1]))
        terms = zip(rows.data[own].tolist(), price[rows.indices[own]].tolist(), strict=True)
        charge[k] = sum(entry * each for entry, each in terms) // SCALE
    return charge


def slack(task: Task, prices: RowPrices) -> Int64s:
    """By how much each leg's rows charge more than it is worth, per delivered kg; negative: it is violated."""
    return np.asarray(prices.need[task.legs.need] + charged(task, prices) - task.legs.value)


def repaired(task: Task, prices: RowPrices, further: Int64s | int = 0) -> RowPrices:
    """The same prices of offers and processors with the least prices of needs that leave no leg violated.

    `further` is what rows that have no price charge each leg.
    """
    need = np.zeros_like(task.limits.demand_g)
    np.maximum.at(need, task.legs.need, task.legs.value - charged(task, prices) - further)
    return RowPrices(prices.offer, need, prices.processor, prices.recipe)


def eased(task: Task, prices: RowPrices) -> RowPrices:
    """Prices that leave no leg violated, lowered where no leg needs them so high: of plain offers, then of needs."""
    legs, wanted = task.legs, np.zeros_like(prices.offer)
    np.maximum.at(wanted, legs.offer, legs.value - prices.need[legs.need])
    plain = np.ones(len(wanted), dtype=np.bool_)
    plain[legs.offer[~task.plain]] = False
    offer = np.where(plain & (task.limits.supply_g > 0), np.minimum(wanted, prices.offer), prices.offer)
    return repaired(task, replace(prices, offer=offer))


def from_transport(prices: Prices, task: Task) -> RowPrices:
    """Prices of a transport problem as those of the task whose plain legs it has."""
    recipes = 0 if task.mix is None else len(task.mix.need)
    none = (np.zeros(count, dtype=np.int64) for count in (len(task.limits.capacity_g), recipes))
    return RowPrices(prices.offer, prices.need, *none)


def as_transport(task: Task) -> Transport:
    """A task of direct legs as a transport problem, its lots and limits forgotten."""
    return Transport(task.limits.supply_g, task.limits.demand_g, task.legs.offer, task.legs.need, task.legs.value)


def relaxed_model(task: Task, planes: Cells = NO_CELLS) -> Model:
    """Only the rows that prices speak of: without lots, and a leg bounded by its listings alone.

    Planes are further rows  sum d entry <= 0.
    """
    legs = task.legs
    build, _ = begun(task)
    rows = mass_rows(build, task)
    rows["recipe"], recipe_unit = recipe_rows(build, task)
    plane_rows(build, planes)
    unit_micro, count = float(legs.value.max(initial=1)), len(legs)
    columns = legs.value / unit_micro, np.zeros(count), np.full(count, np.inf), np.zeros(count, dtype=np.bool_)
    ends = np.concatenate(build.low), np.concatenate(build.high)
    none = np.zeros(0, dtype=np.int64)
    return Model(*columns, build.matrix(), *ends, none, rows, build.unit_g, unit_micro, recipe_unit)


def linear_prices(task: Task, seconds: float) -> tuple[RowPrices, Floats | None]:
    """Prices of the linear relaxation, whole and repaired, and the grams its optimum delivers on each leg.

    Where time runs out, needs are charged all the value, and there are no grams.
    """
    model = relaxed_model(task)
    found = linear_plan(model, seconds)
    return repaired(task, row_prices(task, model, found)), None if found is None else found.columns * model.unit_g


def row_prices(task: Task, model: Model, found: Linear | None) -> RowPrices:
    """What a linear programme's rows charge, rounded; nought where it has no answer."""
    sides = (task.limits.supply_g, task.limits.demand_g, task.limits.capacity_g)
    columns = [np.zeros(len(side), dtype=np.int64) for side in sides]
    recipe = np.zeros(0 if task.mix is None else len(task.mix.need), dtype=np.int64)
    if found is not None:
        for column, kind in zip(columns, ("offer", "need", "processor"), strict=True):
            first, listing = model.rows[kind]
            column[listing] = np.rint(np.maximum(found.rows[first : first + len(listing)], 0.0)).astype(np.int64)
        first, _ = model.rows["recipe"]
        per_unit = np.maximum(found.rows[first : first + len(recipe)], 0.0) * SCALE / model.recipe_unit
        recipe = np.rint(np.minimum(per_unit, 2.0**62)).astype(np.int64)
    offer, need, processor = columns
    return RowPrices(offer, need, processor, recipe)
