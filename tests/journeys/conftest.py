# SPDX-License-Identifier: AGPL-3.0-or-later
"""Browsers and a running installation for the journeys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.chromium import FLAGS, find_chromium
from tests.journeys.installation import Installation, running
from tests.journeys.visitor import DESK, Visitor

Seat = Callable[..., Visitor]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all journeys of this process."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def installation(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A marketplace with nobody in it; journeys bring their own firms."""
    with running(tmp_path_factory.mktemp("installation")) as installed:
        yield installed


@pytest.fixture
def chair(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Seat]:
    """Give somebody a browser of their own: `chair(address, viewport=PHONE, scripts=False)`."""
    contexts = []
    folder = request.config.getoption("--screenshots")

    def take(address: str, *, viewport: dict[str, int] = DESK, scripts: bool = True, language: str = "en") -> Visitor:
        more: dict[str, Any] = {"viewport": viewport, "java_script_enabled": scripts, "locale": language}
        context = chromium.new_context(**more)
        context.set_default_timeout(20_000)
        contexts.append(context)
        glass = None
        if not scripts:
            contexts.append(chromium.new_context(viewport=viewport, locale=language))
            glass = contexts[-1].new_page()
        return Visitor(context, address, Path(folder) if folder else None, glass)

    yield take
    for context in contexts:
        context.close()


@pytest.fixture
def seat(chair: Seat, installation: Installation) -> Seat:
    """A browser before the installation: `seat(viewport=PHONE, scripts=False)`."""
    return partial(chair, installation.address)
