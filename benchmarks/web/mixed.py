# SPDX-License-Identifier: AGPL-3.0-or-later
"""A working day: nine of ten requests read, one writes, at a steady rate; then five times as many for a while."""

from collections.abc import Iterator
from uuid import uuid4

from benchmarks.web.crowd import Crowd
from benchmarks.web.pages import pages_of, signed_in
from benchmarks.web.served import Served
from benchmarks.web.visitors import Answers, Asked, Browser, Pace, ask_at_a_rate

VISITORS = 32
RUSH, RUSH_MINUTES = 5, 2
HEAD = "| mixed requests | asked a second | answered | half within, ms | 95 | 99 | statuses | MB |\n" + "|---" * 8 + "|"


def mixed(crowd: Crowd, ours: Served, rate: float, minutes: float) -> Iterator[str]:
    """The table's lines: the steady time in two halves (what grows shows), the rush, and a calm minute after it."""
    cookies = signed_in(ours, crowd.manager)
    reader = Browser(ours.host, cookies)
    form = reader.hidden_fields(f"/negotiations/{crowd.negotiation_id}", "/messages")
    talks = [*crowd.distinct, *crowd.hot]
    to_read = [page.path for page in pages_of(crowd) if page.email == crowd.manager]

    def requests(number: int) -> Asked:
        if number % 10:
            return Asked(to_read[number % len(to_read)])
        words = {"words": f"Messaggio {number}", "idempotency_key": str(uuid4())}
        return Asked(f"/negotiations/{talks[number // 10 % len(talks)]}/messages", {**form, **words})

    def line(name: str, at: float, for_minutes: float) -> str:
        answers = ask_at_a_rate(ours.host, reader.cookies, requests, Pace(at, 60 * for_minutes, VISITORS))
        return _line(name, at, answers, ours.resident_mb())

    yield HEAD
    yield line("steady, first half", rate, minutes / 2)
    yield line("steady, second half", rate, minutes / 2)
    yield line("rush", RUSH * rate, min(RUSH_MINUTES, minutes))
    yield line("after the rush", rate, min(1.0, minutes))


def _line(name: str, rate: float, answers: Answers, resident_mb: float) -> str:
    within = [f"{answers.percentile_ms(percent):.0f}" for percent in (50, 95, 99)]
    statuses = ", ".join(f"{status}: {times:,}" for status, times in sorted(answers.statuses.items()))
    cells = [name, f"{rate:,.0f}", f"{answers.per_second:,.0f}", *within, statuses, f"{resident_mb:,.0f}"]
    return f"| {' | '.join(cells)} |"
