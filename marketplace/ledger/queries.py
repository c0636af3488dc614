# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from marketplace.ledger.models import Account, Entry, Movement
from marketplace.ledger.rules import Bucket

FREE_G = Account.mass_g - Account.reserved_g - Account.committed_g - Account.delivered_g - Account.closed_g
"""The free grams of an account, as SQL."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What an account or a movement says of itself, and what its entries add up to; both in grams."""

    what: str
    account_id: int
    said_g: int
    entries_g: int

    def __str__(self) -> str:
        return f"account {self.account_id}: {self.what} is {self.said_g} g, the entries add up to {self.entries_g} g"


@dataclass(frozen=True, slots=True)
class MovementLine:
    """A movement as its firm reads it: grams that left one bucket for another."""

    movement: Movement
    source: str
    target: str
    grams: int


def list_accounts(session: Session, firm_id: int) -> Sequence[Account]:
    """A firm's accounts, oldest first."""
    return session.scalars(select(Account).where(Account.firm_id == firm_id).order_by(Account.id)).all()


def list_movements(session: Session, firm_id: int, *, limit: int | None = None, offset: int = 0) -> list[MovementLine]:
    """A firm's movements, newest first, each with where its grams came from and went to."""
    source, target = aliased(Entry), aliased(Entry)
    rows = session.execute(
        select(Movement, source.bucket, target.bucket, target.grams)
        .join(Account, Account.id == Movement.account_id)
        .join(source, (source.movement_id == Movement.id) & (source.grams < 0))
        .join(target, (target.movement_id == Movement.id) & (target.grams > 0))
        .where(Account.firm_id == firm_id)
        .order_by(Movement.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [MovementLine(*row) for row in rows]


def count_movements(session: Session, firm_id: int) -> int:
    """How many movements a firm's accounts have seen."""
    own = select(func.count(Movement.id)).join(Account, Account.id == Movement.account_id)
    return session.scalar(own.where(Account.firm_id == firm_id)) or 0


def count_rows(session: Session) -> tuple[int, int]:
    """How many accounts and entries there are in all."""
    return session.scalar(select(func.count(Account.id))) or 0, session.scalar(select(func.count(Entry.id))) or 0


def list_differences(session: Session) -> list[Difference]:
    """Every counter that its entries do not confirm and every movement that does not sum to zero."""
    return [*_counters(session), *_unbalanced(session), *_strays(session)]


def _counters(session: Session) -> Iterator[Difference]:
    sums: dict[int, dict[str, int]] = {}
    rows = session.execute(
        select(Entry.account_id, Entry.bucket, func.sum(Entry.grams)).group_by(Entry.account_id, Entry.bucket)
    )
    for account_id, bucket, grams in rows:
        sums.setdefault(account_id, {})[bucket] = int(grams)
    for account in session.scalars(select(Account).order_by(Account.id).execution_options(populate_existing=True)):
        found = sums.pop(account.id, {})
        for bucket, said_g in _said(account).items():
            entries_g = found.pop(bucket, 0)
            if entries_g != said_g:
                yield Difference(bucket, account.id, said_g, entries_g)
        yield from (Difference(f"unknown bucket {bucket}", account.id, 0, grams) for bucket, grams in found.items())
    for account_id in sums:
        yield Difference("mass", account_id, 0, sum(map(abs, sums[account_id].values())))


def _said(account: Account) -> dict[str, int]:
    return {
        Bucket.OUTSIDE: -account.mass_g,
        Bucket.FREE: account.free_g,
        Bucket.RESERVED: account.reserved_g,
        Bucket.COMMITTED: account.committed_g,
        Bucket.DELIVERED: account.delivered_g,
        Bucket.CLOSED: account.closed_g,
    }


def _unbalanced(session: Session) -> Iterator[Difference]:
    rows = session.execute(
        select(Movement.id, Movement.account_id, func.coalesce(func.sum(Entry.grams), 0), func.count(Entry.id))
        .outerjoin(Movement.entries)
        .group_by(Movement.id, Movement.account_id)
        .having((func.coalesce(func.sum(Entry.grams), 0) != 0) | (func.count(Entry.id) == 0))
        .order_by(Movement.id)
    )
    for movement_id, account_id, grams, _count in rows:
        yield Difference(f"movement {movement_id}", account_id, 0, int(grams))


def _strays(session: Session) -> Iterator[Difference]:
    """Entries that stand under a movement of another account."""
    rows = session.execute(
        select(Movement.id, Entry.account_id, Entry.grams)
        .join(Movement.entries)
        .where(Entry.account_id != Movement.account_id)
        .order_by(Entry.id)
    )
    for movement_id, account_id, grams in rows:
        yield Difference(f"movement {movement_id} of another account", account_id, 0, grams)
