# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every movement changes two buckets, leaves its entries, and never takes what isn't there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.ledger import actions
from marketplace.ledger.models import Account, Entry, Movement
from marketplace.ledger.rules import MOST_GRAMS, NotAMass, NotEnoughGrams
from tests.rooms.ledger.conftest import OpenAccount


def buckets(account: Account) -> tuple[int, int, int, int, int]:
    return (account.free_g, account.reserved_g, account.committed_g, account.delivered_g, account.closed_g)


def test_a_deal_moves_grams_from_free_to_delivered(
    session: Session, firm: Organisation, open_account: OpenAccount
) -> None:
    offer, need = open_account(1000), open_account(600)
    both = [need.id, offer.id]
    actions.reserve(session, both, 600, firm)
    assert buckets(offer) == (400, 600, 0, 0, 0)
    actions.commit_reserved(session, both, 600, firm)
    actions.deliver(session, both, 500, firm)
    actions.give_back(session, both, 100, firm)
    assert buckets(offer) == (500, 0, 0, 500, 0)
    assert buckets(need) == (100, 0, 0, 500, 0)
    assert actions.reconcile(session) == []


def test_released_grams_can_be_promised_again(session: Session, firm: Organisation, open_account: OpenAccount) -> None:
    account = open_account(1000)
    actions.reserve(session, [account.id], 1000, firm)
    actions.release(session, [account.id], 1000, firm)
    actions.reserve(session, [account.id], 1000, firm)
    assert buckets(account) == (0, 1000, 0, 0, 0)


def test_a_promise_is_made_on_all_accounts_or_on_none(
    session: Session, firm: Organisation, open_account: OpenAccount
) -> None:
    large, small = open_account(1000), open_account(100)
    with pytest.raises(NotEnoughGrams):
        actions.reserve(session, [large.id, small.id], 500, firm)
    assert buckets(large) == (1000, 0, 0, 0, 0)
    assert session.scalar(select(func.count(Movement.id)).where(Movement.kind == "reserve")) == 0


@pytest.mark.parametrize(
    ("move", "grams"),
    [
        (actions.reserve, 501),
        (actions.release, 301),
        (actions.commit_reserved, 301),
        (actions.deliver, 151),
        (actions.give_back, 151),
        (actions.correct, -51),
        (actions.correct, 501),
    ],
)
def test_one_gram_too_many_is_refused_from_every_bucket(
    session: Session, firm: Organisation, open_account: OpenAccount, move: Any, grams: int
) -> None:
    account = open_account(1000)
    actions.reserve(session, [account.id], 500, firm)
    actions.commit_reserved(session, [account.id], 200, firm)
    actions.deliver(session, [account.id], 50, firm)
    with pytest.raises(NotEnoughGrams):
        move(session, [account.id], grams, firm)
    assert buckets(account) == (500, 300, 150, 50, 0)
    move(session, [account.id], grams + 1 if grams < 0 else grams - 1, firm)
    assert actions.reconcile(session) == []


@pytest.mark.parametrize("grams", [0, -1, MOST_GRAMS + 1, 2**53, 2**63 - 1, 2**63])
def test_impossible_amounts_are_refused_before_they_reach_the_database(
    session: Session, firm: Organisation, open_account: OpenAccount, grams: int
) -> None:
    account = open_account(1000)
    with pytest.raises(NotAMass):
        actions.reserve(session, [account.id], grams, firm)


def test_an_account_can_grow_and_shrink_but_not_below_what_is_promised(
    session: Session, firm: Organisation, open_account: OpenAccount
) -> None:
    account = open_account(1000)
    actions.reserve(session, [account.id], 700, firm)
    actions.resize(session, account, 1500, firm)
    assert account.free_g == 800
    actions.resize(session, account, 700, firm)
    assert account.free_g == 0
    with pytest.raises(NotEnoughGrams):
        actions.resize(session, account, 699, firm)
    assert actions.reconcile(session) == []


def test_closing_takes_what_is_free_and_nothing_else(
    session: Session, firm: Organisation, open_account: OpenAccount
) -> None:
    account = open_account(1000)
    actions.reserve(session, [account.id], 700, firm)
    assert actions.close(session, account, firm) == 300
    assert actions.close(session, account, firm) == 0
    assert buckets(account) == (0, 700, 0, 0, 300)
    actions.release(session, [account.id], 700, firm)
    assert actions.close(session, account, firm) == 700
    assert actions.reconcile(session) == []


def test_a_correction_is_an_entry_of_its_own(session: Session, firm: Organisation, open_account: OpenAccount) -> None:
    account = open_account(1000)
    actions.reserve(session, [account.id], 600, firm)
    actions.commit_reserved(session, [account.id], 600, firm)
    actions.deliver(session, [account.id], 600, firm)
    actions.correct(session, [account.id], -80, firm)
    actions.correct(session, [account.id], 30, firm)
    assert buckets(account) == (450, 0, 0, 550, 0)
    delivered = select(Entry.grams).where(Entry.bucket == "delivered").order_by(Entry.id)
    assert session.scalars(delivered).all() == [600, -80, 30]


def test_every_movement_sums_to_zero_and_names_its_cause(
    session: Session, firm: Organisation, open_account: OpenAccount
) -> None:
    account = open_account(1000)
    actions.reserve(session, [account.id], 1, firm)
    for movement in session.scalars(select(Movement)):
        assert sum(entry.grams for entry in movement.entries) == 0
        assert (movement.subject_kind, movement.subject_id) == ("organisation", firm.id)
