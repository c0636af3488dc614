# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading somebody's file where it can do no harm: in a child process with little memory, time and nothing to steal.

The checks before (`workbook`) are meant to refuse whatever would exhaust a reader; this is for what they do not know.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.errors import N_
from marketplace.listings.sheets.rows import Row, from_json
from marketplace.listings.sheets.table import UnreadableSheet

TOO_HARD = N_("The file takes too much time or memory to read. Save it again, with fewer rows, or as CSV.")
KEPT_OF_THE_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")
"""The child knows no secret key and no database."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use: bytes of address space, seconds of the processor, seconds by the clock."""

    memory: int = 512 * 1024 * 1024
    processor_seconds: int = 10
    clock_seconds: float = 60


def read_confined(name: str, data: bytes, side: str, today: date, limits: Limits | None = None) -> list[Row]:
    """The rows of a file as `read_rows` finds them; raises UnreadableSheet, also when the limits were too narrow."""
    limits = limits or Limits()
    task = {
        "name": name,
        "side": side,
        "today": today.isoformat(),
        "bytes": limits.memory,
        "seconds": limits.processor_seconds,
    }
    answer = _ask_child(json.dumps(task).encode() + b"\n" + data, limits.clock_seconds)
    if "words" in answer:
        raise UnreadableSheet(answer["words"], **answer["facts"])
    return [from_json(row) for row in answer["rows"]]


def _ask_child(asked: bytes, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "marketplace.listings.sheets"]
    environment = {name: os.environ[name] for name in KEPT_OF_THE_ENVIRONMENT if name in os.environ}
    try:
        # The command is ours and has no arguments; the file is only its standard input.
        child = subprocess.run(  # noqa: S603  # nosec B603
            command, input=asked, stdout=subprocess.PIPE, timeout=seconds, env=environment, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise UnreadableSheet(TOO_HARD) from error
    found: dict[str, Any] = json.loads(child.stdout)
    return found
