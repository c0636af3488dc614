# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending what waits, one mail at a time, never while a transaction is open.

A mail is first claimed in a short transaction that puts its next try off, then handed over, then marked in a second
one. Two relays never take the same mail, a server that hangs holds up no lock, and a relay that dies in the middle
leaves a mail that is tried again after its pause, under the same Message-ID.
"""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.db import Database, now
from marketplace.installation import current_database, current_settings
from marketplace.outbox.mailer import FAULTS, Mailer, is_of_the_server, mailer_for
from marketplace.outbox.models import Mail
from marketplace.outbox.rules import is_given_up, pause_after

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Relayed:
    """What one round of sending came to."""

    sent: int = 0
    refused: int = 0


def send_due() -> Relayed:
    """Send everything that is due now, with the mailer of the settings; without one, mail keeps waiting."""
    settings = current_settings()
    mailer = mailer_for(settings.mail_url)
    if mailer is None:
        return Relayed()
    return relay(current_database(), mailer, settings.mail_from)


def relay(database: Database, mailer: Mailer, mail_from: str) -> Relayed:
    """Send everything that is due now; stops early when the server is out of order, since the rest would fail too."""
    done = Relayed()
    while (mail := _claim(database)) is not None:
        try:
            mailer.send(_message(mail, mail_from))
        except FAULTS as error:
            done.refused += 1
            _note_failure(database, mail, error)
            if is_of_the_server(error):
                break
        else:
            done.sent += 1
            _note_success(database, mail)
    return done


def _claim(database: Database) -> Mail | None:
    """The next mail that is due, its next try put off already; None when nothing is due."""
    with database.transaction() as session:
        due = (Mail.state == "waiting") & (Mail.next_try_at <= now(session))
        order = select(Mail).where(due).order_by(Mail.next_try_at, Mail.id).limit(1)
        mail = session.scalars(order.with_for_update(skip_locked=True)).first()
        if mail is None:
            return None
        mail.attempts += 1
        mail.next_try_at = now(session) + pause_after(mail.attempts)
        session.flush()
        session.expunge(mail)
        return mail


def _message(mail: Mail, mail_from: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(addr_spec=mail_from)
    message["To"] = Address(addr_spec=mail.to_address)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.queued_at)
    message["Message-ID"] = mail.message_id(mail_from.rpartition("@")[2])
    message["Content-Language"] = mail.language
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def _note_success(database: Database, mail: Mail) -> None:
    with database.transaction() as session:
        # What was written may hold a link that lets its reader in: once it is gone, nobody here needs it.
        _set(session, mail, state="sent", sent_at=now(session), last_error="", body="")


def _note_failure(database: Database, mail: Mail, error: Exception) -> None:
    fault = _fault(error)
    state = "failed" if is_given_up(mail.attempts) else "waiting"
    log.warning("mail-not-sent", mail=mail.id, attempts=mail.attempts, state=state, fault=fault)
    with database.transaction() as session:
        _set(session, mail, state=state, last_error=fault, body=mail.body if state == "waiting" else "")


def _set(session: Session, mail: Mail, **values: object) -> None:
    session.execute(update(Mail).where(Mail.id == mail.id).values(**values))


def _fault(error: Exception) -> str:
    """The kind of error and the server's number for it; not its words, which may quote the address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "recipient refused " + " ".join(str(code) for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__
