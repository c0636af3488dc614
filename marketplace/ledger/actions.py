# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes of the ledger: each moves grams by one conditional UPDATE and writes its movement beside it.

No gram is counted in Python before it is promised: the condition stands in the UPDATE itself, under READ COMMITTED,
and rows are touched in the order of their primary keys, so that crossing promises wait for each other instead of
locking each other out. A CHECK on the row stands behind the condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.db import Base, now
from marketplace.errors import Stale
from marketplace.ledger import queries
from marketplace.ledger.models import Account, Entry, Movement
from marketplace.ledger.rules import STEPS, Bucket, NotEnoughGrams, check_grams, correction

_COUNTERS: Mapping[Bucket, InstrumentedAttribute[int]] = {
    Bucket.RESERVED: Account.reserved_g,
    Bucket.COMMITTED: Account.committed_g,
    Bucket.DELIVERED: Account.delivered_g,
    Bucket.CLOSED: Account.closed_g,
}


def open_account(session: Session, firm_id: int, side: str, mass_g: int, subject: Any) -> Account:
    """An account with all its grams free; `side` is "offer" or "need"."""
    check_grams(mass_g)
    account = Account(firm_id=firm_id, side=side, mass_g=mass_g)
    session.add(account)
    session.flush()
    _write(session, account.id, "open", mass_g, subject)
    return account


def resize(session: Session, account: Account, mass_g: int, subject: Any) -> None:
    """Make the account hold `mass_g` in all; NotEnoughGrams if more than that is already promised or gone."""
    check_grams(mass_g)
    _lock(session, account)
    delta_g = mass_g - account.mass_g
    if delta_g:
        enough = Account.mass_g - queries.FREE_G <= mass_g
        _change(session, account.id, {"mass_g": mass_g}, enough)
        _write(session, account.id, "grow" if delta_g > 0 else "shrink", abs(delta_g), subject)


def reserve(session: Session, account_ids: Iterable[int], grams: int, subject: Any) -> None:
    """Promise free grams of every account, or of none; raises NotEnoughGrams."""
    _move(session, account_ids, "reserve", grams, subject)


def release(session: Session, account_ids: Iterable[int], grams: int, subject: Any) -> None:
    """Reserved grams are free again."""
    _move(session, account_ids, "release", grams, subject)


def commit_reserved(session: Session, account_ids: Iterable[int], grams: int, subject: Any) -> None:
    """Reserved grams are committed: the coordinator approved."""
    _move(session, account_ids, "commit", grams, subject)


def deliver(session: Session, account_ids: Iterable[int], grams: int, subject: Any) -> None:
    """Committed grams were weighed in."""
    _move(session, account_ids, "deliver", grams, subject)


def give_back(session: Session, account_ids: Iterable[int], grams: int, subject: Any) -> None:
    """Committed grams that will not be delivered are free again."""
    _move(session, account_ids, "give back", grams, subject)


def correct(session: Session, account_ids: Iterable[int], delta_g: int, subject: Any) -> None:
    """Change what was delivered by `delta_g`, up or down, by an entry of its own; the counterpart is what is free.

    Upwards, what was closed when a listing was withdrawn or expired serves too: those grams did leave.
    """
    with session.begin_nested():
        if delta_g > 0:
            for account_id in sorted(set(account_ids)):
                _reopen(session, account_id, delta_g, subject)
        _move(session, account_ids, correction(delta_g), abs(delta_g), subject)


def _reopen(session: Session, account_id: int, grams: int, subject: Any) -> None:
    """Make closed grams free as far as there are fewer free ones than this, if enough were closed."""
    account = session.get_one(Account, account_id)
    _lock(session, account)
    missing_g = grams - account.free_g
    if 0 < missing_g <= account.closed_g:
        _move(session, [account_id], "reopen", missing_g, subject)


def close(session: Session, account: Account, subject: Any) -> int:
    """All free grams are closed for good (withdrawn or expired); returns how many."""
    _lock(session, account)
    free_g = account.free_g
    if free_g:
        _move(session, [account.id], "close", free_g, subject)
    return free_g


def reconcile(session: Session) -> list[queries.Difference]:
    """Every difference between the counters and what the entries add up to; empty when the ledger is right."""
    return queries.list_differences(session)


def _move(session: Session, account_ids: Iterable[int], kind: str, grams: int, subject: Any) -> None:
    check_grams(grams)
    step = STEPS[kind]
    source, target = _COUNTERS.get(step.source), _COUNTERS.get(step.target)
    values: dict[str, Any] = {}
    if source is not None:
        values[source.key] = source - grams
    if target is not None:
        values[target.key] = target + grams
    enough = (queries.FREE_G if source is None else source) >= grams
    with session.begin_nested():
        for account_id in sorted(set(account_ids)):
            _change(session, account_id, values, enough)
            _write(session, account_id, kind, grams, subject)


def _change(session: Session, account_id: int, values: Mapping[str, Any], enough: ColumnElement[bool]) -> None:
    """The conditional UPDATE; an account that was already read is read again when next asked for."""
    statement = update(Account).where(Account.id == account_id, enough).values(values)
    result = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise NotEnoughGrams(account_id=account_id)
    loaded = session.identity_map.get(session.identity_key(Account, account_id))
    if loaded is not None:
        session.expire(loaded)


def _lock(session: Session, account: Account) -> None:
    """Hold the row until the transaction ends and see it as it is now, not as it was first read."""
    statement = select(Account).where(Account.id == account.id).with_for_update()
    if session.scalars(statement, execution_options={"populate_existing": True}).one_or_none() is None:
        raise Stale


def _write(session: Session, account_id: int, kind: str, grams: int, subject: Base) -> None:
    step = STEPS[kind]
    movement = Movement(
        account_id=account_id,
        kind=kind,
        at=now(session),
        subject_kind=subject.__tablename__,
        subject_id=subject.id,  # type: ignore[attr-defined]
    )
    movement.entries = [
        Entry(account_id=account_id, bucket=step.source, grams=-grams),
        Entry(account_id=account_id, bucket=step.target, grams=grams),
    ]
    session.add(movement)
    session.flush()
