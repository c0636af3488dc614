# SPDX-License-Identifier: AGPL-3.0-or-later
"""The settings that the promises of this application rest on, asserted against what is really in force.

What a connection string, a server's configuration or a later version of a library can change silently (isolation,
durability, time limits, cookies, trusted hosts) is read back from where it acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import structlog
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from marketplace.db import Database

POSTGRESQL: Mapping[str, str] = {
    "default_transaction_isolation": "read committed",
    "transaction_isolation": "read committed",
    "fsync": "on",
    "synchronous_commit": "on",
    "statement_timeout": "15s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "30s",
    "TimeZone": "UTC",
}
"""Setting of the session → what it must be."""

SQLITE: Mapping[str, str] = {
    "journal_mode": "wal",
    "synchronous": "2",
    "busy_timeout": "5000",
    "foreign_keys": "1",
}
"""Pragma → what it must be."""

log = structlog.get_logger(__name__)


class WrongSetting(Exception):
    """The application would start without something it relies on; the message is a sentence for the operator."""


def insist_on_reference_settings(app: Flask, database: Database) -> None:
    """Refuse to start with a wrong setting; a database that cannot be asked now is logged, since it may come back."""
    faults = list(faults_of_application(app))
    try:
        with database.engine.connect() as connection:
            faults += faults_of_connection(connection)
    except DBAPIError as error:
        log.error("database-not-checked", error=type(error).__name__)  # noqa: TRY400
    if faults:
        raise WrongSetting("; ".join(faults))


def faults_of_connection(connection: Connection) -> Iterator[str]:
    """What is in force on this connection and must not be."""
    is_sqlite = connection.dialect.name == "sqlite"
    for name, wanted in (SQLITE if is_sqlite else POSTGRESQL).items():
        found = str(connection.execute(text(f"PRAGMA {name}" if is_sqlite else f"SHOW {name}")).scalar_one())
        if found != wanted and not (name == "journal_mode" and found == "memory"):
            yield f"the database's {name} is {found}, not {wanted}"


def faults_of_application(app: Flask) -> Iterator[str]:
    """What Flask would leave open."""
    config = app.config
    if not config.get("TRUSTED_HOSTS"):
        yield "TRUSTED_HOSTS is not set: any Host header would be believed"
    if not config.get("MAX_CONTENT_LENGTH"):
        yield "MAX_CONTENT_LENGTH is not set: requests of any size would be read"
    if len(str(config.get("SECRET_KEY") or "")) < 32:
        yield "SECRET_KEY has fewer than 32 characters"
    if not config.get("SESSION_COOKIE_HTTPONLY") or config.get("SESSION_COOKIE_SAMESITE") != "Lax":
        yield "the cookie must be HttpOnly and SameSite=Lax"
    if app.extensions["marketplace"].settings.https and not config.get("SESSION_COOKIE_SECURE"):
        yield "the cookie must be Secure where the site is reached over https"
