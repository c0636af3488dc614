# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo's district, with its eighteen months of deals, looked at by its people in three languages.

These are the pictures of the README: `make screenshots` keeps them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.conftest import Seat
from tests.journeys.installation import ROOT, stop
from tests.journeys.visitor import DESK, PHONE, Visitor
from tests.ports import free_port

pytestmark = pytest.mark.browser

PASSWORD = "borra-e-fiocco-1855"
SEED = "1855"
PHONE_PAGES = (
    "/desk",
    "/listings",
    "/listings/mine",
    "/proposals",
    "/negotiations",
    "/exchanges",
    "/grams",
    "/firm",
    "/me",
)
COORDINATOR_PAGES = ("/desk", "/cases", "/runs", "/firms", "/exchanges", "/volumes", "/what-happened")


@dataclass(frozen=True)
class Demo:
    """A demo that answers."""

    address: str
    people: dict[str, str]
    """Addresses by role, as the demo prints them."""


@pytest.fixture(scope="module")
def demo(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Start the demo as the README says, on a free port."""
    folder: Path = tmp_path_factory.mktemp("demo")
    command = [str(Path(sys.executable).with_name("marketplace")), "demo", "--port", str(free_port())]
    command += ["--password", PASSWORD, "--seed", SEED, "--instance", str(folder / "instance")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield _read(process)
        finally:
            stop(process)


def _read(process: subprocess.Popen[str]) -> Demo:
    assert process.stdout is not None
    said: dict[str, str] = {}
    for line in process.stdout:
        name, _, value = line.strip().partition(": ")
        said[name] = value
        if name.startswith("Ready."):
            return Demo(said["address"], said)
    raise AssertionError(f"the demo ended: {said}")


def signed_in(chair: Seat, demo: Demo, role: str, viewport: dict[str, int]) -> Visitor:
    """Somebody of the demo at their desk."""
    visitor = chair(demo.address, viewport=viewport)
    visitor.sign_in(demo.people[role], PASSWORD)
    return visitor


@pytest.mark.parametrize("language", ["it", "zh-Hans", "en"])
def test_a_firm_reads_its_pages_on_a_phone(chair: Seat, demo: Demo, language: str) -> None:
    visitor = signed_in(chair, demo, "company", PHONE)
    visitor.speak(language)
    for path in PHONE_PAGES:
        visitor.open(path)
    visitor.open("/desk")
    if language == "en":
        visitor.picture("desk-company-375")


@pytest.mark.parametrize("language", ["it", "zh-Hans", "en"])
def test_a_coordinator_reads_what_there_is_to_decide(chair: Seat, demo: Demo, language: str) -> None:
    visitor = signed_in(chair, demo, "coordinator", DESK)
    visitor.speak(language)
    for path in COORDINATOR_PAGES:
        visitor.open(path)
    visitor.open("/cases?view=all")
    visitor.follow_first_row()
    if language == "en":
        visitor.picture("case")
    visitor.open("/runs")
    visitor.follow_first_row()
    if language == "en":
        visitor.picture("run")


def test_a_firm_reads_a_proposal_and_a_negotiation(chair: Seat, demo: Demo) -> None:
    visitor = signed_in(chair, demo, "company", DESK)
    visitor.speak("en")
    for path, name in (("/proposals", "proposal"), ("/negotiations?view=all", "negotiation")):
        visitor.open(path)
        visitor.follow_first_row()
        visitor.picture(name)


def test_an_analyst_reads_the_volumes(chair: Seat, demo: Demo) -> None:
    visitor = signed_in(chair, demo, "analyst", DESK)
    visitor.speak("en")
    visitor.open("/volumes")
    visitor.picture("volumes")
    assert "€/kg" not in visitor.page.content()
