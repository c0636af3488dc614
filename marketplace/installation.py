# SPDX-License-Identifier: AGPL-3.0-or-later
"""The running installation: its settings, database and application, for commands, workers and mail."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property

from flask import Flask, current_app

from marketplace.db import Database
from marketplace.settings import Settings


class Installation:
    """What the environment describes; each part is made when first asked for, so that a command needs no more
    of it than it uses."""

    def __init__(self, create_app: Callable[..., Flask], environ: Mapping[str, str] = os.environ) -> None:
        self._create_app = create_app
        self._environ = environ

    @cached_property
    def settings(self) -> Settings:
        """Read from the environment; raises SettingsError with a sentence."""
        return Settings.from_environ(self._environ)

    @cached_property
    def database(self) -> Database:
        """The database that the application works on."""
        return Database(self.settings.database_url)

    @cached_property
    def app(self) -> Flask:
        """The application; commands that write mail or enqueue work run in its context."""
        return self._create_app(self.settings, self.database)

    def close(self) -> None:
        """Give back the connections that were opened."""
        if "database" in self.__dict__:
            self.database.engine.dispose()


def current_settings() -> Settings:
    """The settings of the application in whose context this runs."""
    settings: Settings = current_app.extensions["marketplace"].settings
    return settings


def current_database() -> Database:
    """The database of the application in whose context this runs."""
    database: Database = current_app.extensions["marketplace"].database
    return database


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that describes the same installation to a child process."""
    return {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "INSTANCE": str(settings.instance),
        "BASE_URL": settings.base_url,
        "MAIL_URL": settings.mail_url,
        "MAIL_FROM": settings.mail_from,
        "SITE_NAME": settings.site_name,
        "OWNER_NAME": settings.owner_name,
        "SOURCE_URL": settings.source_url,
        "TIME_ZONE": settings.time_zone,
        "BROKER_NUMBER": settings.broker_number,
        "TRUSTED_PROXIES": str(settings.trusted_proxies),
        "MARKETPLACE_DEMO": "1" if settings.demo else "0",
    }
