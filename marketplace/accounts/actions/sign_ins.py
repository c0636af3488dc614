# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sign-ins and passwords. The cookie holds a random token; the row with its digest is the sign-in."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from marketplace.accounts import notices, throttle
from marketplace.accounts.credentials import digest, hash_password, new_token
from marketplace.accounts.models import PasswordReset, Person, SignIn
from marketplace.accounts.passwords import check_password
from marketplace.accounts.queries import find_person, open_reset
from marketplace.accounts.rules import RESET_LASTS, SIGN_IN_LASTS, LinkDead
from marketplace.audit.actions import record
from marketplace.db import now
from marketplace.policy import Actor


def open_sign_in(session: Session, actor: Actor, browser: str = "", *, replaces: str | None = None) -> str:
    """A new sign-in for somebody whose password was right; answers the token for the cookie.

    A sign-in that was open in the same browser before (the token it `replaces`) ends.
    """
    token, at = new_token(), now(session)
    if replaces:
        session.execute(delete(SignIn).where(SignIn.token_sha256 == digest(replaces)))
    row = SignIn(
        token_sha256=digest(token),
        person_id=actor.person_id,
        browser=browser[:60],
        created_at=at,
        expires_at=at + SIGN_IN_LASTS,
    )
    session.add(row)
    session.flush()
    record(session, actor, "accounts:signed-in", row)
    return token


def sign_out(session: Session, actor: Actor, token: str) -> None:
    """End the sign-in of this browser."""
    person = session.get_one(Person, actor.person_id)
    session.execute(delete(SignIn).where(SignIn.token_sha256 == digest(token)))
    record(session, actor, "accounts:signed-out", person)


def end_sign_in(session: Session, actor: Actor, sign_in: SignIn) -> None:
    """End one of one's own sign-ins, in another browser perhaps."""
    record(session, actor, "accounts:sign-in-ended", sign_in)
    session.delete(sign_in)


def end_sign_ins(session: Session, person: Person, *, but: str | None = None) -> None:
    """End all of a person's sign-ins, except the one of a token."""
    ended = delete(SignIn).where(SignIn.person_id == person.id)
    session.execute(ended if but is None else ended.where(SignIn.token_sha256 != digest(but)))


def change_password(session: Session, actor: Actor, new: str, token: str) -> None:
    """Set a new password for somebody who has typed the present one; every other sign-in and link from a mail ends."""
    person = session.get_one(Person, actor.person_id)
    _set_password(session, person, new)
    end_sign_ins(session, person, but=token)
    record(session, actor, "accounts:password-changed", person)


def ask_reset(session: Session, email: str, address: str) -> None:
    """Send a link that sets a new password; for an unknown address, or one that asks too often, nothing happens."""
    if not throttle.admit(session, "reset", email, address):
        return
    person = find_person(session, email)
    if person is None:
        return
    token = new_token()
    _end_resets(session, person)
    session.add(PasswordReset(token_sha256=digest(token), person_id=person.id, expires_at=now(session) + RESET_LASTS))
    session.flush()
    record(session, None, "accounts:reset-asked", person, person=person.name)
    notices.reset_password(session, person, token)


def reset_password(session: Session, token: str, password: str) -> Person:
    """Set a new password through a link from a mail, once; all sign-ins end."""
    reset = open_reset(session, token)
    claim = update(PasswordReset).where(PasswordReset.id == reset.id, PasswordReset.used_at.is_(None))
    if session.execute(claim.values(used_at=now(session)).returning(PasswordReset.id)).first() is None:
        raise LinkDead
    person = reset.person
    _set_password(session, person, password)
    end_sign_ins(session, person)
    record(session, None, "accounts:password-reset", person, person=person.name)
    return person


def _set_password(session: Session, person: Person, password: str) -> None:
    organisations = [membership.organisation.name for membership in person.memberships]
    check_password(password, person.email, person.name, *organisations)
    person.password_hash = hash_password(password)
    _end_resets(session, person)


def _end_resets(session: Session, person: Person) -> None:
    session.execute(
        update(PasswordReset)
        .where(PasswordReset.person_id == person.id, PasswordReset.used_at.is_(None))
        .values(used_at=now(session))
    )
