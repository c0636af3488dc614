# SPDX-License-Identifier: AGPL-3.0-or-later
"""People at their browsers: each keeps a connection and a cookie, and waits for one page before asking for the next."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from statistics import quantiles
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import html5lib

TIMEOUT_S = 60
Cookies = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: a page to read, or a form to send."""

    path: str
    form: Mapping[str, str] | None = None


@dataclass(slots=True)
class Answers:
    """How requests ended: seconds of each, and how often each status came (0: no answer)."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    lasted_s: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers in a second of the clock."""
        return len(self.seconds) / self.lasted_s

    def percentile_ms(self, percent: int) -> float:
        """So many of a hundred answers came within this."""
        return 1000 * quantiles(self.seconds, n=100, method="inclusive")[percent - 1]

    def count(self, status: int, seconds: float) -> None:
        """One more answer."""
        self.seconds.append(seconds)
        self.statuses[status] = self.statuses.get(status, 0) + 1


class Browser:
    """One visitor's connection. A connection that the server closed is opened anew."""

    def __init__(self, host: str, cookies: Cookies) -> None:
        self._connection = HTTPConnection(host, timeout=TIMEOUT_S)
        self.cookies = dict(cookies)

    def ask(self, asked: Asked) -> tuple[int, bytes]:
        """Status and body of one answer; status 0 where there was none."""
        try:
            return self._ask(asked)
        except (HTTPException, OSError):
            self._connection.close()
            return 0, b""

    def hidden_fields(self, path: str, action_ends: str) -> dict[str, str]:
        """What the form of a page sends along: its key, the visitor's token and what was seen."""
        status, body = self.ask(Asked(path))
        for form in html5lib.parse(body, namespaceHTMLElements=False).iter("form"):
            if form.get("action", "").split("?")[0].endswith(action_ends):
                return _hidden(form)
        raise SystemExit(f"{path} answered {status} without a form for {action_ends}")

    def _ask(self, asked: Asked) -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if asked.form is None:
            self._connection.request("GET", asked.path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            self._connection.request("POST", asked.path, urlencode(asked.form), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, body


def keep_asking(host: str, cookies: Cookies, path: str, seconds: float, many: int) -> Answers:
    """So many visitors ask for one page without a pause until the time is over."""
    end = time.monotonic() + seconds

    def visit(answers: Answers) -> None:
        browser = Browser(host, cookies)
        while time.monotonic() < end:
            _count(answers, browser, Asked(path))

    return _together(visit, many)


def ask_once_each(host: str, cookies: Cookies, forms: Sequence[Asked], many: int) -> Answers:
    """All requests, each once, by so many visitors."""
    waiting = list(reversed(forms))

    def visit(answers: Answers) -> None:
        browser = Browser(host, cookies)
        while waiting:
            try:
                asked = waiting.pop()
            except IndexError:
                return
            _count(answers, browser, asked)

    return _together(visit, many)


@dataclass(frozen=True, slots=True)
class Pace:
    """So many requests a second, for so long, by so many visitors at the most."""

    rate: float
    seconds: float
    many: int


def ask_at_a_rate(host: str, cookies: Cookies, requests: Callable[[int], Asked], pace: Pace) -> Answers:
    """Requests at their pace, whether answers keep up or not: the seconds of each count from when it was due.

    What has found no visitor when the time is over is not asked any more.
    """
    numbers, began = count(), time.monotonic()

    def visit(answers: Answers) -> None:
        browser = Browser(host, cookies)
        end = began + pace.seconds
        while (late := (number := next(numbers)) / pace.rate) < pace.seconds and time.monotonic() < end:
            time.sleep(max(0.0, began + late - time.monotonic()))
            status, _ = browser.ask(requests(number))
            answers.count(status, time.monotonic() - began - late)

    return _together(visit, pace.many)


def _count(answers: Answers, browser: Browser, asked: Asked) -> None:
    began = time.monotonic()
    status, _ = browser.ask(asked)
    answers.count(status, time.monotonic() - began)


def _together(visit: Callable[[Answers], None], many: int) -> Answers:
    parts, began = [Answers() for _ in range(many)], time.monotonic()
    with ThreadPoolExecutor(many) as pool:
        list(pool.map(visit, parts))
    whole = Answers(lasted_s=time.monotonic() - began)
    for part in parts:
        whole.seconds += part.seconds
        for status, times in part.statuses.items():
            whole.statuses[status] = whole.statuses.get(status, 0) + times
    return whole


def _hidden(form: Element) -> dict[str, str]:
    fields = [one for one in form.iter("input") if one.get("type") == "hidden"]
    return {one.get("name", ""): one.get("value", "") for one in fields}
