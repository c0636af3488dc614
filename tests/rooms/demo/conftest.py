# SPDX-License-Identifier: AGPL-3.0-or-later
"""A short past, made quickly: passwords are hashed cheaply, everything else is as in the demo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from marketplace import create_app
from marketplace.db import Database
from marketplace.demo.past import Wishes
from marketplace.settings import Settings
from tests.conftest import migrated

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("marketplace.accounts.credentials._hasher", hasher)


def wishes(months: int = 1, seed: int = 7) -> Wishes:
    """A short past before a fixed day."""
    return Wishes(seed=seed, today=TODAY, months=months, password="una balla di lana")


@contextmanager
def installation(folder: Path) -> Iterator[Database]:
    """An SQLite installation of its own, in whose application's context one is."""
    folder.mkdir()
    database = migrated(f"sqlite:///{folder / 'marketplace.db'}")
    with create_app(Settings.for_tests("sqlite://", folder), database).app_context():
        yield database
    database.engine.dispose()
