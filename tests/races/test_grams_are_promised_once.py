# SPDX-License-Identifier: AGPL-3.0-or-later
"""Four processes promise the same grams at the same moment, on a real PostgreSQL and on a SQLite file.

Each law has its control: the same race without the guard, in which the failure must appear.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from marketplace.db import Database
from marketplace.ledger import actions
from marketplace.ledger.models import Account
from tests.races import runners
from tests.races.runners import Squad, Subject
from tests.world import make_firm

pytestmark = pytest.mark.race

KG = 1000


def open_accounts(arena: Database, number: int, mass_g: int) -> list[int]:
    with arena.transaction() as session:
        firm = make_firm(session)
        return [actions.open_account(session, firm.id, "offer", mass_g, Subject()).id for _ in range(number)]


def url_of(arena: Database) -> str:
    return arena.engine.url.render_as_string(hide_password=False)


def account_of(arena: Database, key: int) -> Account:
    with arena.reading() as session:
        return session.get_one(Account, key)


def right(arena: Database) -> bool:
    with arena.reading() as session:
        return actions.reconcile(session) == []


def test_of_200_promises_of_100_kg_on_1000_kg_exactly_10_hold(arena: Database, squad: Squad) -> None:
    (key,) = open_accounts(arena, 1, 1000 * KG)
    endings = squad.race(runners.reserve_once, url_of(arena), 50, accounts=[key], grams=100 * KG)
    assert endings == {"won": 10, "NotEnoughGrams": 190}
    assert account_of(arena, key).reserved_g == 1000 * KG
    assert right(arena)


def test_control_without_the_conditional_update_too_much_is_promised(arena: Database, squad: Squad) -> None:
    with arena.transaction() as session:
        session.execute(text("CREATE TABLE scratch (reserved_g BIGINT NOT NULL)"))
        session.execute(text("INSERT INTO scratch VALUES (0)"))
    try:
        endings = squad.race(runners.read_then_write, url_of(arena), 50, grams=100 * KG, mass_g=1000 * KG)
        assert endings["won"] > 10, f"nobody promised too much: {endings}"
    finally:
        with arena.transaction() as session:
            session.execute(text("DROP TABLE scratch"))


def test_promises_that_cross_never_lock_each_other_out(arena: Database, squad: Squad) -> None:
    offers, needs = open_accounts(arena, 6, 10**9), open_accounts(arena, 6, 10**9)
    endings = squad.race(runners.reserve_crossing, url_of(arena), 75, offers=offers, needs=needs, grams=KG)
    assert endings == {"won": 300}
    assert right(arena)


CONTROLS: dict[str, tuple[Callable[..., None], str]] = {
    "postgresql": (runners.update_unsorted, "DeadlockDetected"),
    "sqlite": (runners.begin_deferred, "OperationalError: database is locked"),
}


def test_control_without_the_order_of_keys_or_the_immediate_lock_some_are_locked_out(
    arena: Database, squad: Squad
) -> None:
    offers, needs = open_accounts(arena, 3, 10**9), open_accounts(arena, 3, 10**9)
    attempt, ending = CONTROLS[arena.engine.dialect.name]
    endings = squad.race(attempt, url_of(arena), 75, offers=offers, needs=needs)
    assert endings[ending] > 0, f"nobody was locked out: {endings}"
    repair(arena, [*offers, *needs])


def repair(arena: Database, keys: list[int]) -> None:
    """The control wrote behind the ledger; the other races look at the whole of it."""
    with arena.transaction() as session:
        for key in keys:
            session.execute(text("UPDATE account SET reserved_g = 0, mass_g = 1000000000 WHERE id = :id"), {"id": key})


def test_withdrawing_changing_and_accepting_at_once_loses_no_gram(arena: Database, squad: Squad) -> None:
    (key,) = open_accounts(arena, 1, 1000 * KG)
    endings = squad.race(runners.withdraw_or_accept, url_of(arena), 40, account=key, grams=10 * KG)
    assert set(endings) <= {"reserve", "close", "resize", "NotEnoughGrams"}
    account = account_of(arena, key)
    assert account.free_g >= 0
    assert account.reserved_g == 10 * KG * endings["reserve"]
    assert right(arena)
