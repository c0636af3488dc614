# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small district for tests that visit every address as everybody: two deals between four firms, all roles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Invitation, Organisation, Permit, Person
from marketplace.db import Base, now, today
from marketplace.listings.importing import upload
from marketplace.listings.sheets import read_rows, read_sheet
from marketplace.policy import TABLE, Role, Scope
from tests.browser import Page
from tests.deals import acting, make_deal
from tests.world import (
    join,
    make_arrangement,
    make_body,
    make_firm,
    make_need,
    make_offer,
    make_person,
    make_processor,
    make_proposal,
    sign_in_as,
)

UNKNOWN = 987_654_321
OWN, OTHER, NONE = "own", "other firm", "none"
OWNERS = ("firm_id", "offer_firm_id", "need_firm_id", "organisation_id", "firm_a_id", "firm_b_id")
"""Columns that tie a row to organisations."""
SHEET = "Materiale;Composizione;Quantità kg\nRitagli maglia lana;100% WO;250\n".encode()
HIDDEN = {"listing": {"draft", "withdrawn", "expired"}, "proposal": {"computed", "dropped"}}
"""States in which a row has not been put on show."""


@dataclass(frozen=True)
class Thing:
    """A row and, from how it was made, to whom it belongs."""

    model: type[Any]
    id: int
    firms: frozenset[str] = frozenset()
    on_show: bool = True
    """Whether its owner (a listing) or the coordinator (a proposal) has put it on show."""
    person: str = ""


@dataclass
class Somebody:
    """A person who visits: roles with the organisation each is held in."""

    name: str
    roles: tuple[tuple[Role, str], ...] = ()
    mandates: frozenset[str] = frozenset()
    pending: bool = False
    """Whether the person's firm still waits to be verified: then nothing but one's own is within reach."""
    email: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    csrf_token: str = ""

    def __str__(self) -> str:
        return self.name

    def holds(self, action: str, thing: Thing | None = None) -> bool:
        """Whether the table gives this person the right, worked out from who is who and not from rows."""
        scopes = [(org, TABLE[action][role]) for role, org in self.roles if role in TABLE[action]]
        single = [(org, s) for org, held in scopes for s in held if not self.pending or s in Scope.SELF | Scope.OWN]
        return bool(single) if thing is None else any(self._reaches(s, org, thing) for org, s in single)

    def _reaches(self, scope: Scope, organisation: str, thing: Thing) -> bool:
        if scope is Scope.ALL:
            return True
        if scope not in thing.model.__reach__:
            return False
        hidden = thing.model.__reach__[scope].states is not None and not thing.on_show
        return (
            not hidden
            and {
                Scope.SELF: thing.person == self.name,
                Scope.OWN: organisation in thing.firms,
                Scope.PARTY: organisation in thing.firms,
                Scope.LISTED: True,
                Scope.MEMBERS: bool(self.mandates & thing.firms),
                Scope.UNINVOLVED: not {org for _role, org in self.roles} & thing.firms,
            }[scope]
        )

    def whose(self, thing: Thing) -> str:
        """How the thing stands to this person."""
        mine = {org for _role, org in self.roles} & thing.firms or thing.person == self.name
        return OWN if mine else OTHER

    def client(self, app: Flask) -> FlaskClient:
        """A browser in which this person is signed in."""
        client = app.test_client()
        for name, value in self.cookies.items():
            client.set_cookie(name, value)
        return client


@dataclass
class District:
    """Everybody, and every row that an address may name."""

    people: list[Somebody]
    names: dict[int, str]
    """What the tests call each organisation, by key."""

    def sign_everybody_in(self, app: Flask) -> None:
        """Through the form; keeps each person's cookies and a token for their forms."""
        for somebody in self.people:
            client = app.test_client()
            if somebody.email:
                sign_in_as(client, somebody.email)
            page = Page(client.get("/faq").get_data(as_text=True))
            tokens = [e.get("value", "") for e in page.all("input") if e.get("name") == "csrf_token"]
            somebody.csrf_token = tokens[0]
            somebody.cookies = {
                name: cookie.value for name in ("session", "browser") if (cookie := client.get_cookie(name))
            }


def make_district(session: Session) -> District:
    """Firms A–B with one deal and C–D with another, P that waits to be verified, and everybody else."""
    union = make_body(session, "association", "Unione")
    places = {name: make_firm(session, f"Firm {name}") for name in "ABCD"}
    places["A"].association_id, places["A"].mandate_given = union.id, True
    places |= {"P": make_firm(session, "Firm P", state="pending", verified_at=None), "union": union}
    places |= {"city": make_body(session), "school": make_body(session, "university")}
    people = list(_people(session, places))
    for giver, taker in ("AB", "CD"):
        offer, need = make_offer(session, places[giver]), make_need(session, places[taker])
        deal = make_deal(session, offer, need)
        make_proposal(session, offer, need, state="computed")
        make_arrangement(session, offer, need, make_processor(session, places[giver]))
        make_offer(session, places[giver], state="draft", published_at=None)
        _waiting_rows(session, places[giver], deal.giver)
    session.commit()
    return District(people, {place.id: name for name, place in places.items()})


def _people(session: Session, places: dict[str, Organisation]) -> Iterator[Somebody]:
    roles: dict[str, tuple[tuple[Role, str], ...]] = {
        "anonymous": (),
        "member of A": ((Role.MEMBER, "A"),),
        "manager of A": ((Role.MANAGER, "A"),),
        "manager of B": ((Role.MANAGER, "B"),),
        "manager of P": ((Role.MANAGER, "P"),),
        "coordinator": ((Role.COORDINATOR, "city"),),
        "coordinator who works for B": ((Role.COORDINATOR, "city"), (Role.MEMBER, "B")),
        "analyst": ((Role.ANALYST, "school"),),
        "officer of A's association": ((Role.OFFICER, "union"),),
        "admin": ((Role.ADMIN, "city"),),
    }
    for name, held in roles.items():
        somebody = Somebody(name, held, frozenset("A" if "officer" in name else ""), pending="P" in name)
        if held:
            (role, place), *more = held
            person = make_person(session, places[place], role.value, name=name)
            for other_role, other_place in more:
                join(session, person, places[other_place], other_role.value)
            somebody.email = person.email
        yield somebody


def _waiting_rows(session: Session, firm: Organisation, person: Person) -> None:
    """A permit, and an uploaded sheet and an invitation that nobody has accepted yet."""
    session.add(Permit(firm_id=firm.id, waste_code="04 02 22", number="AUT 7/2026"))
    rows = read_rows(read_sheet("offers.csv", SHEET), "offer", today(session))
    upload(session, acting(session, person), "offer", "offers.csv", rows)
    session.add(
        Invitation(
            token_sha256=f"{firm.id:064d}",
            email=f"new.{firm.id}@example.com",
            organisation_id=firm.id,
            role="member",
            language="it",
            invited_by_id=person.id,
            expires_at=now(session) + timedelta(days=7),
        )
    )


def find_things(session: Session, district: District) -> list[Thing]:
    """One row of each guarded kind for each set of firms, on show and not."""
    people = {p.id: p.name for p in session.scalars(select(Person))}
    found: dict[object, Thing] = {}
    for mapper in Base.registry.mappers:
        model = mapper.class_
        if not hasattr(model, "__reach__"):
            continue
        for row in session.scalars(select(model).order_by(model.id)):
            thing = _thing(row, district.names, people)
            whom = thing.person if Scope.SELF in model.__reach__ else ""
            found.setdefault((model, thing.firms, thing.on_show, whom), thing)
    return list(found.values())


def _thing(row: Any, names: dict[int, str], people: dict[int, str]) -> Thing:
    model = type(row)
    ids = {getattr(row, column, None) for column in OWNERS} | ({row.id} if model is Organisation else set())
    person_id = row.id if model is Person else getattr(row, "person_id", None)
    on_show = getattr(row, "state", "") not in HIDDEN.get(model.__tablename__, ())
    return Thing(model, row.id, frozenset(names[i] for i in ids if i in names), on_show, people.get(person_id, ""))
