# SPDX-License-Identifier: AGPL-3.0-or-later
"""A past lived through the real actions leaves ledger, figures and mail consistent, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.analytics.queries import list_contributions
from marketplace.analytics.rules import Step, Table
from marketplace.db import Database
from marketplace.demo.past import Past, forward_mail
from marketplace.demo.phrases import MESSAGES
from marketplace.jobs.queue import queue_of
from marketplace.ledger.actions import reconcile
from marketplace.ledger.models import Account, Entry, Movement
from marketplace.listings.models import Listing
from marketplace.negotiations.models import Message, Negotiation
from marketplace.outbox.models import Mail
from tests.rooms.demo.conftest import wishes

SIDES = ("offer", "need")


@pytest.fixture
def lived(app: Flask, database: Database) -> Iterator[Past]:
    """Two months, up to yesterday evening."""
    with app.app_context():
        past = Past(database, wishes(months=2), lambda words: None)
        past.live()
        with database.transaction() as session:
            forward_mail(session)
        yield past


def moved(session: Session, side: str, subject: str, kind: str, bucket: str) -> int:
    """Grams that movements of a kind, caused by a kind of thing, brought into (or took out of) a bucket of one side."""
    found = (
        select(func.coalesce(func.sum(Entry.grams), 0))
        .join(Movement, Movement.id == Entry.movement_id)
        .join(Account, Account.id == Entry.account_id)
        .where(Account.side == side, Movement.subject_kind == subject, Movement.kind == kind, Entry.bucket == bucket)
    )
    return int(session.scalar(found) or 0)


def figure(session: Session, step: Step) -> int:
    """A step's total, as the volumes add it up."""
    return sum(part.grams for part in list_contributions(session, step, Table.THEME))


def test_the_past_keeps_the_books_and_leaves_deals_of_every_kind_but_nothing_to_send(lived: Past) -> None:
    _figures_are_the_sums_of_the_ledger(lived)
    _deals_of_every_kind_are_left(lived)
    assert queue_of(current_app).pending_count() == 0


def _figures_are_the_sums_of_the_ledger(lived: Past) -> None:
    with lived.database.reading() as session:
        assert reconcile(session) == []
        assert figure(session, Step.OFFERED) == moved(session, "offer", "listing", "open", "free")
        for side in SIDES:
            agreed = [moved(session, side, "negotiation", kind, "reserved") for kind in ("reserve", "release")]
            weighed = moved(session, side, "exchange", "deliver", "delivered")
            corrected = [moved(session, side, "correction", f"correct {way}", "delivered") for way in ("up", "down")]
            assert figure(session, Step.AGREED) == sum(agreed) > 0
            assert figure(session, Step.APPROVED) == moved(session, side, "exchange", "commit", "committed") > 0
            assert figure(session, Step.DELIVERED) == weighed + sum(corrected) > 0


def _deals_of_every_kind_are_left(lived: Past) -> None:
    with lived.database.reading() as session:
        states = set(session.scalars(select(Negotiation.state)))
        assert {"approved", "withdrawn"} <= states
        assert states & {"open", "returned", "agreed"}
        assert set(session.scalars(select(Mail.state))) == {"sent"}
        assert set(session.scalars(select(Listing.theme_code))) == {"TEX", "URB", "CON", "AGR"}
        assert session.scalars(select(Listing).where(Listing.unit != "kg")).first() is not None
        words = {phrase for phrases in MESSAGES.values() for phrase in phrases}
        assert set(session.scalars(select(Message.words))) <= words
