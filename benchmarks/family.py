# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ours against plain `SimpleMinCostFlow` on graphs made to be hard, in turn, in one process, in processor seconds.

`python -m benchmarks.family` prints the table: planted markets in which all that is offered is wanted but for a
surplus, and the adversaries. `--sizes 2000 --degrees 10 --surplus 1` narrows the first, `--runs 5` steadies it.
"""

import statistics
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np

from benchmarks.measure import warm_up
from benchmarks.planted import ADVERSARIES, planted
from matching.allocation.allocate import allocate
from matching.allocation.flow import transport
from matching.allocation.prices import Transport, exact_dot

SURPLUS_PCT: Final = (0, 0.05, 0.2, 0.5, 1, 2, 5, 10)
AIM: Final = 1.1


def main() -> None:
    asked = _asked()
    warm_up()
    print("| graph | pairs | ours s | plain flow s | ratio |\n|---|---|---|---|---|")
    ratios = [_line(name, problem, asked.runs) for name, problem in _graphs(asked)]
    print(f"\n{sum(ratio > AIM for ratio in ratios)} of {len(ratios)} above {AIM}; the worst is {max(ratios):.2f}.")


def with_surplus(problem: Transport, percent: float) -> Transport:
    """The same market with every supply larger by so many per cent."""
    supply = problem.supply_g + np.rint(problem.supply_g * percent / 100).astype(np.int64)
    return Transport(supply, problem.demand_g, problem.offer, problem.need, problem.value)


def _graphs(asked: Namespace) -> Iterator[tuple[str, Transport]]:
    for size in asked.sizes:
        for degree in asked.degrees:
            plain, _ = planted(size, degree, asked.seed)
            for percent in asked.surplus:
                yield f"planted {size:,}, {degree} pairs an offer, {percent:g} % over", with_surplus(plain, percent)
    yield from ((name, make()) for name, make in _adversaries(asked).items())


def _adversaries(asked: Namespace) -> Mapping[str, Callable[[], Transport]]:
    return {name: make for name, make in ADVERSARIES.items() if asked.adversaries}


def _line(name: str, problem: Transport, runs: int) -> float:
    """Prints one row; medians of the runs, and the median of the ratios of runs that followed each other."""
    rows = [(_seconds(_ours, problem), _seconds(_plain, problem)) for _ in range(runs)]
    ours, plain = (statistics.median(column) for column in zip(*rows, strict=True))
    ratio = statistics.median(mine / theirs for mine, theirs in rows)
    print(f"| {name} | {len(problem.value):,} | {ours:.3f} | {plain:.3f} | {ratio:.2f} |", flush=True)
    return ratio


def _seconds(solve: Callable[[Transport], None], problem: Transport) -> float:
    began = time.process_time()
    solve(problem)
    return time.process_time() - began


def _ours(problem: Transport) -> None:
    found = allocate(problem)
    if found.value != found.bound:
        raise RuntimeError("an optimum was not proven")


def _plain(problem: Transport) -> None:
    exact_dot(transport(problem.supply_g, problem.demand_g, problem.offer, problem.need, problem.value), problem.value)


def _asked() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.family", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 5_000, 10_000], help="offers, as many needs")
    parser.add_argument("--degrees", type=int, nargs="+", default=[10, 20], help="pairs an offer")
    parser.add_argument("--surplus", type=float, nargs="+", default=SURPLUS_PCT, help="per cent")
    parser.add_argument("--no-adversaries", action="store_false", dest="adversaries")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
