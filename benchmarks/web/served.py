# SPDX-License-Identifier: AGPL-3.0-or-later
"""gunicorn as it runs in production, on a free port of loopback, and what its processes used of the processor."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from tests.ports import free_port

ROOT = Path(__file__).parent.parent.parent
SECONDS_TO_START = 60


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: where it answers, and the process whose children do the work."""

    host: str
    process: psutil.Process

    def processor_s(self) -> float:
        """Seconds of the processor that it has used so far, its workers included."""
        times = [one.cpu_times() for one in self._processes()]
        return float(sum(one.user + one.system for one in times))

    def resident_mb(self) -> float:
        """Memory of all its processes; what they share is counted in each."""
        return float(sum(one.memory_info().rss for one in self._processes())) / 2**20

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def served(module: str, environment: Mapping[str, str], log: Path) -> Iterator[Served]:
    """The application `module` names, until the block ends; fails with its log if it does not answer.

    `environment` is added to this process's own; BASE_URL is set to where it answers.
    """
    host = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--bind", host, module]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment, "BASE_URL": f"http://{host}"},
            stdout=file,
            stderr=file,
        )
        try:
            _wait(host, process, log)
            yield Served(host, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(60)


def _wait(host: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"http://{host}/readyz", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"no answer from {host}:\n{log.read_text()}")
