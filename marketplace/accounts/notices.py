# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is told what by mail about firms, people and passwords."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.accounts.details import Invitee, PersonDetails
from marketplace.accounts.models import Organisation, Person
from marketplace.accounts.queries import list_readers, reader
from marketplace.accounts.rules import ROLE_WORDS
from marketplace.outbox.actions import queue
from marketplace.outbox.rules import Reader


def invite(session: Session, to: Invitee, organisation: Organisation, inviter: str, token: str) -> None:
    """A link that makes its reader a colleague."""
    queue(
        session,
        Reader(to.email, to.language, ""),
        "accounts/invitation",
        organisation=organisation.name,
        role=ROLE_WORDS[to.role],
        inviter=inviter,
        token=token,
    )


def welcome(session: Session, manager: PersonDetails, firm_name: str, token: str) -> None:
    """To whoever registers a firm: a link that confirms the address."""
    to = Reader(manager.email.lower(), manager.language, manager.name)
    queue(session, to, "accounts/welcome", firm=firm_name, token=token)


def tell_already_registered(session: Session, person: Person) -> None:
    """To somebody in whose name a second registration was tried."""
    queue(session, reader(person), "accounts/already_registered")


def reset_password(session: Session, person: Person, token: str) -> None:
    """A link that sets a new password."""
    queue(session, reader(person), "accounts/password_reset", token=token)


def tell_verified(session: Session, firm: Organisation) -> None:
    """To the managers: the firm can trade."""
    for to in list_readers(session, firm.id):
        queue(session, to, "accounts/firm_verified", firm=firm.name)


def tell_suspended(session: Session, firm: Organisation, reason: str) -> None:
    """To the managers: the firm is suspended, and why."""
    for to in list_readers(session, firm.id):
        queue(session, to, "accounts/firm_suspended", firm=firm.name, reason=reason)
