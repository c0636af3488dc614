# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real installation on this machine: gunicorn on a free port, a worker, a database of its own."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from flask import Flask
from sqlalchemy.orm import Session

from marketplace import create_app
from marketplace.settings import Settings
from marketplace.web.context import site
from tests.conftest import migrated
from tests.ports import free_port

ROOT = Path(__file__).parent.parent.parent
SERVER = [sys.executable, "-m", "gunicorn", "wsgi:app", "--config", "gunicorn.conf.py", "--workers", "1"]
WORKER = [str(Path(sys.executable).with_name("marketplace")), "worker"]
SECONDS_TO_START = 60


@dataclass(frozen=True, slots=True)
class Installation:
    """A running marketplace."""

    address: str
    app: Flask
    """The same settings in this process, to look into the database."""

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction inside the application, committed at the end."""
        with self.app.app_context(), site(self.app).database.transaction() as session:
            yield session


@contextmanager
def running(folder: Path) -> Iterator[Installation]:
    """Start server and worker; stop both at the end, whatever happened."""
    port = free_port()
    settings = Settings(
        database_url=f"sqlite:///{folder / 'marketplace.db'}",
        secret_key=secrets.token_hex(32),
        instance=folder,
        base_url=f"http://127.0.0.1:{port}",
    )
    migrated(settings.database_url).engine.dispose()
    with (folder / "log.txt").open("w") as log:
        processes = [
            subprocess.Popen(command, cwd=ROOT, env=_environment(settings), stdout=log, stderr=log)
            for command in ([*SERVER, "--bind", f"127.0.0.1:{port}"], WORKER)
        ]
        try:
            wait_for(settings.base_url, processes, folder / "log.txt")
            yield Installation(settings.base_url, create_app(settings))
        finally:
            for process in processes:
                stop(process)
    said = (folder / "log.txt").read_text()
    assert "Traceback" not in said, said


def stop(process: subprocess.Popen[Any]) -> None:
    """End a process that was started here."""
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "INSTANCE": str(settings.instance),
        "BASE_URL": settings.base_url,
    }


def wait_for(address: str, processes: list[subprocess.Popen[bytes]], log: Path) -> None:
    """Wait until the server says that it is ready; fails with its log when it ends or takes too long."""
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        assert all(p.poll() is None for p in processes), log.read_text()
        try:
            with urlopen(f"{address}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer in {SECONDS_TO_START} s:\n{log.read_text()}")
