# SPDX-License-Identifier: AGPL-3.0-or-later
"""Firms, people, listings and deals for tests. What the application can do is done through its own actions."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any, TypeVar

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import MembershipRow, Organisation, Person
from marketplace.db import now, today
from marketplace.ledger.actions import open_account
from marketplace.listings.models import Listing
from marketplace.matches.models import Arrangement, Leg, Proposal, Run, Step
from marketplace.processors.models import Processor
from tests.browser import post

PASSWORD = "cimose-e-blousse-1492"
_numbers = count(1_001)
"""Names of one length: none is the beginning of another."""
Row = TypeVar("Row")


@cache
def _password_hash() -> str:
    # Hashing is slow by design; one hash serves everybody in the tests.
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_firm(session: Session, name: str = "", **more: Any) -> Organisation:
    """A verified firm of Prato; its name and VAT number are its own."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "kind": "firm",
        "state": "verified",
        "vat_number": vat_number(number),
        "trade": "mill",
        "size_class": "small",
        "place_code": "PRATO",
        "lat": 43.88,
        "lon": 11.097,
        "created_at": now(session),
        "verified_at": now(session),
    }
    return _add(session, Organisation(name=name or f"Lanificio {number}", **{**values, **more}))


def make_body(session: Session, kind: str = "municipality", name: str = "", **more: Any) -> Organisation:
    """An organisation that is no firm: the municipality, an association, the university."""
    values = {"state": "verified", "created_at": now(session), "verified_at": now(session)}
    return _add(session, Organisation(kind=kind, name=name or f"{kind} {next(_numbers)}", **{**values, **more}))


def make_person(session: Session, organisation: Organisation, role: str = "manager", **more: Any) -> Person:
    """Somebody with a role in an organisation and the tests' password; reads English."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "email": f"{role}.{number}@example.com",
        "name": f"{role.title()} {number}",
        "language": "en",
        "password_hash": _password_hash(),
        "created_at": now(session),
    }
    person = Person(**{**values, **more})
    person.memberships.append(MembershipRow(organisation=organisation, role=role, created_at=now(session)))
    return _add(session, person)


def join(session: Session, person: Person, organisation: Organisation, role: str) -> Person:
    """A further role of the same person."""
    person.memberships.append(MembershipRow(organisation=organisation, role=role, created_at=now(session)))
    session.flush()
    return person


def sign_in(client: FlaskClient, person: Person) -> FlaskClient:
    """Sign in through the real form; the client itself is handed back."""
    return sign_in_as(client, person.email)


def sign_in_as(client: FlaskClient, email: str) -> FlaskClient:
    """Sign in by address."""
    answer = post(client, "/sign-in", data={"email": email, "password": PASSWORD})
    assert answer.status_code in (302, 303), answer.get_data(as_text=True)
    return client


def make_offer(session: Session, firm: Organisation, **more: Any) -> Listing:
    """A published offer of 1,000 kg of wool cuttings."""
    values = {"forms": "CUT_KNIT", "composition": "WO:100", "regime": "BYPRODUCT", "origin": "pre"}
    return _listing(session, firm, "offer", {**values, "waste_codes": "04 02 22", **more})


def make_need(session: Session, firm: Organisation, **more: Any) -> Listing:
    """A published need of 1,000 kg of wool cuttings."""
    values = {"forms": "CUT_KNIT;CUT_WOVEN", "composition": "WO:80-100;*:0-20", "use": "recycle"}
    return _listing(session, firm, "need", {**values, "regime": "PRODUCT;BYPRODUCT", **more})


def _listing(session: Session, firm: Organisation, side: str, more: dict[str, Any]) -> Listing:
    values: dict[str, Any] = {
        "state": "published",
        "reference": f"{side[0].upper()}-{next(_numbers)}",
        "category_code": "TEX-SCR",
        "theme_code": "TEX",
        "description": "Ritagli di lana",
        "mass_g": 1_000_000,
        "price_milli_eur_kg": 500,
        "place_code": firm.place_code,
        "lat": firm.lat,
        "lon": firm.lon,
        "from_day": today(session),
        "until_day": today(session) + timedelta(days=90),
        "created_at": now(session),
        "published_at": now(session),
    }
    listing = _add(session, Listing(side=side, firm_id=firm.id, **{**values, **more}))
    if listing.state != "draft" and listing.mass_g:
        listing.account = open_account(session, firm.id, side, listing.mass_g, listing)
        session.flush()
    return listing


def make_proposal(session: Session, offer: Listing, need: Listing, **more: Any) -> Proposal:
    """An open proposal of a published run."""
    run = Run(state="published", policy="", queued_at=now(session), finished_at=now(session), summary={})
    _add(session, run)
    values: dict[str, Any] = {
        "state": "open",
        "mass_g": min(offer.mass_g or 0, need.mass_g or 0),
        "score_micro": 700_000,
        "distance_m": 4_200,
        "reasons": [],
    }
    return _add(
        session,
        Proposal(
            run_id=run.id,
            offer_id=offer.id,
            need_id=need.id,
            offer_firm_id=offer.firm_id,
            need_firm_id=need.firm_id,
            **{**values, **more},
        ),
    )


def make_processor(session: Session, firm: Organisation, **more: Any) -> Processor:
    """A firm that pulls cuttings into wool fibre, 830 g from a kilogram."""
    values: dict[str, Any] = {
        "process": "PULL_DRY",
        "input_forms": "CUT_KNIT;CUT_WOVEN",
        "output_form": "REGEN_WOOL",
        "yield_ppm": 830_000,
        "capacity_g": 5_000_000,
        "cost_milli_eur_kg": 450,
        "regimes": "BYPRODUCT;PRODUCT",
        "stated_at": now(session),
    }
    return _add(session, Processor(firm_id=firm.id, **{**values, **more}))


def make_arrangement(session: Session, offer: Listing, need: Listing, processor: Processor) -> Arrangement:
    """100 kg of an offer on the way through a processor to a need, in a published run."""
    run = Run(state="published", policy="", queued_at=now(session), finished_at=now(session), summary={})
    _add(session, run)
    step = Step(place=1, processor=processor, taken_g=100_000, yield_ppm=830_000, cost_milli_eur_kg=450)
    leg = Leg(offer_id=offer.id, offer_firm_id=offer.firm_id, taken_g=100_000, delivered_g=83_000, steps=[step])
    leg.score_micro, leg.reasons = 600_000, [{"name": "form", "amount_micro": 600_000, "offer": "", "need": ""}]
    both = {"need_id": need.id, "need_firm_id": need.firm_id}
    return _add(session, Arrangement(run_id=run.id, kind="chain", delivered_g=83_000, legs=[leg], **both))


def vat_number(number: int) -> str:
    """A partita IVA with a right check digit, made from a running number."""
    digits = f"{number:07d}100"
    doubled = [int(d) * 2 - 9 * (int(d) > 4) if i % 2 else int(d) for i, d in enumerate(digits)]
    return f"{digits}{-sum(doubled) % 10}"


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
