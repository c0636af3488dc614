# SPDX-License-Identifier: AGPL-3.0-or-later
"""Handing a message to a mail server, or into a folder where no server is wanted (the demo)."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from marketplace.settings import SettingsError

SECONDS = 10
"""A server that says nothing for so long counts as out of order."""

FAULTS = (OSError, smtplib.SMTPException, MessageError, ValueError)
"""Everything that handing over a message can fail with."""
_SERVER_FAULTS = (
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)


class Mailer(Protocol):
    """Something that takes messages."""

    def send(self, message: EmailMessage) -> None:
        """Hand over one message; returns only when it was taken."""

    def try_reaching(self) -> None:
        """Raise one of FAULTS if messages cannot be handed over now."""


def mailer_for(mail_url: str) -> Mailer | None:
    """The mailer that MAIL_URL names, None where none is set.

    smtp://host:port, smtps://user:password@host:port (TLS from the first byte), dir:/path (one .eml file each). With
    user and password an smtp:// server must offer STARTTLS: passwords never travel in the clear. Raises SettingsError.
    """
    if not mail_url:
        return None
    parts = urlsplit(mail_url)
    if parts.scheme == "dir" and parts.path:
        return Folder(Path(parts.path))
    if parts.scheme in ("smtp", "smtps") and parts.hostname:
        return SmtpServer(parts)
    raise SettingsError("MAIL_URL must be smtp://host:port, smtps://host:port or dir:/path")


def is_of_the_server(fault: Exception) -> bool:
    """Whether the fault lies with the server rather than with one message, so that others would fail too."""
    return isinstance(fault, _SERVER_FAULTS if isinstance(fault, smtplib.SMTPException) else OSError)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A real mail server; one connection for each message."""

    url: SplitResult

    def send(self, message: EmailMessage) -> None:
        """Hand over one message."""
        with self._connect() as connection:
            connection.send_message(message)

    def try_reaching(self) -> None:
        """Say hello and sign in."""
        with self._connect() as connection:
            connection.noop()

    def _connect(self) -> smtplib.SMTP:
        host, user = str(self.url.hostname), self.url.username
        context = ssl.create_default_context()
        if self.url.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, self.url.port or 465, timeout=SECONDS, context=context)
        else:
            connection = smtplib.SMTP(host, self.url.port or 25, timeout=SECONDS)
        try:
            if user is not None:
                if self.url.scheme == "smtp":
                    connection.starttls(context=context)
                connection.login(unquote(user), unquote(self.url.password or ""))
        except FAULTS:
            connection.close()
            raise
        return connection


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that receives messages as files."""

    path: Path

    def send(self, message: EmailMessage) -> None:
        """Write one message; the same message written twice is one file."""
        self.path.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9@.-]", "", str(message["Message-ID"]))
        (self.path / f"{name}.eml").write_bytes(message.as_bytes())

    def try_reaching(self) -> None:
        """Make the folder."""
        self.path.mkdir(parents=True, exist_ok=True)
