# SPDX-License-Identifier: AGPL-3.0-or-later
"""`marketplace reconcile` recomputes every counter from the entries; a gram of difference is found and named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.db import Database
from marketplace.ledger import actions
from marketplace.ledger.cli import reconcile
from tests.rooms.ledger.conftest import OpenAccount

COUNTERS = ("mass_g", "reserved_g", "committed_g", "delivered_g", "closed_g")


class Installed:
    """As much of an installation as the command uses."""

    def __init__(self, session: Session) -> None:
        self.database = self
        self.session = session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        yield self.session


def run(session: Session) -> Result:
    return CliRunner().invoke(reconcile, obj=Installed(session))


@pytest.fixture
def moved(session: Session, firm: Organisation, open_account: OpenAccount) -> int:
    """The key of an account on which every kind of movement has happened."""
    accounts = [open_account(10_000) for _ in range(3)]
    account = accounts[1]
    for move, grams in ((actions.reserve, 5000), (actions.release, 1000), (actions.commit_reserved, 3000)):
        move(session, [account.id], grams, firm)
    actions.deliver(session, [account.id], 2000, firm)
    actions.give_back(session, [account.id], 500, firm)
    actions.correct(session, [account.id], -100, firm)
    actions.resize(session, account, 12_000, firm)
    actions.close(session, accounts[2], firm)
    return account.id


def test_a_right_ledger_is_right(session: Session, moved: int) -> None:
    result = run(session)
    assert result.exit_code == 0
    assert "3 accounts" in result.output


@pytest.mark.parametrize("grams", [1, -1, 1_000_000])
@pytest.mark.parametrize("counter", COUNTERS)
def test_a_changed_counter_is_found_and_its_account_named(
    session: Session, database: Database, moved: int, counter: str, grams: int
) -> None:
    corrupt(session, database, f"UPDATE account SET {counter} = {counter} + {grams} WHERE id = {moved}")
    result = run(session)
    assert result.exit_code == 1
    assert f"account {moved}: " in result.stderr
    assert counter.removesuffix("_g") in result.stderr or counter == "mass_g"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET grams = grams + 1 WHERE id = {last}",
        "DELETE FROM entry WHERE id = {last}",
        "UPDATE entry SET bucket = 'lost' WHERE id = {last}",
        "UPDATE entry SET account_id = (SELECT min(id) FROM account) WHERE id = {last}",
        "DELETE FROM entry WHERE movement_id = (SELECT max(movement_id) FROM entry WHERE account_id = {account})",
    ],
)
def test_a_forged_entry_is_found(session: Session, database: Database, moved: int, statement: str) -> None:
    last = f"(SELECT max(id) FROM entry WHERE account_id = {moved})"
    corrupt(session, database, statement.format(account=moved, last=last))
    assert run(session).exit_code == 1


def corrupt(session: Session, database: Database, statement: str) -> None:
    """Change rows behind the rules, with the walls taken down first: CHECKs and append-only triggers."""
    if database.engine.dialect.name == "sqlite":
        session.execute(text("PRAGMA ignore_check_constraints = ON"))
        for verb in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER entry_refuses_{verb}"))
    else:
        session.execute(text("ALTER TABLE entry DISABLE TRIGGER ALL"))
        session.execute(text("ALTER TABLE account DROP CONSTRAINT ck_account_promised_once"))
        session.execute(text("ALTER TABLE account DROP CONSTRAINT ck_account_not_negative"))
    session.execute(text(statement))
    if database.engine.dialect.name == "sqlite":
        session.execute(text("PRAGMA ignore_check_constraints = OFF"))
    session.expire_all()
