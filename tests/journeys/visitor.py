# SPDX-License-Identifier: AGPL-3.0-or-later
"""A person in front of a browser. Every page they come to is looked at: axe, width, console."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, FloatRect, Locator, Page, expect

from tests.world import PASSWORD

PHONE = {"width": 375, "height": 740}
DESK = {"width": 1280, "height": 900}
TALLEST_PICTURE = 1400
"""Pixels of a page that the README shows."""
OVERFLOW = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
        && !e.closest('.visually-hidden, .visually-hidden-focusable, svg'))
    .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@dataclass
class Visitor:
    """One browser of one person. `looks` counts the pages that were examined."""

    context: BrowserContext
    address: str
    pictures: Path | None = None
    glass: Page | None = None
    """Where a browser without scripts is looked through: axe is a script and needs a page that runs it."""
    looks: int = 0
    complaints: list[str] = field(default_factory=list)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        """Open the one page and listen to what it complains about."""
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))

    def _hear(self, message: ConsoleMessage) -> None:
        # The answer to a form with mistakes is a 422 page, which Chromium reports as a failed resource.
        refused = re.search(r"status of 4(09|22)", message.text)
        if message.type in ("error", "warning") and not refused:
            self.complaints.append(message.text)

    def open(self, path: str) -> None:
        """Go to an address of this site and look at the page."""
        self.page.goto(self.address + path)
        self.look()

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press a button or follow a link of the page by its words, and look at the page that comes."""
        place = self.page.locator("main")
        exact = isinstance(name, str)
        target = place.get_by_role("button", name=name, exact=exact).or_(
            place.get_by_role("link", name=name, exact=exact)
        )
        self._go(target.first)

    def wait_for(self, button: str, seconds: int) -> None:
        """Wait until the page offers a button, and look at it: scripts ask anew by themselves, else people reload."""
        target = self.page.get_by_role("button", name=button, exact=True)
        if self.glass is None:
            expect(target).to_be_visible(timeout=seconds * 1000)
        for _ in range(0 if self.glass is None else seconds):
            self.page.reload()
            if target.count():
                break
            self.page.wait_for_timeout(1000)
        self.page.wait_for_load_state("networkidle")  # what is left of a page while it still loads counts as failed
        self.look()

    def follow_first_row(self) -> None:
        """Open what the first row of the page's table is about."""
        self._go(self.page.locator("main tbody tr a").first)

    def _go(self, target: Locator) -> None:
        main = self.page.locator("main")
        assert target.count(), f"{self.page.url} offers nothing of that name:\n{main.inner_text()}"
        with self.page.expect_navigation():
            target.click()
        self.look()

    def type(self, name: str, value: str) -> None:
        """Type into the control of this name."""
        self._control(name).fill(value)

    def choose(self, name: str, value: str) -> None:
        """Choose from the list of this name."""
        self._control(name).select_option(value)

    def tick(self, name: str, value: str) -> None:
        """Tick one of several boxes, by its words: the box itself is drawn by the style sheet."""
        box = self.page.locator(f"main [name='{name}'][value='{value}']")
        self.page.locator(f"main label[for='{box.get_attribute('id')}']").click()
        expect(box).to_be_checked()

    @staticmethod
    def today() -> str:
        """Today as a date field wants it."""
        return datetime.now(UTC).date().isoformat()

    def _control(self, name: str) -> Locator:
        return self.page.locator(f"main [name='{name}']")

    def look(self) -> None:
        """The page has no fault that axe knows, fits its width, and the console is silent."""
        self.page.wait_for_load_state()
        self.looks += 1
        where = self.page.url.removeprefix(self.address)
        assert not self.complaints, f"{where}: {self.complaints}"
        refused = self.page.locator(".error-summary, .error-page")
        assert refused.count() == 0, f"{where}: {refused.first.inner_text()}"
        wide, seen = self.page.evaluate(WIDTHS)
        assert wide <= seen, f"{where} is {wide} px wide in {seen}: {self.page.evaluate(OVERFLOW)}"
        found = Axe().run(self._seen_through_glass())
        assert found.violations_count == 0, f"{where}:\n{found.generate_report()}"
        self.complaints.clear()

    def _seen_through_glass(self) -> Page:
        """The page itself, or the same document at the same address, without its scripts, in a page that runs axe."""
        if self.glass is None:
            return self.page
        document = re.sub(r"<script\b.*?</script>", "", self.page.content(), flags=re.DOTALL)
        self.glass.unroute_all()
        self.glass.route(self.page.url, lambda route: route.fulfill(body=document, content_type="text/html"))
        self.glass.goto(self.page.url)
        return self.glass

    def speak(self, language: str) -> None:
        """Choose the language of the pages: it, en, zh-Hans."""
        self._go(self.page.locator(f".languages button[value='{language}']"))

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Sign in through the form."""
        self.open("/sign-in")
        self.page.locator("input[name=email]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        with self.page.expect_navigation():
            self.page.locator("main button[type=submit]").click()
        self.look()
        expect(self.page.locator("button[name=sign-out]")).to_have_count(1)

    def picture(self, name: str) -> None:
        """Keep what is seen, if pictures were asked for."""
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            size = self.page.viewport_size or DESK
            tall = self.page.evaluate("document.documentElement.scrollHeight")
            clip = FloatRect(x=0, y=0, width=size["width"], height=min(tall, TALLEST_PICTURE))
            self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True, clip=clip)
