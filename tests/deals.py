# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deals for tests, made by the application's own actions from a proposal to a correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.signed_in import actor_of
from marketplace.approvals import actions as approvals
from marketplace.approvals.models import Case
from marketplace.db import today
from marketplace.exchanges import actions as exchanges
from marketplace.exchanges.corrections import propose_correction
from marketplace.exchanges.loads import Sent, Weighed
from marketplace.exchanges.models import Delivery, Exchange
from marketplace.listings.models import Listing
from marketplace.matches.actions import answer_proposal
from marketplace.matches.models import Proposal
from marketplace.negotiations import actions as negotiations
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.terms import Answered, Terms
from marketplace.policy import Actor
from tests.world import make_body, make_firm, make_need, make_offer, make_person, make_proposal

STEPS = ("proposal", "negotiation", "terms", "case", "exchange", "sent", "weighed", "delivered", "corrected")


@dataclass
class Deal:
    """One deal as far as it has come, and the people who made it."""

    proposal: Proposal
    giver: Person
    taker: Person
    coordinators: list[Person] = field(default_factory=list)
    negotiation: Negotiation | None = None
    case: Case | None = None
    exchange: Exchange | None = None
    load: Delivery | None = None


def acting(session: Session, person: Person) -> Actor:
    """The person as the rules see them."""
    session.flush()
    actor = actor_of(session, person)
    assert actor is not None
    return actor


def make_deal(
    session: Session,
    offer: Listing | None = None,
    need: Listing | None = None,
    *,
    upto: str = "corrected",
    people: tuple[Person, Person] | None = None,
    coordinators: Sequence[Person] = (),
) -> Deal:
    """A deal over 400 kg between the firms of the two listings, up to a step of STEPS.

    Whoever isn't named is new: the firms, their managers (`people`: giver, taker), and coordinators of a city each.
    """
    offer = offer or make_offer(session, make_firm(session))
    need = need or make_need(session, make_firm(session))
    giver, taker = people or (make_person(session, offer.firm), make_person(session, need.firm))
    deal = Deal(make_proposal(session, offer, need, mass_g=400_000), giver, taker, list(coordinators))
    return walk(session, deal, "proposal", upto)


def walk(session: Session, deal: Deal, after: str, upto: str) -> Deal:
    """Take a deal from one of STEPS to a later one."""
    for step in STEPS[STEPS.index(after) + 1 : STEPS.index(upto) + 1]:
        _WAYS[step](session, deal)
        session.flush()
    return deal


def _talk(session: Session, deal: Deal) -> None:
    for person in (deal.giver, deal.taker):
        answer_proposal(session, acting(session, person), deal.proposal, "yes")
    deal.negotiation = session.scalars(select(Negotiation).where(Negotiation.proposal_id == deal.proposal.id)).one()


def _propose(session: Session, deal: Deal) -> None:
    assert deal.negotiation is not None
    terms = Terms(
        mass_g=deal.proposal.mass_g, price_milli_eur_kg=450, transport="giver", quality="Lana scelta, senza etichette"
    )
    negotiations.propose(session, acting(session, deal.giver), deal.negotiation, terms)


def _accept(session: Session, deal: Deal) -> None:
    assert deal.negotiation is not None
    on_table = deal.negotiation.rounds[-1]
    answered = Answered(on_table.number, on_table.terms_sha256)
    negotiations.accept(session, acting(session, deal.taker), deal.negotiation, answered)
    deal.case = session.scalars(select(Case).where(Case.negotiation_id == deal.negotiation.id)).one()


def _approve(session: Session, deal: Deal) -> None:
    assert deal.case is not None
    if not deal.coordinators:
        city = make_body(session)
        deal.coordinators = [make_person(session, city, "coordinator") for _ in range(2)]
    for coordinator in deal.coordinators:
        if deal.case.state != "approved":
            approvals.approve(session, acting(session, coordinator), deal.case)


def _send(session: Session, deal: Deal) -> None:
    assert deal.case is not None
    exchange = session.scalars(select(Exchange).where(Exchange.case_id == deal.case.id)).one()
    sent = Sent(mass_g=min(250_000, exchange.mass_g), document_number="1492/2026", on=today(session))
    deal.exchange = exchange
    deal.load = exchanges.send(session, acting(session, deal.giver), exchange, sent)


def _weigh(session: Session, deal: Deal) -> None:
    assert deal.load is not None
    arrived_g = deal.load.sent_g - 500
    weighed = Weighed(arrived_g=arrived_g, accepted_g=arrived_g, on=today(session))
    exchanges.weigh(session, acting(session, deal.taker), deal.load, weighed)


def _confirm(session: Session, deal: Deal) -> None:
    assert deal.load is not None
    exchanges.confirm(session, acting(session, deal.taker), deal.load)


def _correct(session: Session, deal: Deal) -> None:
    assert deal.load is not None
    propose_correction(session, acting(session, deal.giver), deal.load, 249_000, "La bilancia era da tarare")


_WAYS = {
    "negotiation": _talk,
    "terms": _propose,
    "case": _accept,
    "exchange": _approve,
    "sent": _send,
    "weighed": _weigh,
    "delivered": _confirm,
    "corrected": _correct,
}
