# SPDX-License-Identifier: AGPL-3.0-or-later
"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import marketplace.db

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
