# SPDX-License-Identifier: AGPL-3.0-or-later
"""What others would use: joins and nearest neighbours for retrieval, linear programmes and habits for allocation."""

from typing import Any, Final

import numpy as np

from matching.allocation.legs import Task
from matching.allocation.model import model_of
from matching.allocation.prices import Transport
from matching.pairing.retrieve import passing
from matching.pairing.sides import Sides

Ends = tuple[np.ndarray, np.ndarray]
Table = dict[str, np.ndarray]

NEIGHBOURS: Final = 200  # fetched for each need before the rules are asked
JOIN: Final = """
SELECT o.listing AS o, n.listing AS n FROM offers o JOIN needs n
ON (n.forms >> o.form) & 1 = 1 AND (n.regimes >> o.regime) & 1 = 1
AND o.from_day <= n.until_day AND o.until_day >= n.from_day AND o.price <= n.price
AND o.lat BETWEEN n.south AND n.north AND o.least_g <= n.mass_g AND o.mass_g >= n.lot_g
LEFT JOIN shares s ON s.listing = o.listing AND s.fibre = n.fibre
WHERE n.fibre < 0 OR coalesce(s.pct, 0) BETWEEN n.low AND n.high
"""


def duckdb_join(sides: Sides) -> Ends:
    """A join with range predicates on what columns say directly, the remaining rules afterwards."""
    import duckdb

    tables = {"offers": _offer_table(sides), "needs": _need_table(sides), "shares": _share_table(sides)}
    with duckdb.connect() as database:
        database.execute("SET threads = 2")
        for name, columns in tables.items():
            database.register("columns", columns)
            database.execute(f"CREATE TABLE {name} AS SELECT * FROM columns")
        found = database.execute(JOIN).fetchnumpy()
    return passing(sides, np.asarray(found["o"]), np.asarray(found["n"]))


def _offer_table(sides: Sides) -> Table:
    offers = sides.offers
    return {
        "listing": np.arange(len(offers)),
        "form": offers.form.astype(np.int64),
        "regime": offers.regime.astype(np.int64),
        "from_day": offers.from_day,
        "until_day": offers.until_day,
        "price": np.where(offers.priced, offers.price_milli, -(1 << 62)),
        "lat": offers.lat,
        "least_g": sides.least_g,
        "mass_g": offers.mass_g,
    }


def _need_table(sides: Sides) -> Table:
    needs, (fibre, low, high) = sides.needs, _first_bound(sides)
    reach = np.where(needs.radius_m < 0, 180.0, needs.radius_m / 111_000)
    return {
        "listing": np.arange(len(needs)),
        "forms": needs.forms.astype(np.int64),
        "regimes": needs.regimes.astype(np.int64),
        "from_day": needs.from_day,
        "until_day": needs.until_day,
        "price": np.where(needs.priced, needs.price_milli, 1 << 62),
        "south": needs.lat - reach,
        "north": needs.lat + reach,
        "mass_g": needs.mass_g,
        "lot_g": needs.lot_g,
        "fibre": fibre,
        "low": low,
        "high": high,
    }


def _first_bound(sides: Sides) -> tuple[np.ndarray, ...]:
    """The first bound of each need; fibre -1 where it has none."""
    first = sides.bound_start[:-1]
    has = np.diff(sides.bound_start) > 0
    at = np.where(has, first, 0)
    columns = (sides.bound_fibre[at], sides.bound_low[at], sides.bound_high[at])
    return np.where(has, columns[0], -1).astype(np.int64), *(column.astype(np.int64) for column in columns[1:])


def _share_table(sides: Sides) -> Table:
    row, fibre = np.nonzero(sides.shares)
    return {"listing": row, "fibre": fibre, "pct": sides.shares[row, fibre].astype(np.int64)}


def brute_force(sides: Sides) -> Ends:
    """The nearest offers of each need by place, time, price and colour (scikit-learn), then the rules."""
    from sklearn.neighbors import NearestNeighbors

    offers, needs = sides.offers, sides.needs
    wanted, have = (
        np.stack(
            [
                side.lat * 100,
                side.lon * 100,
                side.from_day / 10,
                side.price_milli / 100,
                *np.nan_to_num(side.lab).T / 10,
            ],
            axis=1,
        )
        for side in (needs, offers)
    )
    index = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(offers)), algorithm="brute").fit(have)
    near = index.kneighbors(wanted, return_distance=False)
    return passing(sides, near.ravel(), np.repeat(np.arange(len(needs)), near.shape[1]))


def linear_programme(problem: Transport) -> np.ndarray:
    """SciPy's linprog with HiGHS; grams rounded down."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    pairs, offers = len(problem.value), len(problem.supply_g)
    rows = np.concatenate([problem.offer, problem.need + offers])
    masses = np.concatenate([problem.supply_g, problem.demand_g]) / 1000
    ends = coo_array((np.ones(2 * pairs), (rows, np.tile(np.arange(pairs), 2))), shape=(len(masses), pairs))
    answer = linprog(-problem.value / 1e6, A_ub=ends.tocsr(), b_ub=masses, method="highs")
    return np.asarray(np.floor(answer.x * 1000 + 1e-6), dtype=np.int64)


def recipes_programme(task: Task, method: str) -> tuple[float, int]:
    """Value in micro-points x grams of recipes by SciPy's linprog, in kilograms, and the number of its columns."""
    from scipy.optimize import linprog

    rows, most = _task_rows(task)
    answer = linprog(-task.legs.value / 1e6, A_ub=rows, b_ub=most, method=method)
    return -answer.fun * 1e9, len(task.legs)


def lots_programme(task: Task, seconds: float, gap: float) -> tuple[float, int]:
    """Value in micro-points x grams of one mixed-integer model of all pairs by SciPy's milp, and the pairs."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    model = model_of(task)
    answer = milp(
        -model.value,
        constraints=LinearConstraint(model.matrix.tocsc(), model.row_low, model.row_high),
        integrality=model.whole,
        bounds=Bounds(model.low, model.high),
        options={"time_limit": seconds, "mip_rel_gap": gap},
    )
    found = 0.0 if answer.fun is None else -answer.fun * model.unit_g * model.unit_micro
    return found, len(task.legs)


def _task_rows(task: Task) -> tuple[Any, np.ndarray]:
    """What offers have and needs want, in kilograms, and the rows of recipes."""
    from scipy.sparse import coo_array, vstack

    legs, limits = task.legs, task.limits
    every = np.arange(len(legs))
    sides = ((legs.offer, limits.supply_g), (legs.need, limits.demand_g))
    rows = [coo_array((np.ones(len(legs)), (end, every)), shape=(len(mass_g), len(legs))) for end, mass_g in sides]
    most = [mass_g / 1000 for _, mass_g in sides]
    if task.mix is not None:
        rows.append(task.mix.matrix.astype(float) / 1000)
        most.append(np.zeros(len(task.mix.need)))
    return vstack(rows).tocsr(), np.concatenate(most)


def first_come(problem: Transport) -> np.ndarray:
    """Offers in the order of the file, each to whatever still wants it."""
    left, lacking = problem.supply_g.tolist(), problem.demand_g.tolist()
    grams = np.zeros(len(problem.value), dtype=np.int64)
    order = np.lexsort((problem.need, problem.offer)).tolist()
    ends = zip(order, problem.offer[order].tolist(), problem.need[order].tolist(), strict=True)
    for pair, offer, need in ends:
        grams[pair] = min(left[offer], lacking[need])
        left[offer] -= int(grams[pair])
        lacking[need] -= int(grams[pair])
    return grams
