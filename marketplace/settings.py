# SPDX-License-Identifier: AGPL-3.0-or-later
"""What differs between installations, read from the environment once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

LANGUAGES = ("it", "en", "zh-Hans")
"""The languages of the interface as BCP 47 tags; the first is the default."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. Addresses are URLs, times are in `time_zone`, sizes in bytes."""

    database_url: str
    secret_key: str = field(repr=False)
    migration_database_url: str = ""
    instance: Path = Path("instance")
    base_url: str = "http://127.0.0.1:8000"
    mail_url: str = ""
    mail_from: str = "marketplace@localhost"
    site_name: str = "Prato Circular Exchange"
    owner_name: str = "Comune di Prato"
    source_url: str = ""
    time_zone: str = "Europe/Rome"
    broker_number: str = ""
    """The operator's own enrolment in the Albo, category 8: without it no waste deal can be approved here."""
    trusted_proxies: int = 0
    max_upload_bytes: int = 8 * 1024 * 1024
    demo: bool = False
    testing: bool = False

    @property
    def trusted_hosts(self) -> list[str]:
        """The host names this installation answers to (a poisoned Host header gets a 400)."""
        host = urlsplit(self.base_url).hostname or "localhost"
        return [host, "localhost", "127.0.0.1"] if self.demo or self.testing else [host]

    @property
    def https(self) -> bool:
        """Whether people reach the site over TLS, so that cookies may insist on it."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read DATABASE_URL, SECRET_KEY, BASE_URL, MAIL_URL, …; raise SettingsError with a sentence."""
        url = environ.get("DATABASE_URL", "")
        if not url:
            raise SettingsError("DATABASE_URL is not set; for example sqlite:///instance/marketplace.db")
        key = environ.get("SECRET_KEY", "")
        if len(key) < 32:
            raise SettingsError(
                "SECRET_KEY must have at least 32 characters; make one with "
                "python -c 'import secrets; print(secrets.token_hex(32))'"
            )
        return cls(
            database_url=url,
            secret_key=key,
            migration_database_url=environ.get("MIGRATION_DATABASE_URL", ""),
            instance=Path(environ.get("INSTANCE", "instance")),
            base_url=_base_url(environ.get("BASE_URL", "http://127.0.0.1:8000")),
            mail_url=environ.get("MAIL_URL", ""),
            mail_from=environ.get("MAIL_FROM", "marketplace@localhost"),
            site_name=environ.get("SITE_NAME", "Prato Circular Exchange"),
            owner_name=environ.get("OWNER_NAME", "Comune di Prato"),
            source_url=environ.get("SOURCE_URL", ""),
            time_zone=environ.get("TIME_ZONE", "Europe/Rome"),
            broker_number=environ.get("BROKER_NUMBER", ""),
            trusted_proxies=_count(environ.get("TRUSTED_PROXIES", "0")),
            demo=environ.get("MARKETPLACE_DEMO") == "1",
        )

    @classmethod
    def for_tests(cls, database_url: str, instance: Path) -> Settings:
        """A throw-away installation."""
        return cls(
            database_url=database_url,
            secret_key=secrets.token_hex(32),
            instance=instance,
            broker_number="FI 000000 (invented)",
            testing=True,
        )


def _base_url(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise SettingsError(f"BASE_URL must be an http or https address, not {text!r}")
    return text.rstrip("/")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise SettingsError(f"TRUSTED_PROXIES must be a whole number, not {text!r}")
    return int(text)
