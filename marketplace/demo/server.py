# SPDX-License-Identifier: AGPL-3.0-or-later
"""Server and worker as two children of one command: they begin together and end together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self
from urllib.error import URLError
from urllib.request import urlopen

import click

from marketplace.installation import environment_of
from marketplace.settings import Settings

ROOT = Path(__file__).parent.parent.parent
SECONDS_TO_START = 60
SECONDS_TO_STOP = 40
"""More than the server grants to requests that are being answered."""
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Child:
    """A process and where it writes its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that ask a demo to stop."""


class Asked(BaseException):
    """Somebody asked the demo to stop: Ctrl-C or a signal."""


def insist_on_free_port(port: int) -> None:
    """Refuse, with a sentence, a port that something else listens on."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(f"Port {port} is taken; choose another one with --port.") from error


class Household:
    """The two children of a demo: each begins when it is asked to, and both end when the demo is left."""

    def __init__(self, settings: Settings, port: int) -> None:
        self._settings, self._port = settings, port
        self._children: list[Child] = []
        self._logs = ExitStack()
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._handlers = {number: signal.signal(number, _ask) for number in STOPPING}
        return self

    def __exit__(self, kind: type[BaseException] | None, *_trace: object) -> bool:
        """Stop what runs; that somebody asked for it is no error."""
        asked = kind is not None and issubclass(kind, Asked)
        if asked:
            click.echo("Stopping.")
        _stop(self._children)
        self._logs.close()
        # Whoever asked for a demo hears signals again as before, and so do the processes that it starts later.
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        return asked

    def start_server(self) -> None:
        """Let the server begin: it needs some seconds before it answers."""
        self._start("server", _gunicorn(self._port))

    def serve(self, ready: Callable[[], object]) -> None:
        """Run both until somebody asks to stop or one of them ends; `ready` is called once pages are answered."""
        if not self._children:
            self.start_server()
        self._start("worker", ["-m", "marketplace", "worker"])
        _wait_for_pages(self._children, self._settings)
        ready()
        while True:
            _insist_on_both(self._children)
            time.sleep(_PAUSE)

    def _start(self, name: str, arguments: list[str]) -> None:
        self._children.append(_start(name, arguments, self._settings, self._logs))


def _gunicorn(port: int) -> list[str]:
    return [
        *("-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--chdir", str(ROOT)),
        *("--bind", f"127.0.0.1:{port}", "wsgi:app"),
    ]


def _start(name: str, arguments: list[str], settings: Settings, logs: ExitStack) -> Child:
    path = settings.instance / f"{name}.log"
    log = logs.enter_context(path.open("wb"))
    environment = {**os.environ, **environment_of(settings)}
    # Our own programs with our own arguments. In a session of its own, so that Ctrl-C reaches it only through us.
    process = subprocess.Popen(  # noqa: S603  # nosec B603
        [sys.executable, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return Child(name, process, path)


def _wait_for_pages(children: list[Child], settings: Settings) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not _answers(f"{settings.base_url}/readyz"):
        _insist_on_both(children)
        if time.monotonic() > deadline:
            raise click.ClickException(f"The server does not answer; its log is {children[0].log}.")
        time.sleep(_PAUSE)


def _answers(url: str) -> bool:
    try:
        # Our own address on loopback.
        with urlopen(url, timeout=2) as answer:  # noqa: S310  # nosec B310
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _insist_on_both(children: list[Child]) -> None:
    for child in children:
        if child.process.poll() is not None:
            raise click.ClickException(f"The {child.name} has ended by itself; its log is {child.log}.")


def _stop(children: list[Child]) -> None:
    # A second Ctrl-C must not leave a child behind.
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + SECONDS_TO_STOP
    for child in children:
        try:
            child.process.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def _ask(_number: int, _frame: FrameType | None) -> None:
    raise Asked
