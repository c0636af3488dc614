# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one more kilogram of a listing would bring the district: the least price that any proof of the optimum gives it.

In a market of divisible goods traded directly, prices of offers and needs that prove the optimum are the payoffs
that no two kilograms can better on their own: the core of a market in which each kilogram trades for itself (Shapley &
Shubik 1971). Between the least price of an offer and the least of a need lies what two partners have to share, if the
district loses nothing by their trade. The least prices of offers are the shortest distances in the residual graph of
an optimal flow, those of needs the same with the sides changed; they are exact. With lots, limits, recipes or
processors the core may be empty: the prices are then those of the market without lots and limits, and with recipes or
processors what a kilogram more adds to its linear programme.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.optimize import linprog

from matching.allocation.allocate import allocate
from matching.allocation.flow import SolverFailedError
from matching.allocation.legs import Task, delivered_g
from matching.allocation.model import begun, mass_rows, recipe_rows
from matching.allocation.parts import Part, has_lots, part_numbers, part_of
from matching.allocation.prices import Transport, exact_dot, prices_of_flow
from matching.allocation.relax import as_transport
from matching.market.columns import Floats, Int64s

KILOGRAM_G: Final = 1000
_INFEASIBLE: Final = 2  # as SciPy says it


@dataclass(frozen=True, slots=True)
class Least:
    """Least price of a kilogram in micro-units; whether the market around it is one that surely has a core."""

    price_micro: int
    has_core: bool


class Elsewhere:
    """Answers for a task: a part is solved once, when it is first asked about, and what a question changes each time.

    Raises SolverFailedError where a linear programme is not solved.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._number = part_numbers(task)
        self._solved: dict[int, _Direct | _Linear] = {}

    def of_offer(self, row: int) -> Least:
        """What one more kilogram of this offer would bring."""
        legs = np.flatnonzero(self._task.legs.offer == row)
        return self._part(int(legs[0])).of_offer(row) if len(legs) else Least(0, True)

    def of_need(self, row: int) -> Least:
        """What it would bring if this need wanted a kilogram more."""
        legs = np.flatnonzero(self._task.legs.need == row)
        return self._part(int(legs[0])).of_need(row) if len(legs) else Least(0, True)

    def loss_of(self, leg: int) -> int | None:
        """What the district loses, in micro-units, with each kilogram that this leg delivers; None if it can't."""
        part = self._part(leg)
        return part.loss_of(int(np.searchsorted(part.legs, leg)))

    def _part(self, leg: int) -> "_Direct | _Linear":
        number = int(self._number[leg])
        if number not in self._solved:
            part = part_of(self._task, np.flatnonzero(self._number == number))
            self._solved[number] = _Direct(part) if part.task.plain.all() else _Linear(part)
        return self._solved[number]


class _Direct:
    """A part of direct legs, as a transport problem: lots and limits are forgotten."""

    def __init__(self, part: Part) -> None:
        self._part, self.legs = part, part.legs
        self._has_core = not has_lots(part.task).any()
        self._problem = problem = as_transport(part.task)
        self._flow_g = flow_g = allocate(problem).flow_g
        turned = Transport(problem.demand_g, problem.supply_g, problem.need, problem.offer, problem.value)
        self._offer = prices_of_flow(problem, flow_g).offer
        self._need = prices_of_flow(turned, flow_g).offer

    def of_offer(self, row: int) -> Least:
        """As `Elsewhere`."""
        return Least(_at(self._offer, self._part.offers, row), self._has_core)

    def of_need(self, row: int) -> Least:
        """As `Elsewhere`."""
        return Least(_at(self._need, self._part.needs, row), self._has_core)

    def loss_of(self, leg: int) -> int:
        """As `Elsewhere`: the best that is left once both sides have a gram less, and this gram's worth."""
        if self._flow_g[leg]:
            return 0
        problem = self._problem
        supply, demand = problem.supply_g.copy(), problem.demand_g.copy()
        supply[problem.offer[leg]] -= 1
        demand[problem.need[leg]] -= 1
        less = replace(problem, supply_g=supply, demand_g=demand)
        best = exact_dot(self._flow_g, problem.value)
        return best - int(problem.value[leg]) - exact_dot(allocate(less).flow_g, problem.value)


def _at(column: Int64s, rows: Int64s, row: int) -> int:
    return int(column[np.searchsorted(rows, row)])


class _Linear:
    """A part with processors or recipes, as a linear programme of divisible kilograms."""

    def __init__(self, part: Part) -> None:
        self._part, self.legs = part, part.legs
        self._worth = self._best(part.task)

    def of_offer(self, row: int) -> Least:
        """As `Elsewhere`."""
        return self._with_more("supply_g", int(np.searchsorted(self._part.offers, row)))

    def of_need(self, row: int) -> Least:
        """As `Elsewhere`."""
        return self._with_more("demand_g", int(np.searchsorted(self._part.needs, row)))

    def _with_more(self, side: str, at: int) -> Least:
        task = self._part.task
        more = getattr(task.limits, side).copy()
        more[at] += KILOGRAM_G
        gained = self._best(replace(task, limits=replace(task.limits, **{side: more}))) - self._worth
        return Least(max(round(gained / KILOGRAM_G), 0), False)

    def loss_of(self, leg: int) -> int | None:
        """As `Elsewhere`: the best plan in which this leg delivers up to a kilogram at least."""
        task = self._part.task
        grams = min(KILOGRAM_G, int(delivered_g(task.most_taken_g()[[leg]], task.legs.rate[[leg]])[0]))
        least_g = np.zeros(len(task.legs))
        least_g[leg] = grams
        best = _most(task, least_g)
        return None if best is None else round((self._worth - best) / grams)

    @staticmethod
    def _best(task: Task) -> float:
        """Micro-units x grams of the best divisible plan; there is one, for nothing has to be shipped."""
        best = _most(task, np.zeros(len(task.legs)))
        if best is None:
            raise SolverFailedError("a linear programme without duties was called infeasible")
        return best


def _most(task: Task, least_g: Floats) -> float | None:
    """The same of plans whose legs deliver some grams at least; None where there are none."""
    build, _ = begun(task)
    mass_rows(build, task)
    recipe_rows(build, task)
    bounds = np.stack([least_g / build.unit_g, np.full(len(least_g), np.inf)], axis=1)
    matrix: Any = build.matrix()
    ends = np.concatenate(build.high)
    answer = linprog(-task.legs.value.astype(float), A_ub=matrix, b_ub=ends, bounds=bounds, method="highs")
    if answer.status == _INFEASIBLE:
        return None
    if answer.fun is None or answer.status != 0:
        raise SolverFailedError(f"a linear programme ended with: {answer.message}")
    return -float(answer.fun) * build.unit_g
