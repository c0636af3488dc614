# SPDX-License-Identifier: AGPL-3.0-or-later
"""A district at work, of any size: firms, their listings, deals at every step, and three people who look at it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Person
from marketplace.db import Base
from marketplace.listings.models import Listing
from marketplace.listings.values import derived, values_of
from marketplace.web.context import site
from tests.deals import STEPS, Deal, make_deal
from tests.world import make_body, make_firm, make_need, make_offer, make_person

FORMS = ("CUT_KNIT", "CUT_WOVEN", "REGEN_WOOL", "CARD_WASTE", "SELVEDGE", "THREAD_WASTE")
FIBRES = ("WO", "CO", "PA", "PL", "VI", "LI")
WORDS = (
    "ritagli di maglia",
    "cimose",
    "fine pezza",
    "filato blu",
    "borra grigia",
    "campioni scelti",
    "scarto di carda",
)
AT_ONCE = 500  # listings in one transaction
OWN_DEALS = 60


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything."""

    firms: int
    listings: int
    deals: int
    accepts: int
    """Negotiations whose terms the measured firm may accept, on lots of their own; as many again share one lot."""


@dataclass(frozen=True, slots=True)
class Manager:
    """A firm and the one who acts for it, by their keys."""

    firm_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who looks (by address), and at what."""

    manager: str
    coordinator: str
    analyst: str
    listing_id: int
    negotiation_id: int
    distinct: Sequence[int]
    hot: Sequence[int]
    """Negotiations in which the manager has terms to accept."""


def fill(app: Flask, size: Size) -> Crowd:
    """Fill an empty database through the application's own models and actions."""
    database = site(app).database
    with app.app_context():
        with database.transaction() as session:
            managers = [_manager(session, name) for name in ("Rigenerati Bisenzio", *[""] * (size.firms - 1))]
            city = make_body(session, name="Comune")
            coordinators = [make_person(session, city, "coordinator").id for _ in range(2)]
            analyst = make_person(session, make_body(session, "university", "Ateneo"), "analyst").email
        for begin in range(0, size.listings, AT_ONCE):
            with database.transaction() as session:
                _list(session, random.Random(begin), managers, min(AT_ONCE, size.listings - begin))
        for number in range(size.deals):
            with database.transaction() as session:
                _deal(session, managers, coordinators, number)
        with database.transaction() as session:
            distinct, hot = (list(_to_accept(session, managers[:2], size.accepts, shared)) for shared in (False, True))
        with database.transaction() as session:
            manager, coordinator = (_email(session, one) for one in (managers[0].person_id, coordinators[0]))
            listing_id = session.scalars(select(func.min(Listing.id)).where(Listing.state == "published")).one()
            session.execute(text("ANALYZE"))
        return Crowd(manager, coordinator, analyst, listing_id, distinct[0], distinct, hot)


def rows_of(app: Flask) -> str:
    """How many rows the larger tables have, in words."""
    with site(app).database.reading() as session:
        tables = [table for table in Base.metadata.sorted_tables if not table.name.startswith("replay")]
        found = {table.name: session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}
    largest = sorted(found, key=lambda name: -found[name])[:8]
    return ", ".join(f"{found[name]:,} {name}" for name in largest)


def _manager(session: Session, name: str) -> Manager:
    firm = make_firm(session, name)
    return Manager(firm.id, make_person(session, firm).id)


def _list(session: Session, draw: random.Random, managers: Sequence[Manager], number: int) -> None:
    for _ in range(number):
        firm = session.get_one(Organisation, draw.choice(managers).firm_id)
        form, fibre, mass_g = draw.choice(FORMS), draw.choice(FIBRES), draw.randint(50_000, 5_000_000)
        told = f"{draw.choice(WORDS)} {draw.randint(1, 999)}"
        make, composition = (make_offer, f"{fibre}:100") if draw.random() < 0.5 else (make_need, f"{fibre}:80-100")
        _index(make(session, firm, forms=form, composition=composition, mass_g=mass_g, description=told))


def _index(listing: Listing) -> None:
    for name, value in derived(listing.side, values_of(listing)).items():
        setattr(listing, name, value)


def _email(session: Session, person_id: int) -> str:
    return session.get_one(Person, person_id).email


def _deal(session: Session, managers: Sequence[Manager], coordinators: Sequence[int], number: int) -> None:
    """A deal at one of the steps; the first ones are the measured firm's, so that its own pages have much to show."""
    taker = managers[0] if number < OWN_DEALS else managers[1 + number % (len(managers) - 1)]
    giver = next(one for one in managers[1 + (7 * number) % (len(managers) - 2) :] if one is not taker)
    step = STEPS[1 + number % (len(STEPS) - 1)]
    _between(session, (giver, taker), None, step, [session.get_one(Person, key) for key in coordinators])


def _to_accept(session: Session, two: Sequence[Manager], number: int, shared: bool) -> Iterator[int]:
    """Negotiations in which the giver has put terms over 400 kg on the table; all of one offer if `shared`."""
    taker, giver = two
    mass_g = 800_000 * number
    one = make_offer(session, session.get_one(Organisation, giver.firm_id), mass_g=mass_g) if shared else None
    for _ in range(number):
        negotiation = _between(session, (giver, taker), one, "terms").negotiation
        assert negotiation is not None
        yield negotiation.id


def _between(
    session: Session,
    two: tuple[Manager, Manager],
    offer: Listing | None,
    step: str,
    coordinators: Sequence[Person] = (),
) -> Deal:
    offer = offer or make_offer(session, session.get_one(Organisation, two[0].firm_id))
    need = make_need(session, session.get_one(Organisation, two[1].firm_id))
    _index(offer)
    _index(need)
    giver, taker = (session.get_one(Person, one.person_id) for one in two)
    return make_deal(session, offer, need, upto=step, people=(giver, taker), coordinators=coordinators)
