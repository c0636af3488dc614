# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where work runs: here, in threads, in processes, on a cluster (`on_ray.py`); the results are the same.

Work is cut into parts by size alone, and results come back in the order of the parts: nothing depends on who was
first. Threads are the default: compiled loops and NumPy let go of Python's lock and share the columns, which
processes would have to copy.
"""

import os
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

Part = TypeVar("Part")
Result = TypeVar("Result")
Job = Callable[[Any, Part], Result]  # what all parts share, and one part

_AHEAD: Final = 4  # parts handed out before the first result is taken: memory stays bounded


@runtime_checkable
class Sends(Protocol):
    """An executor with a way of its own to send what all parts share."""

    def sent(self, shared: Any) -> Any:
        """A reference that the executor replaces by what it stands for."""
        ...


class Serial(Executor):
    """Runs each part at once, in the calling thread."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """A future that is done."""
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    job: "Job[Part, Result]", shared: Any, parts: Iterable[Part], executor: Executor | None = None
) -> Iterator[Result]:
    """`job(shared, part)` for each part, in order; without an executor, on all processors of this machine.

    `job` and `shared` must be picklable where the executor is not made of threads; what is shared travels once.
    """
    if executor is None:
        with ThreadPoolExecutor(cores()) as threads:
            yield from spread(job, shared, parts, threads)
    elif isinstance(executor, ThreadPoolExecutor | Serial):
        yield from _in_order(executor, job, shared, parts)
    elif isinstance(executor, Sends):
        yield from _in_order(executor, job, executor.sent(shared), parts)
    else:
        with _parcel(shared) as path:
            yield from _in_order(executor, _unpacked, (job, path), parts)


def _in_order(executor: Executor, job: "Job[Part, Result]", shared: Any, parts: Iterable[Part]) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    try:
        for part in parts:
            waiting.append(executor.submit(job, shared, part))
            if len(waiting) >= _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def _parcel(shared: Any) -> Iterator[Path]:
    """What all parts share, in a file that each process opens once."""
    with tempfile.TemporaryDirectory(prefix="matching-") as folder:
        path = Path(folder) / "shared"
        path.write_bytes(pickle.dumps(shared, protocol=5))
        yield path


def _unpacked(shared: "tuple[Job[Part, Result], Path]", part: Part) -> Result:
    job, path = shared
    return job(_opened(path), part)


@lru_cache(maxsize=1)
def _opened(path: Path) -> Any:
    # Written by this very program a moment ago.
    return pickle.loads(path.read_bytes())  # noqa: S301  # nosec B301
