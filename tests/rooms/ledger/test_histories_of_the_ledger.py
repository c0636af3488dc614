# SPDX-License-Identifier: AGPL-3.0-or-later
"""Random histories of a ledger of four accounts, compared after every step with plain numbers in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from marketplace.db import Database
from marketplace.ledger import actions
from marketplace.ledger.models import Account
from marketplace.ledger.rules import NotEnoughGrams
from tests.world import make_firm

NUMBER = 4
some = st.sets(st.integers(0, NUMBER - 1), min_size=1, max_size=2)
one = st.integers(0, NUMBER - 1)
grams = st.integers(1, 120)
MOVES = {
    actions.reserve: ("free", "reserved"),
    actions.release: ("reserved", "free"),
    actions.commit_reserved: ("reserved", "committed"),
    actions.deliver: ("committed", "delivered"),
    actions.give_back: ("committed", "free"),
}


class Ledger(RuleBasedStateMachine):
    """The ledger and what it should come to."""

    database: Database

    @initialize()
    def open(self) -> None:
        self.connection = self.database.engine.connect()
        self.transaction = self.connection.begin()
        self.session = self.database.writer(bind=self.connection, join_transaction_mode="create_savepoint")
        self.firm = make_firm(self.session)
        self.accounts = [self._open_account() for _ in range(NUMBER)]
        self.expected = [Counter(free=100) for _ in range(NUMBER)]

    def _open_account(self) -> Account:
        return actions.open_account(self.session, self.firm.id, "offer", 100, self.firm)

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.transaction.rollback()
            self.connection.close()

    @rule(move=st.sampled_from(list(MOVES)), which=some, grams=grams)
    def move(self, move: Callable[..., None], which: set[int], grams: int) -> None:
        source, target = MOVES[move]
        enough = all(self.expected[i][source] >= grams for i in which)
        self._try(enough, lambda: move(self.session, self._ids(which), grams, self.firm))
        if enough:
            self._shift(which, source, target, grams)

    @rule(which=some, delta=st.integers(-120, 120).filter(bool))
    def correct(self, which: set[int], delta: int) -> None:
        source, target = ("free", "delivered") if delta > 0 else ("delivered", "free")
        reopened = {i: max(delta - self.expected[i]["free"], 0) for i in which}
        enough = all(
            self.expected[i]["closed"] >= reopened[i] if delta > 0 else self.expected[i][source] >= -delta
            for i in which
        )
        self._try(enough, lambda: actions.correct(self.session, self._ids(which), delta, self.firm))
        if enough:
            for i, grams in reopened.items():
                self._shift({i}, "closed", "free", grams)
            self._shift(which, source, target, abs(delta))

    @rule(which=one, mass=st.integers(1, 300))
    def resize(self, which: int, mass: int) -> None:
        buckets = self.expected[which]
        enough = buckets.total() - buckets["free"] <= mass
        self._try(enough, lambda: actions.resize(self.session, self.accounts[which], mass, self.firm))
        if enough:
            buckets["free"] += mass - buckets.total()

    @rule(which=one)
    def close(self, which: int) -> None:
        closed = actions.close(self.session, self.accounts[which], self.firm)
        assert closed == self.expected[which]["free"]
        self._shift({which}, "free", "closed", closed)

    @invariant()
    def every_bucket_is_as_expected(self) -> None:
        for account, expected in zip(getattr(self, "accounts", []), getattr(self, "expected", []), strict=True):
            buckets = ("free", "reserved", "committed", "delivered", "closed")
            assert {name: getattr(account, f"{name}_g") for name in buckets} == {n: expected[n] for n in buckets}
            assert account.mass_g == expected.total()

    @invariant()
    def the_entries_say_the_same(self) -> None:
        if hasattr(self, "session"):
            assert actions.reconcile(self.session) == []

    def _ids(self, which: set[int]) -> list[int]:
        return [self.accounts[i].id for i in which]

    def _shift(self, which: set[int], source: str, target: str, grams: int) -> None:
        for i in which:
            self.expected[i][source] -= grams
            self.expected[i][target] += grams

    def _try(self, enough: bool, act: Callable[[], object]) -> None:
        try:
            act()
        except NotEnoughGrams:
            assert not enough
        else:
            assert enough


def test_no_history_makes_or_loses_a_gram(whole_database: Database) -> None:
    machine = type("LedgerHere", (Ledger,), {"database": whole_database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
