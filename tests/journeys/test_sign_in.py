# SPDX-License-Identifier: AGPL-3.0-or-later
"""Getting in without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Seat
from tests.journeys.installation import Installation
from tests.journeys.visitor import PHONE
from tests.world import PASSWORD, make_firm, make_person

pytestmark = pytest.mark.browser

PUBLIC = ("/", "/faq", "/privacy", "/note-legali", "/accessibilita", "/sign-in")


@pytest.mark.parametrize("language", ["it", "en", "zh-Hans"])
def test_the_public_pages_are_fit_to_be_read_on_a_phone(seat: Seat, language: str) -> None:
    visitor = seat(viewport=PHONE, language=language)
    for path in PUBLIC:
        visitor.open(path)
        expect(visitor.page.locator("html")).to_have_attribute("lang", language)


def test_somebody_signs_in_and_out_with_the_keyboard_alone(seat: Seat, installation: Installation) -> None:
    with installation.writing() as session:
        email = make_person(session, make_firm(session)).email
    visitor = seat()
    visitor.open("/sign-in")
    keyboard = visitor.page.keyboard
    keyboard.press("Tab")
    expect(visitor.page.locator(":focus")).to_have_attribute("href", "#content")
    keyboard.press("Enter")
    _tab_to(visitor, "email")
    keyboard.type(email)
    _tab_to(visitor, "password")
    keyboard.type(PASSWORD)
    with visitor.page.expect_navigation():
        keyboard.press("Enter")
    visitor.look()
    _tab_to(visitor, "sign-out")
    with visitor.page.expect_navigation():
        keyboard.press("Enter")
    visitor.look()
    expect(visitor.page.locator("button[name=sign-out]")).to_have_count(0)


def _tab_to(visitor: object, name: str) -> None:
    page = visitor.page  # type: ignore[attr-defined]
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('name')") == name:
            outline = page.evaluate(
                "(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.boxShadow; })()"
            )
            assert outline != "nonenone", f"{name} does not show that it has the focus"
            return
    raise AssertionError(f"no way to {name} by the Tab key")
