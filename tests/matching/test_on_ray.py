# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run is the same in this process, in several, and on a cluster of Ray."""

from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

import pytest

from benchmarks.markets import Recipe, market
from matching.engine import match
from matching.evidence.run import Run
from matching.executor import Serial
from matching.pairing import retrieve


@cache
def alone() -> Run:
    with Serial() as executor:
        return match(*market(Recipe(400, "open")), executor=executor)


def processes() -> Executor:
    return ProcessPoolExecutor(2, mp_context=get_context("forkserver"))


def cluster() -> Executor:
    try:
        from matching.on_ray import RayExecutor
    except ModuleNotFoundError as error:
        pytest.skip(f"THE CLUSTER WAS NOT TESTED. Ray is not installed ({error}): pip install '.[ray]'")
    return RayExecutor(processors=2)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("many", [processes, cluster])
@pytest.mark.parametrize("compiled_from", [0, 1 << 60])
def test_a_run_is_the_same_whoever_does_the_work(
    monkeypatch: pytest.MonkeyPatch, compiled_from: int, many: Callable[[], Executor]
) -> None:
    monkeypatch.setattr(retrieve, "COMPILED_FROM", compiled_from)
    for stripe in ("STRIPE", "COMPILED_STRIPE"):
        monkeypatch.setattr(retrieve, stripe, 5_000)  # several parts
    with many() as executor:
        run = match(*market(Recipe(400, "open")), executor=executor)
    assert run.proposal_rows() == alone().proposal_rows()
    assert run.price_rows() == alone().price_rows()
    assert run.summary["value"] == alone().summary["value"] > 0
