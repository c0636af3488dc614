# SPDX-License-Identifier: AGPL-3.0-or-later
"""Random transport problems, and their optimum by SciPy's HiGHS."""

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from matching.allocation.prices import Transport


def transport_of(supply: list[int], demand: list[int], pairs: dict[tuple[int, int], int]) -> Transport:
    """A problem from masses in grams and values by (offer, need)."""
    ends = sorted(pairs, key=lambda pair: (pair[1], pair[0]))
    columns = np.array([(*pair, pairs[pair]) for pair in ends], dtype=np.int64).reshape(-1, 3).T.copy()
    return Transport(np.array(supply, dtype=np.int64), np.array(demand, dtype=np.int64), *columns)


@st.composite
def transports(draw: st.DrawFn) -> Transport:
    """Up to seven listings a side; few distinct values, so that ties are common."""
    masses = st.lists(st.integers(1, 40), min_size=1, max_size=7)
    supply, demand = draw(masses), draw(masses)
    pair = st.tuples(st.integers(0, len(supply) - 1), st.integers(0, len(demand) - 1))
    values = st.one_of(st.integers(1, 9), st.sampled_from([400_000, 999_999, 1_000_000]))
    return transport_of(supply, demand, draw(st.dictionaries(pair, values, max_size=30)))


def optimum(problem: Transport) -> float:
    """Largest value of any allocation."""
    if not len(problem.value):
        return 0.0
    rows = np.zeros((len(problem.supply_g) + len(problem.demand_g), len(problem.value)))
    rows[problem.offer, np.arange(len(problem.value))] = 1
    rows[len(problem.supply_g) + problem.need, np.arange(len(problem.value))] = 1
    limits = np.concatenate([problem.supply_g, problem.demand_g])
    return -float(linprog(-problem.value.astype(float), A_ub=rows, b_ub=limits, method="highs").fun)


def dense(offers: int, needs: int, per_need: int, seed: int) -> Transport:
    """A contended market of the given size."""
    draw = np.random.default_rng(seed)
    keys = np.unique(np.repeat(np.arange(needs), per_need) * offers + draw.integers(0, offers, needs * per_need))
    return Transport(
        draw.integers(1, 2_000_000, offers),
        draw.integers(1, 2_000_000, needs),
        keys % offers,
        keys // offers,
        draw.integers(1, 1_000_000, len(keys)),
    )
