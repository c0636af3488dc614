# SPDX-License-Identifier: AGPL-3.0-or-later
"""Seconds and memory of one method on one case, each in a process of its own, compiled code warmed up before."""

import pickle
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.cases import ALLOCATION, LOTS, RECIPES, RETRIEVAL, WHOLE, Method
from matching.pairing.retrieve import load_compiled

GROUPS: Mapping[str, Mapping[str, Method]] = {
    "retrieval": RETRIEVAL,
    "allocation": ALLOCATION,
    "whole": WHOLE,
    "recipes": RECIPES,
    "lots": LOTS,
}
LONGEST_S = 900  # on a loaded machine: a wait of minutes for seconds of work


@dataclass(frozen=True, slots=True)
class Row:
    """What a method did: medians of its runs, or why it wasn't run."""

    method: str
    note: str = ""
    seconds: float = 0.0
    processor_s: float = 0.0
    peak_mb: int = 0
    figures: Mapping[str, Any] | None = None


def measured(group: str, case: Path, runs: int, size: int) -> list[Row]:
    """A row for each method of the group on a pickled case."""
    return [_row(group, name, method, (case, runs, size)) for name, method in GROUPS[group].items()]


def _row(group: str, name: str, method: Method, job: tuple[Path, int, int]) -> Row:
    case, runs, size = job
    if size > method.most:
        return Row(name, note=f"not asked above {method.most:,}")
    if not method.installed:
        return Row(name, note="not installed")
    results = []
    for _ in range(runs):
        command = [sys.executable, "-m", "benchmarks.measure", group, name, str(case)]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            return Row(name, note=f"not done in {LONGEST_S} s")
        results.append(pickle.loads(done.stdout))
    seconds, processor, peak = (statistics.median(column) for column in list(zip(*results, strict=True))[:3])
    return Row(name, "", seconds, processor, round(peak), results[0][3])


def _main(group: str, name: str, case: Path) -> None:
    content, method = pickle.loads(case.read_bytes()), GROUPS[group][name]
    import_module(method.module)
    warm_up()
    before = _peak_mb()
    clock, processor = time.perf_counter(), time.process_time()
    figures = method.run(content)
    spent = time.perf_counter() - clock, time.process_time() - processor, _peak_mb() - before
    sys.stdout.buffer.write(pickle.dumps((*spent, figures)))


def warm_up() -> None:
    """Loads what is compiled and the solvers, so that neither is counted."""
    import_module("ortools.math_opt.python.mathopt")
    import_module("scipy.optimize")
    from benchmarks.planted import planted
    from matching.allocation.augment import Caps, augmented
    from matching.allocation.flow import transport
    from matching.allocation.greedy import greedy_flow

    load_compiled()
    problem, _ = planted(20, 3, seed=1)
    augmented(problem, Caps(1 << 30, 1 << 30))
    greedy_flow(problem)
    transport(problem.supply_g, problem.demand_g, problem.offer, problem.need, problem.value)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
