# SPDX-License-Identifier: AGPL-3.0-or-later
"""Work on a cluster of Ray (the extra `ray`), as an executor like any other: `match(..., executor=RayExecutor())`.

What all parts share is put into the cluster's object store once, and each machine maps it into memory; parts and
results travel as they are. Nothing else in the engine knows of it.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

import ray

Result = TypeVar("Result")


def _call(work: Callable[..., Any], *args: Any) -> Any:
    return work(*args)


class RayExecutor(Executor):
    """Runs parts on a cluster; without an address, on one that is started here and stopped at the end."""

    def __init__(self, address: str | None = None, processors: int | None = None) -> None:
        self._call = ray.remote(_call)
        self._own = not ray.is_initialized()
        if self._own:
            ray.init(
                address, num_cpus=processors, include_dashboard=False, log_to_driver=False, configure_logging=False
            )

    def sent(self, shared: Any) -> Any:
        """As `executor.Sends`."""
        return ray.put(shared)

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> "Future[Result]":
        """A future of `fn(*args)`; parts have no named arguments."""
        if kwargs:
            raise TypeError("a part of the work has no named arguments")
        future: Future[Result] = self._call.remote(fn, *args).future()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stops the cluster if it was started here."""
        if self._own:
            ray.shutdown()
