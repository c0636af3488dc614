# SPDX-License-Identifier: AGPL-3.0-or-later
"""Putting a mail into the outbox, in the transaction of what it tells."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace import timetable
from marketplace.db import now
from marketplace.outbox import letters
from marketplace.outbox.models import Mail
from marketplace.outbox.rules import Reader


def queue(session: Session, to: Reader, template: str, **facts: Any) -> Mail:
    """A mail that leaves once this transaction is kept; if it is not, the mail never was.

    `template` is "room/name": templates/<room>/mail/<name>/subject.txt and body.txt, rendered now in the reader's
    language. Needs an application's context.
    """
    subject, body = letters.write(to, template, facts)
    at = now(session)
    mail = Mail(
        to_address=to.address,
        language=to.language,
        template=template,
        subject=subject,
        body=body,
        state="waiting",
        queued_at=at,
        next_try_at=at,
    )
    session.add(mail)
    timetable.soon(session, "send mail")
    return mail
