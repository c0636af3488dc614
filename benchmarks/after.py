# SPDX-License-Identifier: AGPL-3.0-or-later
"""After a change: one new listing ranked, and a re-match once some listings differ, against a run that begins anew.

`python -m benchmarks.after --size 100000` prints processor milliseconds and seconds, and their ratios.
"""

import random
import statistics
import time
from argparse import ArgumentParser

from benchmarks.markets import Columns, Recipe, market_columns
from benchmarks.measure import warm_up
from matching.engine import match
from matching.evidence.run import Run
from matching.market.columns import Needs, Offers
from matching.rank import Standing

ASKED = 200
FINDING = ("rules", "scores", "allocation")  # the rest of a run tells and checks everything, whatever changed


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.after", description=__doc__)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--share", type=float, default=0.01, help="of each side that changes")
    asked = parser.parse_args()
    warm_up()
    offers, needs = market_columns(Recipe(asked.size))
    before = Offers.from_columns(offers), Needs.from_columns(needs)
    _rank(*before)
    now = Offers.from_columns(_changed(offers, asked.share)), Needs.from_columns(_changed(needs, asked.share))
    first = match(*before, seconds=600)
    again, anew = match(*now, seconds=600, previous=first), match(*now, seconds=600)
    assert again.summary["value"] == anew.summary["value"] == anew.summary["bound"]
    print(f"{asked.share:.0%} changed, same value, proven: {anew.summary['value']:,.0f}")
    for what, names in (("finding", FINDING), ("all of match()", tuple(anew.summary["seconds"]))):
        late, full = _seconds(again, names), _seconds(anew, names)
        print(f"{what}: {late:.2f} s instead of {full:.2f} s, {late / full:.0%}")


def _rank(offers: Offers, needs: Needs) -> None:
    standing = Standing(offers, needs)
    rows = random.Random(1).choices(range(len(needs)), k=ASKED)
    spent = []
    for listing in [needs.take([row]) for row in rows]:
        began = time.process_time()
        standing.rank(listing)
        spent.append(1000 * (time.process_time() - began))
    print(f"one need ranked: median {statistics.median(spent):.1f} ms, worst {max(spent):.1f} ms of processor time")


def _changed(side: Columns, share: float) -> Columns:
    """Half of them gone and as many new, half with another mass."""
    draw, size = random.Random(2), len(side["id"])
    some = draw.sample(range(size), max(2, round(share * size)))
    columns = {name: list(texts) for name, texts in side.items()}
    for k, row in enumerate(some):
        if k % 2:
            columns["mass_kg"][row] = f"{draw.uniform(50, 2000):.3f}"
        else:
            columns["id"][row] += "-new"
    return columns


def _seconds(run: Run, names: tuple[str, ...]) -> float:
    return float(sum(run.summary["seconds"][name] for name in names if name in run.summary["seconds"]))


if __name__ == "__main__":
    main()
