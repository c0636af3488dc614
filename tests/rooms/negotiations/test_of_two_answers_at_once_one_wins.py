# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two people act on the same deal at the same moment, with real commits: exactly one wins, no gram is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from marketplace import create_app
from marketplace.accounts.models import Person
from marketplace.accounts.signed_in import actor_of
from marketplace.approvals import actions as approvals
from marketplace.approvals.models import Case
from marketplace.db import Database, now
from marketplace.errors import NotAllowed, Refusal
from marketplace.exchanges import actions as exchanges
from marketplace.exchanges.models import Delivery
from marketplace.negotiations import actions as negotiations
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.terms import Answered, Terms
from marketplace.policy import Actor
from marketplace.settings import Settings
from tests import world
from tests.rooms.negotiations.deal import Deal

TIMES = 3
Act = Callable[[Session, Actor, Any], object]
MILLISECOND = timedelta(milliseconds=1)


class Ring:
    """A database of its own, an application on it, and two people who act at once."""

    def __init__(self, arena: Database, folder: Path) -> None:
        self.database = arena
        self.app: Flask = create_app(Settings.for_tests("sqlite://", folder), arena)
        self.on_sqlite = arena.engine.dialect.name == "sqlite"

    def prepare(self, upto: Callable[[Deal], Any]) -> tuple[Deal, dict[str, int]]:
        """A committed deal as far as `upto` brings it, with the keys of what it is about."""
        with self.app.app_context(), self.database.writer() as session:
            deal = Deal(session)
            deal.colleague = world.make_person(session, deal.taker)  # type: ignore[attr-defined]
            made = upto(deal)
            keys = {name: person.id for name, person in vars(deal).items() if isinstance(person, Person)}
            keys |= {"negotiation": deal.negotiation.id, "made": getattr(made, "id", 0)}
            session.commit()
        return deal, keys

    def at_once(self, *acts: tuple[int, type[Any], int, Act]) -> list[BaseException | None]:
        """Each act by its person on its row, in a thread and a transaction of its own; how each ended."""
        barrier, endings = threading.Barrier(len(acts)), [None] * len(acts)

        def run(place: int, person_id: int, model: type[Any], key: int, act: Act) -> None:
            try:
                with self.app.app_context(), self.database.writer() as session:
                    if self.on_sqlite:  # The first statement takes the writer's lock, so they start before it.
                        barrier.wait(10)
                    actor = actor_of(session, session.get_one(Person, person_id))
                    row = session.get_one(model, key)
                    if actor is None:  # No right is left: the guard would have turned them away.
                        raise NotAllowed
                    if not self.on_sqlite:  # Both have read the same version.
                        barrier.wait(10)
                    act(session, actor, row)
                    session.commit()
            except (Refusal, StaleDataError) as refusal:
                endings[place] = refusal  # type: ignore[call-overload]

        threads = [threading.Thread(target=run, args=(place, *act)) for place, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return list(endings)

    @contextmanager
    def looking(self, keys: dict[str, int]) -> Iterator[tuple[Negotiation, Deal]]:
        """The deal as the database has it now."""
        with self.database.reader() as session:
            negotiation = session.get_one(Negotiation, keys["negotiation"])
            deal = Deal.__new__(Deal)
            deal.session, deal.negotiation = session, negotiation
            deal.offer, deal.need = negotiation.offer, negotiation.need
            yield negotiation, deal


@pytest.fixture
def ring(arena: Database, tmp_path: Path) -> Iterator[Ring]:
    """Where two people meet."""
    return Ring(arena, tmp_path)


def on_table(deal: Deal) -> Any:
    """The giver's terms are on the table."""
    deal.propose()
    return deal.negotiation


def accept(session: Session, actor: Actor, negotiation: Negotiation) -> None:
    first = negotiation.rounds[0]
    negotiations.accept(session, actor, negotiation, Answered(first.number, first.terms_sha256))


def counter(session: Session, actor: Actor, negotiation: Negotiation) -> None:
    first = negotiation.rounds[0]
    terms = Terms(mass_g=300_000, price_milli_eur_kg=400, transport="taker")
    negotiations.counter(session, actor, negotiation, Answered(first.number, first.terms_sha256), terms)


def withdraw(session: Session, actor: Actor, negotiation: Negotiation) -> None:
    negotiations.withdraw(session, actor, negotiation, "no", seen_state="open")


def late(act: Act) -> Act:
    """The same a moment after the deadline, by the clock of that transaction."""

    def acting(session: Session, actor: Actor, negotiation: Negotiation) -> None:
        session.info["clock"] = lambda: negotiation.expires_at + MILLISECOND
        act(session, actor, negotiation)

    return acting


def expire(session: Session, _actor: Actor, negotiation: Negotiation) -> None:
    negotiations.expire_due(session)
    if negotiation.state != "expired":
        raise Refusal


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("taker_manager", accept), ("colleague", counter)),
        (("taker_manager", accept), ("colleague", accept)),
        (("taker_manager", counter), ("colleague", counter)),
        (("taker_manager", accept), ("giver_manager", withdraw)),
        (("taker_manager", accept), ("giver_manager", late(expire))),
    ],
    ids=["accept or counter", "accept or accept", "counter or counter", "accept or withdraw", "accept or expire"],
)
def test_of_two_answers_one_wins(ring: Ring, first: tuple[str, Act], second: tuple[str, Act]) -> None:
    for _ in range(TIMES):
        _deal, keys = ring.prepare(on_table)
        endings = ring.at_once(*((keys[who], Negotiation, keys["negotiation"], act) for who, act in (first, second)))
        assert endings.count(None) == 1, endings
        with ring.looking(keys) as (negotiation, deal):
            winner = (first, second)[endings.index(None)][1]
            state, rounds, grams = {
                accept: ("agreed", 1, 400_000),
                counter: ("open", 2, 0),
                withdraw: ("withdrawn", 1, 0),
            }.get(winner, ("expired", 1, 0))
            assert (negotiation.state, negotiation.round, len(negotiation.rounds)) == (state, rounds, rounds)
            assert deal.grams("reserved") == (grams, grams)


def approve(session: Session, actor: Actor, case: Case) -> None:
    approvals.approve(session, actor, case)


def send_back(session: Session, actor: Actor, case: Case) -> None:
    approvals.return_case(session, actor, case, "no")


def step_back(session: Session, actor: Actor, case: Case) -> None:
    negotiations.withdraw(session, actor, case.negotiation, "no", seen_state="agreed")


@pytest.mark.parametrize(
    ("who", "rival"),
    [("second", approve), ("second", send_back), ("giver_manager", step_back)],
    ids=["approve", "send back", "withdraw"],
)
def test_of_two_decisions_one_counts(ring: Ring, who: str, rival: Act) -> None:
    for _ in range(TIMES):
        _deal, keys = ring.prepare(lambda deal: deal.agree())
        endings = ring.at_once(
            (keys["coordinator"], Case, keys["made"], approve), (keys[who], Case, keys["made"], rival)
        )
        assert endings.count(None) == 1, endings
        with ring.looking(keys) as (negotiation, deal):
            approved = endings[0] is None or rival is approve
            grams = 400_000 if approved else 0
            assert (negotiation.state == "approved") == approved
            assert deal.grams("committed") == (grams, grams)
            assert deal.grams("reserved") == (0, 0)


def test_a_right_that_is_being_taken_away_is_used_before_or_not_at_all(ring: Ring) -> None:
    def revoke(session: Session, _actor: Actor, person: Person) -> None:
        session.delete(person.memberships[0])

    for _ in range(TIMES):
        _deal, keys = ring.prepare(lambda deal: deal.agree())
        endings = ring.at_once(
            (keys["coordinator"], Case, keys["made"], approve),
            (keys["second"], Person, keys["coordinator"], revoke),
        )
        assert endings[1] is None
        with ring.looking(keys) as (negotiation, _deal):
            assert negotiation.state == ("approved" if endings[0] is None else "agreed")


def test_one_load_is_confirmed_once(ring: Ring) -> None:
    def weighed(deal: Deal) -> Delivery:
        deal.approve()
        load = deal.send()
        deal.weigh(load, 400_000)
        return load

    def confirm(session: Session, actor: Actor, load: Delivery) -> None:
        exchanges.confirm(session, actor, load)

    for _ in range(TIMES):
        _deal, keys = ring.prepare(weighed)
        acts = ((keys[who], Delivery, keys["made"], confirm) for who in ("taker_manager", "colleague"))
        endings = ring.at_once(*acts)
        assert endings.count(None) == 1, endings
        with ring.looking(keys) as (_negotiation, deal):
            assert deal.grams("delivered") == (400_000, 400_000)


def test_without_the_row_s_lock_its_version_still_lets_only_one_win(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(negotiations, "_take", lambda session, _negotiation: now(session))
    for _ in range(TIMES):
        _deal, keys = ring.prepare(on_table)
        acts = (("taker_manager", accept), ("colleague", counter))
        endings = ring.at_once(*((keys[who], Negotiation, keys["negotiation"], act) for who, act in acts))
        assert endings.count(None) == 1, endings
        with ring.looking(keys) as (negotiation, deal):
            assert (negotiation.state, negotiation.round) in {("agreed", 1), ("open", 2)}
            assert deal.grams("reserved")[0] == (400_000 if negotiation.state == "agreed" else 0)
