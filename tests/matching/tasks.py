# SPDX-License-Identifier: AGPL-3.0-or-later
"""Random allocation tasks with lots, and their optimum by brute force and by SciPy's HiGHS."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from matching.allocation.legality import broken_limits
from matching.allocation.legs import Limits, Task, direct_legs
from matching.allocation.problem import fits
from matching.allocation.relax import value_of

Listing = dict[str, int]


def task_of(
    offers: list[Listing],
    needs: list[Listing],
    pairs: dict[tuple[int, int], int],
    plants: "list[Listing] | None" = None,
) -> Task:
    """A task from listings in grams and values by (offer, need); legs that can never ship are dropped."""
    ends = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    value = np.array([pairs[o, n] for o, n in ends.tolist()], dtype=np.int64)
    task = Task(direct_legs(ends[:, 0].copy(), ends[:, 1].copy(), value), limits_of_rows(offers, needs, plants or []))
    return task.only(fits(task))


def limits_of_rows(offers: list[Listing], needs: list[Listing], plants: list[Listing]) -> Limits:
    """Limits from listings; what is not named is not asked."""

    def column(rows: list[Listing], name: str) -> Any:
        return np.array([row.get(name, 0) for row in rows], dtype=np.int64)

    return Limits(
        column(offers, "mass"),
        column(offers, "least"),
        column(needs, "mass"),
        column(needs, "lot"),
        column(needs, "suppliers"),
        column(needs, "fill"),
        column(plants, "capacity"),
        column(plants, "batch"),
    )


def by_brute_force(task: Task) -> int:
    """The best value of any whole grams."""
    most = task.most_taken_g().tolist()
    best = 0
    for grams in product(*(range(top + 1) for top in most)):
        taken = np.array(grams, dtype=np.int64)
        if next(broken_limits(task, taken), None) is None:
            best = max(best, value_of(task, taken))
    return best


def by_scipy(task: Task) -> float:
    """The best value by SciPy's HiGHS on a formulation of its own: whole grams x, uses z, fills f."""
    legs, limits = task.legs, task.limits
    count, needs = len(legs), len(limits.demand_g)
    if not count:
        return 0.0
    most, least = task.most_taken_g(), np.maximum(task.least_taken_g(), 1)
    eye, none = np.eye(count), np.zeros((count, needs))
    of_offer = (np.arange(len(limits.supply_g))[:, None] == legs.offer).astype(float)
    of_need = (np.arange(needs)[:, None] == legs.need).astype(float)
    blank = np.zeros((len(of_offer), count + needs)), np.zeros((needs, count + needs))
    suppliers = np.where(limits.max_suppliers > 0, limits.max_suppliers, count)
    rows = [
        LinearConstraint(np.hstack([of_offer, blank[0]]), -np.inf, limits.supply_g),
        LinearConstraint(np.hstack([of_need, blank[1]]), -np.inf, limits.demand_g),
        LinearConstraint(np.hstack([eye, -np.diag(most.astype(float)), none]), -np.inf, 0),
        LinearConstraint(np.hstack([eye, -np.diag(least.astype(float)), none]), 0, np.inf),
        LinearConstraint(np.hstack([np.zeros((needs, count)), of_need, np.zeros((needs, needs))]), -np.inf, suppliers),
        LinearConstraint(np.hstack([of_need, 0 * of_need, -np.diag(limits.min_fill_g.astype(float))]), 0, np.inf),
        LinearConstraint(np.hstack([np.zeros((count, count)), eye, -of_need.T]), -np.inf, 0),
    ]
    width = 2 * count + needs
    worth = np.concatenate([-legs.value.astype(float), np.zeros(count + needs)])
    high = np.concatenate([most, np.ones(count + needs)])
    answer = milp(
        worth, integrality=np.ones(width), bounds=Bounds(0, high), constraints=rows, options={"mip_rel_gap": 0}
    )
    return float(-answer.fun)


_VALUES = st.one_of(st.integers(1, 9), st.sampled_from([400_000, 999_999, 1_000_000]))


@st.composite
def lot_tasks(draw: st.DrawFn, size: int = 5, mass: int = 40, arcs: int = 14) -> Task:
    """Listings of which many ask for lots, few suppliers, least totals or to stay whole."""

    def some(low: int, high: int) -> int:
        return draw(st.one_of(st.just(0), st.integers(low, high)))

    offers, needs = [], []
    for _ in range(draw(st.integers(1, size))):
        supply = draw(st.integers(1, mass))
        offers.append({"mass": supply, "least": draw(st.sampled_from([0, supply, supply // 2]))})
    for _ in range(draw(st.integers(1, size))):
        demand = draw(st.integers(1, mass))
        needs.append({"mass": demand, "lot": some(1, demand), "suppliers": some(1, 3), "fill": some(1, demand)})
    pair = st.tuples(st.integers(0, len(offers) - 1), st.integers(0, len(needs) - 1))
    return task_of(offers, needs, draw(st.dictionaries(pair, _VALUES, max_size=arcs)))


def contended(size: int, per_need: int, seed: int, asks: tuple[str, ...] = ("least", "lot")) -> Task:
    """A market of the given size in which three in ten listings ask for each of these."""
    dice = np.random.default_rng(seed)
    supply, demand = (dice.integers(50, 2000, size) * 1000 for _ in range(2))
    keys = np.unique(np.repeat(np.arange(size), per_need) * size + dice.integers(0, size, size * per_need))

    def asked(name: str, amount: Any) -> Any:
        return np.where((dice.random(size) < 0.3) & (name in asks), amount, 0)

    whole = asked("whole", supply)
    limits = Limits(
        supply,
        np.where(whole > 0, whole, asked("least", supply // 3)),
        demand,
        asked("lot", demand // 3),
        asked("suppliers", dice.integers(1, 4, size)),
        asked("fill", demand * 7 // 10),
        *(np.zeros(0, dtype=np.int64) for _ in range(2)),
    )
    value = dice.integers(300_000, 1_000_000, len(keys))
    task = Task(direct_legs(keys % size, keys // size, value), limits)
    return task.only(fits(task))


@st.composite
def chain_tasks(draw: st.DrawFn, unit: int = 1) -> Task:
    """A few legs, most of them through processors with a capacity and often a least batch; masses in units.

    In units of kilograms yields are whole percents: no plan is legal for a solver and a fraction of a gram too short.
    """
    some_yields = [1_000_000, 880_000, 500_000, 333_333 if unit == 1 else 330_000]
    offers = [{"mass": unit * draw(st.integers(1, 6)), "least": 0} for _ in range(draw(st.integers(1, 2)))]
    for offer in offers:
        offer["least"] = draw(st.sampled_from([0, offer["mass"], offer["mass"] // 2]))
    needs = [{"mass": unit * draw(st.integers(1, 6))} for _ in range(draw(st.integers(1, 2)))]
    for need in needs:
        need["lot"] = draw(st.sampled_from([0, need["mass"] // 2]))
        need["fill"] = draw(st.sampled_from([0, need["mass"] // 2, need["mass"]]))
    plants = [{"capacity": unit * draw(st.integers(1, 8))} for _ in range(2)]
    for plant in plants:
        plant["batch"] = draw(st.sampled_from([0, plant["capacity"] // 2]))
    yields = np.array([draw(st.sampled_from(some_yields)) for _ in plants] + [1_000_000])
    keys = draw(st.sets(st.tuples(*(st.integers(0, 1),) * 2, st.sampled_from([(-1, -1), (0, -1), (0, 1)])), max_size=4))
    ends = [(o % len(offers), n % len(needs), *way) for o, n, way in sorted(keys)]
    columns = np.array(sorted(set(ends)), dtype=np.int64).reshape(-1, 4).T.copy()
    value = np.array([draw(st.integers(100_000, 1_000_000)) for _ in range(columns.shape[1])], dtype=np.int64)
    legs = direct_legs(columns[0], columns[1], value)
    rate, first_rate = yields[columns[2]] * yields[columns[3]], yields[columns[2]]
    legs = replace(legs, first=columns[2], second=columns[3], rate=rate, first_rate=first_rate)
    task = Task(legs, limits_of_rows(offers, needs, plants))
    return task.only(fits(task))
