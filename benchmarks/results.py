# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tables for RESULTS.md: one per market and run, with the commit, the load of the machine and ratios to our own."""

import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Row

RESULTS: Final = Path(__file__).with_name("RESULTS.md")
HEAD: Final = (
    "| method | seconds | processor s | x ours | extra MB | value | of the bound | pairs | examined |\n"
    + "|---" * 9
    + "|"
)


def append(title: str, rows: Sequence[Row], runs: int) -> str:
    """Adds a table and returns it; seconds are medians of `runs`."""
    ours = rows[0]
    bound = (ours.figures or {}).get("bound", 0)
    lines = [f"### {title}", "", f"{when()}, {runs} {'run' if runs == 1 else 'runs'} each.", "", HEAD]
    lines += [_line(row, ours, bound) for row in rows]
    table = "\n".join(lines) + "\n\n"
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(table)
    return table


def _line(row: Row, ours: Row, bound: int) -> str:
    if row.figures is None:
        return f"| {row.method} | {row.note} |" + " |" * 7
    figures = row.figures
    value = figures.get("value")
    cells = [
        row.method,
        f"{row.seconds:.3g}",
        f"{row.processor_s:.3g}",
        f"{row.processor_s / ours.processor_s:.2f}",
        f"{row.peak_mb:,}",
        _number(value),
        f"{value / bound:.4%}" if value and bound else "",
        _number(figures.get("pairs")),
        _number(figures.get("examined")),
    ]
    return f"| {' | '.join(cells)} |"


def _number(figure: Any) -> str:
    return "" if figure is None else f"{figure:.6g}" if figure > 10**9 else f"{figure:,.0f}"


def when() -> str:
    """Now, the commit, and how busy the machine is."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=RESULTS.parent
    ).stdout.strip()
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{now}, commit {commit or 'unknown'}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
