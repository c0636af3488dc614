# SPDX-License-Identifier: AGPL-3.0-or-later
"""The child process of `confined`: one sheet from standard input, its rows or what is wrong with it as JSON."""

from __future__ import annotations

import json
import resource
import sys
from datetime import date
from typing import Any

from marketplace.listings.sheets.reading import read_sheet
from marketplace.listings.sheets.rows import as_json
from marketplace.listings.sheets.table import UnreadableSheet
from marketplace.listings.sheets.understanding import read_rows


def main() -> None:
    """Give up what is not needed, then look at the file."""
    task = json.loads(sys.stdin.buffer.readline())
    _limit(resource.RLIMIT_AS, task["bytes"])
    _limit(resource.RLIMIT_CPU, task["seconds"])
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    json.dump(_answer(task, sys.stdin.buffer.read()), sys.stdout)


def _limit(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


def _answer(task: dict[str, str], data: bytes) -> dict[str, Any]:
    try:
        rows = read_rows(read_sheet(task["name"], data), task["side"], date.fromisoformat(task["today"]))
    except UnreadableSheet as error:
        return {"words": error.words, "facts": error.facts}
    return {"rows": [as_json(row) for row in rows]}


main()
