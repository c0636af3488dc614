# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is measured: each method takes a prepared case and says value, bound and pairs where they mean something."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from benchmarks.peers import (
    brute_force,
    duckdb_join,
    first_come,
    linear_programme,
    lots_programme,
    recipes_programme,
)
from matching.allocation.allocate import allocate
from matching.allocation.flow import transport
from matching.allocation.greedy import greedy_flow, greedy_plan
from matching.allocation.legs import Task
from matching.allocation.prices import Transport, exact_dot
from matching.allocation.relax import relaxed_model, value_of
from matching.allocation.solve import solve
from matching.allocation.solver import linear_plan
from matching.pairing import retrieve
from matching.pairing.sides import Sides

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A way to do it, up to which number of listings a side it is asked to, and the module it is made of."""

    run: Callable[[Any], Figures]
    most: int = 1 << 60
    module: str = "numpy"

    @property
    def installed(self) -> bool:
        """Whether the peer is here."""
        return find_spec(self.module.split(".")[0]) is not None


def _ours(sides: Sides) -> Figures:
    pairs = retrieve.compatible_pairs(sides)
    return {"pairs": len(pairs), "examined": pairs.examined}


def _blockwise(sides: Sides) -> Figures:
    with patch.object(retrieve, "COMPILED_FROM", 1 << 60):
        return _ours(sides)


def _peer_pairs(find: Callable[[Sides], tuple[np.ndarray, np.ndarray]]) -> Callable[[Sides], Figures]:
    return lambda sides: {"pairs": len(find(sides)[0])}


def _proven(problem: Transport) -> Figures:
    found = allocate(problem)
    return {"value": found.value, "bound": found.bound, "pairs": found.pairs_considered}


def _flow(ship: Callable[[Transport], np.ndarray]) -> Callable[[Transport], Figures]:
    return lambda problem: {"value": exact_dot(ship(problem), problem.value), "pairs": len(problem.value)}


def _plain(problem: Transport) -> np.ndarray:
    return transport(problem.supply_g, problem.demand_g, problem.offer, problem.need, problem.value)


def _task(task: Task) -> Figures:
    found = solve(task, time.monotonic() + SECONDS)
    return {"value": found.value, "bound": found.bound, "pairs": len(task.legs)}


def _glop(task: Task) -> Figures:
    found = linear_plan(relaxed_model(task), LONG_S)
    return {"value": found.value if found else 0, "pairs": len(task.legs)}


def _recipes_by(method: str) -> Callable[[Task], Figures]:
    return lambda task: dict(zip(("value", "pairs"), recipes_programme(task, method), strict=True))


def _milp_to(gap: float) -> Callable[[Task], Figures]:
    return lambda task: dict(zip(("value", "pairs"), lots_programme(task, SECONDS, gap), strict=True))


def _greedy_task(task: Task) -> Figures:
    return {"value": value_of(task, greedy_plan(task)), "pairs": len(task.legs)}


def _solve(paths: tuple[Path, Path]) -> Figures:
    """The command line's way: read, match, check, write."""
    from matching.console.folder import write_result
    from matching.console.inputs import read_inputs
    from matching.engine import match

    with TemporaryDirectory() as folder:
        inputs = read_inputs(*paths, None)
        run = match(inputs.offers, inputs.needs, policy=inputs.policy, seconds=600)
        write_result(Path(folder) / "out", inputs, run, with_pairs=False)
    summary = run.summary
    figures = {name: summary[name] for name in ("value", "bound", "greedy_value", "seconds")}
    return {**figures, "pairs": summary["compatible_pairs"]}


SECONDS: Final = 30.0  # that plans with lots or recipes have
LONG_S: Final = 600.0

RETRIEVAL: Final[Mapping[str, Method]] = {
    "ours": Method(_ours),
    "rules on blocks (NumPy)": Method(_blockwise, most=20_000),
    "DuckDB join": Method(_peer_pairs(duckdb_join), module="duckdb"),
    "scikit-learn brute force, then rules": Method(_peer_pairs(brute_force), most=20_000, module="sklearn.neighbors"),
}
ALLOCATION: Final[Mapping[str, Method]] = {
    "ours, with proof": Method(_proven),
    "plain SimpleMinCostFlow": Method(_flow(_plain)),
    "SciPy linprog (HiGHS)": Method(_flow(linear_programme), most=20_000, module="scipy.optimize"),
    "greedy": Method(_flow(greedy_flow)),
    "first come": Method(_flow(first_come)),
}
WHOLE: Final[Mapping[str, Method]] = {"solve, files to files": Method(_solve)}
RECIPES: Final[Mapping[str, Method]] = {
    "ours, whole grams with proof": Method(_task),
    "GLOP, kilograms": Method(_glop, most=5_000),
    "SciPy linprog (HiGHS simplex), kilograms": Method(_recipes_by("highs-ds"), most=20_000, module="scipy.optimize"),
    "SciPy linprog (HiGHS interior), kilograms": Method(_recipes_by("highs-ipm"), most=20_000, module="scipy.optimize"),
}
LOTS: Final[Mapping[str, Method]] = {
    "ours, with proof": Method(_task),
    "SciPy milp (HiGHS), one model": Method(_milp_to(1e-4), most=20_000, module="scipy.optimize"),
    "the same to our gap": Method(_milp_to(1e-6), most=20_000, module="scipy.optimize"),
    "greedy": Method(_greedy_task),
}
