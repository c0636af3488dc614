# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command as people run it: a process whose lines arrive in order, with a server and a worker under it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from tests.ports import free_port

PASSWORD = "una balla di lana"
MAIN_ROLES = ("company", "coordinator", "analyst", "admin")


@contextmanager
def demo(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The running command; stopped at the end, if it still runs."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "marketplace", "demo", "--instance", str(folder), "--port", str(port)]
    command += ["--months", "1", "--password", PASSWORD, "--today", "2026-11-22"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def lines_until(process: subprocess.Popen[str], end: str) -> list[str]:
    """The lines up to the one that begins so."""
    found: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        found.append(line.rstrip("\n"))
        if line.startswith(end):
            return found
    raise AssertionError(f"it ended before {end!r}: {found}")


def said(lines: list[str]) -> dict[str, str]:
    """What stands before and after the colon of the last lines."""
    return dict(line.split(": ", 1) for line in lines if re.match(r"[a-z ]+: ", line))


def browser() -> OpenerDirector:
    """A browser that keeps its cookies."""
    return build_opener(HTTPCookieProcessor(CookieJar()))


def read(opener: OpenerDirector, url: str, data: dict[str, str] | None = None) -> str:
    """A page's text."""
    with opener.open(url, urlencode(data).encode() if data else None) as answer:
        text: str = answer.read().decode()
        return text


def sign_in(address: str, email: str) -> str:
    """The first page that a person sees, by the form."""
    opener = browser()
    form = read(opener, f"{address}/sign-in").partition('action="/sign-in')[2]
    hidden = dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', form))
    return read(opener, f"{address}/sign-in", {**hidden, "email": email, "password": PASSWORD})


def children(process: subprocess.Popen[str]) -> dict[str, int]:
    """The command's own children: what they run → process."""
    pids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_text() for pid in pids}
    return {name: pid for pid, line in lines.items() for name in ("gunicorn", "worker") if f"\0{name}\0" in line}


def test_one_command_makes_serves_and_stops_and_the_next_one_goes_on_with_what_is_there(tmp_path: Path) -> None:
    port = free_port()
    with demo(tmp_path / "demo", port) as process:
        lines = lines_until(process, "Ready")
        found = said(lines)
        order = [line.split(": ")[0] for line in lines if ": " in line]
        assert [name for name in order if name in ("password", *MAIN_ROLES, "address")] == [
            "password",
            *MAIN_ROLES,
            "address",
        ]
        assert found["password"] == PASSWORD
        assert found["address"] == f"http://127.0.0.1:{port}"
        for role in MAIN_ROLES:
            assert 'name="sign-out"' in sign_in(found["address"], found[role]), role
        begun = children(process)
        assert set(begun) == {"gunicorn", "worker"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert not [pid for pid in begun.values() if Path(f"/proc/{pid}").exists()]
    with demo(tmp_path / "demo", port) as process:
        assert lines_until(process, "Ready")[0].startswith("Using the demo of 2026-11-22")
        begun = children(process)
        os.kill(begun["worker"], signal.SIGKILL)
        assert process.wait(timeout=60) == 1
    deadline = time.monotonic() + 10
    while Path(f"/proc/{begun['gunicorn']}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{begun['gunicorn']}").exists()
