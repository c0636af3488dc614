# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counting tries before they are looked at: for one address of a person, and for one address of the network.

A try is one conditional UPDATE of a counter, so that of many tries at the same moment no more than the limit pass.
Nobody else is locked out: the counters are those of this email and of this visitor's network.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv6Address, ip_address

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.models import SignInAttempt
from marketplace.accounts.rules import THROTTLE_WINDOW, TRIES_PER_ADDRESS, TRIES_PER_EMAIL
from marketplace.db import now


def admit(session: Session, what: str, email: str, address: str) -> bool:
    """Count one try; False when there were too many with this email or from this network."""
    window_at = _window(now(session))
    # In one order for everybody: two tries that share both counters never wait for each other in a circle.
    return all(_count(session, subject, window_at, limit) for subject, limit in _subjects(what, email, address))


def forgive(session: Session, what: str, email: str, address: str) -> None:
    """Take a try off again that turned out to be right."""
    window_at = _window(now(session))
    for subject, _limit in _subjects(what, email, address):
        session.execute(
            update(SignInAttempt)
            .where(SignInAttempt.subject == subject, SignInAttempt.window_at == window_at, SignInAttempt.tries > 0)
            .values(tries=SignInAttempt.tries - 1)
        )


def _count(session: Session, subject: str, window_at: datetime, limit: int) -> bool:
    if _add_one(session, subject, window_at, limit):
        return True
    try:
        with session.begin_nested():
            session.add(SignInAttempt(subject=subject, window_at=window_at, tries=1))
    except IntegrityError:
        # The counter is there: it is full, or somebody else has just begun it.
        return _add_one(session, subject, window_at, limit)
    return True


def _add_one(session: Session, subject: str, window_at: datetime, limit: int) -> bool:
    counter = (
        update(SignInAttempt)
        .where(SignInAttempt.subject == subject, SignInAttempt.window_at == window_at, SignInAttempt.tries < limit)
        .values(tries=SignInAttempt.tries + 1)
        .returning(SignInAttempt.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(counter).first() is not None


def _subjects(what: str, email: str, address: str) -> list[tuple[str, int]]:
    return sorted(
        [
            (f"{what} as {email.lower()[:254]}", TRIES_PER_EMAIL),
            (f"{what} from {_network(address)}", TRIES_PER_ADDRESS),
        ]
    )


def _network(address: str) -> str:
    """The visitor's address; of IPv6 the part that stands for one customer."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return parsed.exploded[:19] if isinstance(parsed, IPv6Address) else str(parsed)


def _window(at: datetime) -> datetime:
    seconds = int(THROTTLE_WINDOW.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, at.tzinfo)
