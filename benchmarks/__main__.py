# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs the engine and its peers on the same generated markets and appends the tables to RESULTS.md."""

import pickle
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.blends import Blends, blend_market
from benchmarks.markets import RULES, Recipe, market, write_market
from benchmarks.measure import measured
from benchmarks.planted import ADVERSARIES, planted
from benchmarks.results import append
from matching.allocation.legs import Task
from matching.allocation.policy import Policy
from matching.allocation.prices import Transport
from matching.allocation.problem import plan
from matching.evidence.view_market import view_of
from matching.market.columns import Needs, Offers
from matching.pairing.retrieve import compatible_pairs
from matching.pairing.score import scorer
from matching.pairing.sides import Sides, prepare


def main() -> None:
    asked = _asked()
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.runs)
        for size in asked.sizes:
            bench.market(Recipe(size, asked.rules, asked.place, asked.seed), set(asked.what))
        for name, make in ADVERSARIES.items() if "adversaries" in asked.what else ():
            bench.run("allocation", f"Adversary: {name}", make(), 1 << 50)


class Bench:
    """Measures cases and keeps the tables."""

    def __init__(self, folder: Path, runs: int) -> None:
        self._case = folder / "case"
        self._runs = runs

    def market(self, recipe: Recipe, what: set[str]) -> None:
        """The tables of one size."""
        size = recipe.size
        sides = prepare(*market(recipe)) if {"retrieval", "allocation"} & what else None
        if sides is not None and "retrieval" in what:
            self.run("retrieval", f"Retrieval, {recipe}", sides, size)
        if sides is not None and "allocation" in what:
            self.run("allocation", f"Allocation, {recipe}", _problem(sides), size)
        if "planted" in what:
            problem, optimum = planted(size, 10, recipe.seed)
            self.run("allocation", f"Planted optimum {optimum:.6g}, {size:,} x {size:,}", problem, size)
        for choosy in (False, True) if "lots" in what else ():
            lots = replace(recipe, lots=True, choosy=choosy)
            self.run("lots", f"Lots, {lots}", _task(*market(lots)), size)
        for coloured in (0.0, 0.5) if "recipes" in what else ():
            blends = Blends(size, coloured=coloured, seed=recipe.seed)
            self.run("recipes", f"Recipes, {blends}", _task(*blend_market(blends)), size)
        if "whole" in what:
            self.run("whole", f"From files to files, {recipe}", write_market(recipe, self._case.parent), size)

    def run(self, group: str, title: str, content: Any, size: int) -> None:
        """One table."""
        self._case.write_bytes(pickle.dumps(content, protocol=5))
        rows = measured(group, self._case, self._runs, size)
        print(append(title, rows, self._runs), flush=True)


def _problem(sides: Sides) -> Transport:
    """The transport problem of a market under the default policy."""
    pairs = compatible_pairs(sides)
    value = scorer(sides, Policy().weight_micro).scores(pairs.offer, pairs.need)
    ends = pairs.offer.astype("int64"), pairs.need.astype("int64")
    return Transport(sides.offers.mass_g, sides.needs.mass_g, *ends, value)


def _task(offers: Offers, needs: Needs) -> Task:
    """What the default policy allocates."""
    view = view_of(offers, needs, Policy(), None)
    return plan(view.sides, view.task, Policy()).task


def _asked() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000], help="offers, and as many needs")
    parser.add_argument("--rules", choices=RULES, default="tight")
    parser.add_argument("--place", choices=("district", "italy"), default="district")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="of each method; medians are kept")
    kinds = ("retrieval", "allocation", "whole", "lots", "recipes", "planted", "adversaries")
    parser.add_argument("--what", choices=kinds, nargs="+", default=["retrieval", "allocation", "whole"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
