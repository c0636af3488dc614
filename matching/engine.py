# SPDX-License-Identifier: AGPL-3.0-or-later
"""`match()`: the whole way from listings to proven proposals, on one screen."""

import gc
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from matching.allocation.firms import solve_within
from matching.allocation.policy import Policy
from matching.allocation.problem import plan
from matching.evidence.report import report
from matching.evidence.run import Run
from matching.evidence.verify import checked
from matching.evidence.view import View
from matching.evidence.view_listed import listed_view
from matching.evidence.view_market import market_of, scored
from matching.market.columns import Needs, Offers, Processors
from matching.market.listed import ListedPairs
from matching.pairing.retrieve import load_compiled, may_compile

if TYPE_CHECKING:
    from matching.evidence.again import Earlier

ENGINE_VERSION: Final = "0.1.0"

Progress = Callable[[str, float, int | None, int | None], None]


class Cancelled(Exception):
    """Raised by a `progress` callback to stop a run; `match` lets it through."""


def match(
    offers: Offers,
    needs: Needs,
    *,
    processors: Processors | None = None,
    policy: Policy | None = None,
    seconds: float = 30,
    progress: Progress = lambda phase, share, value, bound: None,
    executor: Executor | None = None,
    previous: Run | None = None,
) -> Run:
    """The exchanges worth most to the district, with reasons, and a proof of how far from the best they can be.

    `seconds` limits the allocation; `progress(phase, share, value, bound)` hears of every step (value and bound
    in micro-points x grams) and may raise Cancelled; `executor` runs what can be cut into parts, by default on all
    processors of this machine, and changes no result. `previous` is an earlier run of much the same market: what it
    knows of listings that did not change is not looked for again, the value is the same; a policy with stability
    holds on to its proposals. Raises BadPolicyError, MarketTooLargeError and FailedCheckError for a result that
    does not pass its own check.
    """
    policy, clock = policy or Policy(), _Clock(progress)
    if previous is not None and policy.stability is not None:
        policy = policy.keeping(previous.proposal_rows())
    if may_compile(len(offers), len(needs)):
        with clock("compiling"):
            load_compiled()
    with clock("rules") as tell:
        plants = None if processors is None else processors.by_id()
        market = market_of(offers.by_id(), needs.by_id(), plants, tell, executor, previous)
    with clock("scores"):
        view = scored(market, policy)
    return _allocated(view, policy, time.monotonic() + seconds, clock, market.known)


def allocate(
    offers: Offers,
    needs: Needs,
    pairs: ListedPairs,
    *,
    seconds: float = 30,
    progress: Progress = lambda phase, share, value, bound: None,
) -> Run:
    """The best use of listed pairs with values of their own: masses, lots and limits hold, rules of pairs do not.

    The proof speaks of the listed pairs. `seconds`, `progress` and what is raised as in `match`.
    """
    clock = _Clock(progress)
    with clock("pairs"):
        view = listed_view(offers.by_id(), needs.by_id(), pairs)
    return _allocated(view, Policy(), time.monotonic() + seconds, clock)


def _allocated(view: View, policy: Policy, deadline: float, clock: "_Clock", known: "Earlier | None" = None) -> Run:
    """The run of a view, checked; `known` is what an earlier run knows of it."""
    with clock("allocation"):
        planned = plan(view.sides, view.task, policy, view.earlier, view.kept_g)
        aims = replace(planned.aims, start=None if known is None else known.start(planned))
        best = solve_within(planned.task, aims, planned.firms, deadline, clock.bounds)
    with clock("reasons"), _collector_at_rest():
        said = None if known is None else known.told(view.sides, policy)
        run = report(view, policy, planned, best, said)
    with clock("check"), _collector_at_rest():
        run = checked(run, said)
    run.summary.update(clock.figures())
    return run


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Rows and reasons by the hundred thousand make Python's collector look through all of them, for no circle."""
    awake = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if awake:
            gc.enable()


class _Clock:
    """Seconds by phase, told to the listener as they begin and end."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, phase: str) -> Iterator[Callable[[float], None]]:
        began = time.monotonic()
        self._progress(phase, 0.0, None, None)
        yield lambda share: self._progress(phase, share, None, None)
        self._progress(phase, 1.0, None, None)
        self._seconds[phase] = round(self._seconds.get(phase, 0.0) + time.monotonic() - began, 3)

    def bounds(self, value: int, bound: int) -> None:
        """Passes on what the allocation knows: its share done is how much of the gap is closed."""
        self._progress("allocation", value / bound if bound else 1.0, value, bound)

    def figures(self) -> dict[str, Any]:
        """What summary.json says of the run itself."""
        return {"seconds": self._seconds, "peak_mb": _peak_mb(), "engine_version": ENGINE_VERSION}


def _peak_mb() -> int:
    """Largest resident size of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10))
