# SPDX-License-Identifier: AGPL-3.0-or-later
"""Registering a firm: asked for by anybody, done by whoever reads the mail at the address.

Until then nothing is there that another registration could run into, so nobody learns which addresses and VAT numbers
are known, and nobody keeps a firm out by claiming its number first. The password is chosen when the link is followed:
one that was typed before could be a stranger's.
"""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import update
from sqlalchemy.orm import Session

from marketplace.accounts import notices
from marketplace.accounts.actions.firms import register_firm
from marketplace.accounts.credentials import digest, hash_password, new_token
from marketplace.accounts.details import FirmDetails, PersonDetails
from marketplace.accounts.models import Organisation, Person, Registration
from marketplace.accounts.passwords import check_password
from marketplace.accounts.queries import find_person, open_registration
from marketplace.accounts.rules import REGISTRATION_LASTS, LinkDead
from marketplace.db import now


def ask_registration(session: Session, firm: FirmDetails, manager: PersonDetails) -> str | None:
    """Keep what was said of a firm and send a link to its manager's address; answers the link's token.

    If the address has an account already, its owner is told by mail and the answer is None: pages must not tell the
    two apart.
    """
    email = manager.email.lower()
    known = find_person(session, email)
    if known is not None:
        notices.tell_already_registered(session, known)
        return None
    token = new_token()
    session.add(
        Registration(
            token_sha256=digest(token),
            email=email,
            firm=asdict(firm),
            person_name=manager.name,
            language=manager.language,
            expires_at=now(session) + REGISTRATION_LASTS,
        )
    )
    session.flush()
    notices.welcome(session, manager, firm.name, token)
    return token


def confirm_registration(session: Session, token: str, password: str) -> tuple[Organisation, Person]:
    """The firm, waiting for verification, and its first manager, who can sign in with the password chosen now.

    A link works once, and with it end all others to the same address; raises LinkDead.
    """
    asked = open_registration(session, token)
    check_password(password, asked.email, asked.details.name, asked.person_name)
    _claim(session, asked)
    manager = Person(
        email=asked.email,
        name=asked.person_name,
        language=asked.language,
        password_hash=hash_password(password),
        created_at=now(session),
    )
    return register_firm(session, asked.details, manager), manager


def _claim(session: Session, asked: Registration) -> None:
    open_ones = update(Registration).where(Registration.email == asked.email, Registration.used_at.is_(None))
    claimed = session.scalars(open_ones.values(used_at=now(session)).returning(Registration.id)).all()
    # Somebody with this address may have come in by an invitation meanwhile.
    if asked.id not in claimed or find_person(session, asked.email) is not None:
        raise LinkDead
