# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write migrations/versions/0001_first_schema.py anew from the models (until the first release)."""

from __future__ import annotations

import fcntl
from pathlib import Path

from alembic import command

from marketplace import tables
from marketplace.db import Database

target = tables.MIGRATIONS / "versions" / "0001_first_schema.py"
with Path("/tmp/remake-migration.lock").open("w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    others = {p: p.read_text() for p in target.parent.glob("*.py")}
    for p in others:
        p.unlink()
    with Database("sqlite://").engine.begin() as connection:
        command.revision(tables.alembic_config(connection), "first schema", autogenerate=True, rev_id="0001")
    for p, text in others.items():
        if p != target:
            p.write_text(text)
