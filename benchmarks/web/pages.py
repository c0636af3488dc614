# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages that are read: answers a second, latency and processor time of each, beside a hello in the same round."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks.web.crowd import Crowd
from benchmarks.web.served import Served
from benchmarks.web.visitors import Asked, Browser, Cookies, keep_asking
from tests.world import PASSWORD

VISITORS = 4
HEAD = (
    "| page | answers a second | x hello | aimed at, at least | 95 of 100 within, ms | x hello | processor ms |\n"
    "|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, who reads it, and which share of the hellos' rate is aimed at (None: nothing is)."""

    name: str
    path: str
    email: str | None = None
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What one page did in one round."""

    per_second: float
    p95_ms: float
    processor_ms: float


def pages(crowd: Crowd, ours: Served, hello: Served, rounds: int, seconds: float) -> Iterator[str]:
    """The table's lines."""
    asked = pages_of(crowd)
    cookies: dict[str | None, Cookies] = {None: {}}
    cookies.update({email: signed_in(ours, email) for email in {one.email for one in asked} if email})
    bare = Page("hello", "/")
    turns: dict[str, list[Turn]] = {one.name: [] for one in (bare, *asked)}
    for _ in range(rounds):
        turns[bare.name].append(_turn(hello, {}, bare, seconds))
        for one in asked:
            turns[one.name].append(_turn(ours, cookies[one.email], one, seconds))
    yield HEAD
    for one in (bare, *asked):
        yield _line(one, turns[one.name], turns[bare.name])


def pages_of(crowd: Crowd) -> list[Page]:
    """What is asked for; the aims are those of the project's list of them."""
    return [
        Page("sign-in, nobody signed in", "/sign-in"),
        Page("a static page, signed in", "/privacy", crowd.manager, 0.40),
        Page("what waits for a firm", "/desk", crowd.manager, 0.06),
        Page("all listings, newest first", "/listings", crowd.manager, 0.08),
        Page("listings found by two words", "/listings?q=filato+blu", crowd.manager, 0.08),
        Page("a listing", f"/listings/{crowd.listing_id}", crowd.manager, 0.06),
        Page("a firm's negotiations", "/negotiations", crowd.manager, 0.08),
        Page("a negotiation", f"/negotiations/{crowd.negotiation_id}", crowd.manager, 0.06),
        Page("a firm's exchanges", "/exchanges", crowd.manager, 0.08),
        Page("the coordinator's cases", "/cases", crowd.coordinator, 0.08),
        Page("the analyst's volumes", "/volumes", crowd.analyst, 0.05),
    ]


def signed_in(ours: Served, email: str) -> Cookies:
    """The cookies of somebody who has just signed in."""
    browser = Browser(ours.host, {})
    form = browser.hidden_fields("/sign-in", "/sign-in")
    status, _ = browser.ask(Asked("/sign-in", {**form, "email": email, "password": PASSWORD}))
    if status != 303 and status != 302:
        raise SystemExit(f"{email} could not sign in: {status}")
    return browser.cookies


def _turn(server: Served, cookies: Cookies, page: Page, seconds: float) -> Turn:
    before = server.processor_s()
    answers = keep_asking(server.host, cookies, page.path, seconds, VISITORS)
    used = server.processor_s() - before
    if set(answers.statuses) != {200}:
        raise SystemExit(f"{page.path} answered {answers.statuses}")
    return Turn(answers.per_second, answers.percentile_ms(95), 1000 * used / len(answers.seconds))


def _line(page: Page, turns: list[Turn], hellos: list[Turn]) -> str:
    rate, bare_rate = (median(turn.per_second for turn in some) for some in (turns, hellos))
    p95, bare_p95 = (median(turn.p95_ms for turn in some) for some in (turns, hellos))
    processor = median(turn.processor_ms for turn in turns)
    aim = f"{page.aim:.2f}" if page.aim else ""
    cells = [page.name, f"{rate:,.0f}", f"{rate / bare_rate:.3f}", aim, f"{p95:.1f}", f"{p95 / bare_p95:.1f}"]
    return f"| {' | '.join([*cells, f'{processor:.2f}'])} |"
