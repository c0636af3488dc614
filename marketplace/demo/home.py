# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder a demo lives in: its database, which says whose it is, its secrets, and that only one runs there."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from marketplace.settings import Settings

APPLICATION_ID = 0x44454D4F
"""Stands in the header of the SQLite file (PRAGMA application_id): "DEMO". Any other database is somebody's own."""
_PARTS = ("", "-wal", "-shm", "-journal", ".queue", ".queue-wal", ".queue-shm", ".queue-journal")
_WORDS = """
    balla blousse borra cardato cenci cimosa cono drappo feltro filato fiocco fuso garza lana lino navetta nastro
    ordito orlo panno pettine pezza rocca rotolo scampolo spola stame subbio telaio trama velluto zip
"""


@dataclass(frozen=True, slots=True)
class Made:
    """How this demo was made, and who can sign in; kept beside the database, readable by its owner alone."""

    seed: int
    today: str
    months: int
    password: str
    secret_key: str
    sign_ins: list[tuple[str, str]]


class Home:
    """One demo's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.database = self.folder / "marketplace.db"
        self._record = self.folder / "demo.json"

    @property
    def database_url(self) -> str:
        """The database's address."""
        return f"sqlite:///{self.database}"

    def insist_on_own_database(self, database_url: str | None) -> None:
        """Refuse, with a sentence, to touch a database that no demo made; `database_url` is the environment's."""
        if database_url not in (None, "", self.database_url):
            raise click.ClickException(
                "DATABASE_URL names another database; the demo only ever uses its own. Unset it, or start "
                "`gunicorn wsgi:app` and `marketplace worker` for that one."
            )
        if self.database.exists() and not self._is_own():
            raise click.ClickException(
                f"{self.database} was not made by the demo and is left alone. Choose another folder with --instance."
            )

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Hold the folder while a demo runs in it; a second one is refused."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "demo.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise click.ClickException(f"A demo is running in {self.folder} already.") from error
            yield

    def begin(self) -> None:
        """Remove an earlier demo and put down an empty database that says whose it is."""
        self._record.unlink(missing_ok=True)
        for part in _PARTS:
            self.database.with_name(self.database.name + part).unlink(missing_ok=True)
        for mail in (self.folder / "mail").glob("*.eml"):
            mail.unlink()
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("PRAGMA journal_mode = WAL")

    def keep(self, made: Made) -> None:
        """Write down how the demo was made: from now on it is complete."""
        descriptor = os.open(self._record, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(made), file, indent=1)

    def made(self) -> Made | None:
        """How the demo that lives here was made; None if there is none, or one whose making was broken off."""
        if not self._record.exists() or not self.database.exists():
            return None
        kept: dict[str, Any] = json.loads(self._record.read_text(encoding="utf-8"))
        return Made(**{**kept, "sign_ins": [(role, email) for role, email in kept["sign_ins"]]})

    def settings(self, secret_key: str, port: int) -> Settings:
        """The installation as its processes see it."""
        return Settings(
            database_url=self.database_url,
            secret_key=secret_key,
            instance=self.folder,
            base_url=f"http://127.0.0.1:{port}",
            mail_url=f"dir:{self.folder / 'mail'}",
            broker_number="FI 000000 (invented)",
            demo=True,
        )

    def _is_own(self) -> bool:
        try:
            with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
                found: int = connection.execute("PRAGMA application_id").fetchone()[0]
        except sqlite3.DatabaseError:
            return False
        return found == APPLICATION_ID


def new_password() -> str:
    """Words of the trade that nobody guesses and everybody can type."""
    words = _WORDS.split()
    return "-".join([*(secrets.choice(words) for _ in range(4)), str(secrets.randbelow(900) + 100)])
