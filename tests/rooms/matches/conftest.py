# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small market: two giving and two taking firms, a coordinator, and a run over what they list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.signed_in import actor_of
from marketplace.db import Database
from marketplace.listings.models import Listing
from marketplace.matches.actions import start_run
from marketplace.matches.models import Run
from marketplace.matches.policies import PRESETS
from marketplace.matches.runs import take_up
from marketplace.matches.solving import solve
from marketplace.policy import Actor
from marketplace.processors.models import Processor
from tests.world import make_body, make_firm, make_need, make_offer, make_person, make_processor


@dataclass
class Market:
    """Listings and people of the tests."""

    offer: Listing
    need: Listing
    giver: Person
    taker: Person
    coordinator: Person
    chief: Actor

    def acting(self, session: Session, person: Person) -> Actor:
        """The person as the rules see them."""
        actor = actor_of(session, person)
        assert actor is not None
        return actor


@pytest.fixture
def in_app(app: Flask) -> Iterator[Flask]:
    """Actions write mail, which needs the application."""
    with app.app_context():
        yield app


@pytest.fixture
def market(session: Session, in_app: Flask) -> Market:
    """One offer of 1,000 kg, one need of 600 kg that it fits."""
    giver, taker = make_firm(session, "Filatura Bisenzio"), make_firm(session, "Tessitura Calvana")
    coordinator = make_person(session, make_body(session), "coordinator")
    offer = make_offer(session, giver, price_milli_eur_kg=310, description="Ritagli di maglieria in lana")
    need = make_need(session, taker, mass_g=600_000, price_milli_eur_kg=790)
    people = make_person(session, giver), make_person(session, taker)
    actor = actor_of(session, coordinator)
    assert actor is not None
    return Market(offer, need, *people, coordinator, actor)


@pytest.fixture
def solved(session: Session, database: Database, market: Market) -> Callable[[], Run]:
    """Start a run and solve it in this process."""

    def go() -> Run:
        run = start_run(session, market.chief, PRESETS["best-fit"].toml, 10)
        session.commit()
        assert take_up(database, run.id) == run.attempts + 1
        solve(database, run.id)
        session.expire_all()
        return run

    return go


@pytest.fixture
def recipe(session: Session, market: Market) -> list[Listing]:
    """Two offers that only together are what a need asks for: half wool, half cotton, of one colour."""
    giver = make_firm(session, "Cernita del Fiume")
    common = {"forms": "CUT_WOVEN", "mass_g": 60_000, "price_milli_eur_kg": None, "regime": "PRODUCT"}
    offers = [
        make_offer(session, giver, composition="WO:100", colour="#202a40", **common),
        make_offer(session, make_firm(session), composition="CO:100", colour="#222c41", **common),
    ]
    make_need(
        session,
        make_firm(session, "Maglificio Calvana"),
        forms="CUT_WOVEN",
        regime="PRODUCT",
        composition="WO:45-55;CO:45-55",
        colour="#212b40",
        delta_e_milli=2_000,
        mass_g=100_000,
        price_milli_eur_kg=None,
        blend=True,
    )
    return offers


@pytest.fixture
def plant(session: Session, market: Market) -> Processor:
    """A firm that pulls the market's cuttings, and a spinner who wants what it makes of them."""
    make_need(
        session,
        make_firm(session, "Filatura Sette Fusi"),
        forms="REGEN_WOOL",
        mass_g=200_000,
        price_milli_eur_kg=None,
    )
    return make_processor(session, make_firm(session, "Sfilacciatura Dente"))
