# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two firms, two coordinators and what they do, for the tests of the rooms that a deal walks through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Permit, Person
from marketplace.accounts.signed_in import actor_of
from marketplace.approvals import actions as approvals
from marketplace.approvals.models import Case
from marketplace.approvals.queries import newest_case
from marketplace.audit.models import Event
from marketplace.db import today
from marketplace.exchanges import actions as exchanges
from marketplace.exchanges.models import Delivery, Exchange
from marketplace.exchanges.queries import find_of_negotiation
from marketplace.ledger.models import Account
from marketplace.ledger.queries import list_differences
from marketplace.listings.models import Listing
from marketplace.negotiations import actions as negotiations
from marketplace.negotiations import queries
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.terms import Answered, Terms
from marketplace.outbox.models import Mail
from marketplace.policy import Actor
from tests import world


class Deal:
    """A negotiation between a giver and a taker of 1,000 kg, and everybody around it."""

    def __init__(self, session: Session, offer: dict[str, Any] | None = None, need: dict[str, Any] | None = None):
        self.session = session
        self.giver, self.taker = world.make_firm(session), world.make_firm(session)
        self.giver_manager = world.make_person(session, self.giver)
        self.taker_manager = world.make_person(session, self.taker)
        self.comune = world.make_body(session)
        self.coordinator = world.make_person(session, self.comune, "coordinator")
        self.second = world.make_person(session, world.make_body(session, "university"), "coordinator")
        self.offer = world.make_offer(session, self.giver, **(offer or {}))
        self.need = world.make_need(session, self.taker, **(need or {}))
        self.proposal = world.make_proposal(session, self.offer, self.need, state="negotiating")
        self.negotiation = negotiations.open_from_proposal(session, None, self.proposal)

    def actor(self, person: Person) -> Actor:
        """The person with live rights."""
        actor = actor_of(self.session, person)
        assert actor is not None
        return actor

    @property
    def answered(self) -> Answered:
        """The round on the table, as somebody who has just looked at it answers it."""
        on_table = queries.get_terms(self.session, self.negotiation)
        return Answered(on_table.number, on_table.terms_sha256) if on_table else Answered(0)

    def terms(self, **more: Any) -> Terms:
        """Terms that both listings allow."""
        start = today(self.session) + timedelta(days=7)
        values = {"mass_g": 400_000, "price_milli_eur_kg": 450, "transport": "giver"}
        days = {"pickup_from": start, "pickup_until": start + timedelta(days=3)}
        return Terms(**{**values, **days, **more})

    def propose(self, **more: Any) -> None:
        """The giver puts the first terms on the table."""
        negotiations.propose(self.session, self.actor(self.giver_manager), self.negotiation, self.terms(**more))

    def counter(self, person: Person, **more: Any) -> None:
        """Somebody answers with other terms."""
        terms = self.terms(**more)
        negotiations.counter(self.session, self.actor(person), self.negotiation, self.answered, terms)

    def accept(self, person: Person) -> None:
        """Somebody accepts what is on the table."""
        negotiations.accept(self.session, self.actor(person), self.negotiation, self.answered)

    def agree(self, **more: Any) -> Case:
        """The giver proposes, the taker accepts: a case is open."""
        self.propose(**more)
        self.accept(self.taker_manager)
        return self.case

    def approve(self, **more: Any) -> Exchange:
        """… and a coordinator approves: an exchange is open."""
        approvals.approve(self.session, self.actor(self.coordinator), self.agree(**more))
        return self.exchange

    def send(self, mass_g: int = 400_000) -> Delivery:
        """The giver sends a load."""
        sent = exchanges.Sent(mass_g, "128/2026", today(self.session))
        return exchanges.send(self.session, self.actor(self.giver_manager), self.exchange, sent)

    def weigh(self, load: Delivery, arrived_g: int, accepted_g: int | None = None, reason: str = "") -> None:
        """The taker weighs it in."""
        accepted_g = arrived_g if accepted_g is None else accepted_g
        weighed = exchanges.Weighed(arrived_g, accepted_g, today(self.session), reason)
        exchanges.weigh(self.session, self.actor(self.taker_manager), load, weighed)

    def confirm(self, load: Delivery) -> None:
        """The taker's manager confirms it."""
        exchanges.confirm(self.session, self.actor(self.taker_manager), load)

    def deliver(self, mass_g: int = 400_000) -> Delivery:
        """A load is sent, weighed and confirmed."""
        load = self.send(mass_g)
        self.weigh(load, mass_g)
        self.confirm(load)
        return load

    @property
    def case(self) -> Case:
        """The newest case."""
        case = newest_case(self.session, self.negotiation.id)
        assert case is not None
        return case

    @property
    def exchange(self) -> Exchange:
        """The exchange that came of it."""
        exchange = find_of_negotiation(self.session, self.negotiation.id)
        assert exchange is not None
        return exchange

    def grams(self, bucket: str) -> tuple[int, int]:
        """What the database says of both accounts: free, reserved, committed, delivered or closed grams."""
        assert list_differences(self.session) == []
        accounts = [self.session.get_one(Account, listing.account_id) for listing in (self.offer, self.need)]
        for account in accounts:
            self.session.refresh(account)
        giver, taker = accounts
        return getattr(giver, f"{bucket}_g"), getattr(taker, f"{bucket}_g")

    def events(self, row: Any) -> list[str]:
        """The kinds of what happened to a row, oldest first."""
        found = select(Event.kind).where(Event.subject_kind == row.__tablename__, Event.subject_id == row.id)
        return list(self.session.scalars(found.order_by(Event.id)))

    def mail(self, person: Person) -> list[str]:
        """The templates of the mail queued for somebody, oldest first."""
        return list(
            self.session.scalars(select(Mail.template).where(Mail.to_address == person.email).order_by(Mail.id))
        )

    def count(self, model: type[Any]) -> int:
        """How many rows a table has."""
        return self.session.scalar(select(func.count()).select_from(model)) or 0


def give_permit(session: Session, firm: Organisation, waste_code: str, valid_until: Any = None) -> Permit:
    """A permit to receive a waste code."""
    permit = Permit(firm_id=firm.id, waste_code=waste_code, number="A-1", valid_until=valid_until)
    session.add(permit)
    session.flush()
    return permit


WASTE: dict[str, Any] = {"regime": "WASTE", "waste_codes": "04 02 22", "origin": "pre"}
TAKES_WASTE: dict[str, Any] = {"regime": "WASTE;BYPRODUCT"}

__all__ = ["TAKES_WASTE", "WASTE", "Deal", "Listing", "Negotiation", "give_permit"]
