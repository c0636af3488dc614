# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where Chromium is, and how it is started without reaching for any network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    """The browser in $CHROMIUM, else the machine's own; skips loudly, or fails if REQUIRE_BROWSER=1."""
    named = os.environ.get("CHROMIUM")
    found = named if named and Path(named).exists() else next(filter(None, map(shutil.which, NAMES)), None)
    if found is not None:
        return found
    words = "Chromium was not found: install Debian's package `chromium` or set CHROMIUM to its path"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(words)
    pytest.skip(f"BROWSER JOURNEYS DID NOT RUN. {words}")
