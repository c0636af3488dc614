# SPDX-License-Identifier: AGPL-3.0-or-later
"""All tables of all rooms, for migrations and for tests; imported for its effect on the metadata."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from marketplace.db import Base

MODELS = (
    "marketplace.accounts.models",
    "marketplace.approvals.models",
    "marketplace.audit.models",
    "marketplace.exchanges.models",
    "marketplace.jobs.models",
    "marketplace.ledger.models",
    "marketplace.listings.models",
    "marketplace.matches.models",
    "marketplace.negotiations.models",
    "marketplace.outbox.models",
    "marketplace.processors.models",
    "marketplace.web.replays",
)
"""Where tables are declared."""
for module in MODELS:
    import_module(module)
METADATA = Base.metadata
MIGRATIONS = Path(__file__).parent.parent / "migrations"


def alembic_config(connection: Connection) -> Config:
    """Alembic pointed at our migrations and at an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version."""
    command.upgrade(alembic_config(connection), "head")


def version_of(connection: Connection) -> str | None:
    """The version the database is at, None when it has none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_version() -> str | None:
    """The version this code needs."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()
