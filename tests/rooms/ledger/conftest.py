# SPDX-License-Identifier: AGPL-3.0-or-later
"""A firm and accounts of grams."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.ledger import actions
from marketplace.ledger.models import Account

OpenAccount = Callable[[int], Account]


@pytest.fixture
def firm(session: Session) -> Organisation:
    firm = Organisation(kind="firm", name="Lanificio", state="verified", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    session.add(firm)
    session.flush()
    return firm


@pytest.fixture
def open_account(session: Session, firm: Organisation) -> OpenAccount:
    """Opens an account of so many grams; the firm itself stands in for what caused it."""
    return lambda mass_g: actions.open_account(session, firm.id, "offer", mass_g, firm)
