# SPDX-License-Identifier: AGPL-3.0-or-later
"""A deal inside an application's context, as mail needs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.races.conftest import arena
from tests.rooms.negotiations.deal import Deal

__all__ = ["arena", "deal"]


@pytest.fixture
def deal(app: Flask, session: Session) -> Iterator[Deal]:
    """Two firms that have just opened a negotiation."""
    with app.app_context():
        yield Deal(session)
