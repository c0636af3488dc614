# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alembic's environment: run by `marketplace db upgrade`, which hands over an open connection."""

from __future__ import annotations

from alembic import context

from marketplace import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.METADATA,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
