# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people of the journeys, and the steps of a deal as they take them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.deals import make_deal
from tests.journeys.installation import Installation
from tests.journeys.visitor import Visitor
from tests.world import make_body, make_firm, make_need, make_offer, make_person

SECONDS_FOR_A_RUN = 90


@dataclass(frozen=True)
class Cast:
    """Addresses of the people of one journey."""

    giver: str
    taker: str
    coordinator: str
    analyst: str


def invite(installation: Installation) -> Cast:
    """Two verified firms, the municipality and the university, one person each.

    Three deals of other firms are delivered already: of fewer than three firms a side nobody sees a figure.
    """
    with installation.writing() as session:
        for _ in range(3):
            their_offer, their_need = (
                make(session, make_firm(session), mass_g=400_000) for make in (make_offer, make_need)
            )
            make_deal(session, their_offer, their_need, upto="delivered")
        return Cast(
            make_person(session, make_firm(session, "Lanificio Gelso")).email,
            make_person(session, make_firm(session, "Rigenerati Bisenzio")).email,
            make_person(session, make_body(session, name="Comune"), "coordinator").email,
            make_person(session, make_body(session, "university", "Ateneo"), "analyst").email,
        )


def offer(visitor: Visitor) -> None:
    """Write an offer of wool cuttings and put it on show."""
    visitor.open("/listings/new?side=offer")
    visitor.type("description", "ritagli di maglia, pura lana")
    visitor.type("mass_kg", "1200,5")
    visitor.press("Suggest form and codes")
    visitor.press("Choose: cutting scraps, knitwear")
    visitor.press("Choose: Fabric scraps, selvedges, headers")
    visitor.press("Choose: wool")
    visitor.type("shares-0-percent", "100")
    visitor.choose("regime", "BYPRODUCT")
    visitor.choose("origin", "pre")
    _save_and_publish(visitor)


def need(visitor: Visitor) -> None:
    """Write the need that the offer fits, and put it on show."""
    visitor.open("/listings/new?side=need")
    visitor.choose("category_code", "TEX-SCR")
    visitor.tick("forms", "CUT_KNIT")
    visitor.type("mass_kg", "900")
    visitor.tick("regimes", "BYPRODUCT")
    visitor.choose("bounds-0-fibre", "WO")
    visitor.type("bounds-0-least", "80")
    visitor.type("bounds-0-most", "100")
    _save_and_publish(visitor)


def _save_and_publish(visitor: Visitor) -> None:
    visitor.press("Save")
    visitor.press("Publish")
    visitor.press("Publish")
    expect(visitor.page.locator("main")).to_contain_text("Published")


def run_matching(visitor: Visitor) -> None:
    """Start a run, wait for its end, show its proposals to the firms."""
    publish = "Publish: show the proposals to their firms"
    visitor.open("/runs")
    visitor.press("Start the run")
    visitor.wait_for(publish, SECONDS_FOR_A_RUN)
    visitor.press(publish)


def say_yes(visitor: Visitor) -> None:
    """Open the only proposal and want to talk about it."""
    visitor.open("/proposals")
    visitor.follow_first_row()
    visitor.press("Yes, we want to talk")


def put_terms(visitor: Visitor, mass: str, price: str) -> None:
    """Put terms on the table of the only negotiation."""
    open_negotiation(visitor)
    visitor.press(re.compile("Make (the first terms|a counter-offer)"))
    visitor.type("mass_g", mass)
    visitor.type("price_milli_eur_kg", price)
    visitor.choose("transport", "giver")
    visitor.press("Put these terms on the table")


def open_negotiation(visitor: Visitor) -> None:
    """Go to the only negotiation."""
    visitor.open("/negotiations")
    visitor.follow_first_row()


def accept(visitor: Visitor) -> None:
    """Accept the terms on the table."""
    open_negotiation(visitor)
    visitor.press("Accept these terms")
    expect(visitor.page.locator("main")).to_contain_text("the kilograms set aside")


def approve(visitor: Visitor) -> None:
    """Approve the only case."""
    visitor.open("/cases")
    visitor.follow_first_row()
    visitor.press("Approve")
    expect(visitor.page.locator("main")).to_contain_text("Approved")


def send(visitor: Visitor, mass: str) -> None:
    """Record the load that leaves."""
    visitor.open("/exchanges")
    visitor.follow_first_row()
    visitor.press("Record a load that leaves")
    visitor.type("mass_g", mass)
    visitor.type("document_number", "1492")
    visitor.type("on", visitor.today())
    visitor.press("Record a load that leaves")


def weigh_and_confirm(visitor: Visitor, mass: str) -> None:
    """Weigh the load in, then confirm what was weighed."""
    visitor.open("/exchanges")
    visitor.follow_first_row()
    visitor.press("Weigh in")
    visitor.type("arrived_g", mass)
    visitor.type("accepted_g", mass)
    visitor.type("on", visitor.today())
    visitor.press("Weigh a load in")
    visitor.press(re.compile("^Confirm "))
    expect(visitor.page.locator("main")).to_contain_text("Load confirmed")


def read_volumes(visitor: Visitor, mass: str) -> None:
    """Find the delivered mass among the volumes, and no unit price anywhere."""
    visitor.open("/volumes")
    expect(visitor.page.locator("main")).to_contain_text(mass)
    assert "€/kg" not in visitor.page.content()


def make_a_deal(cast: Cast, seats: Sequence[Visitor]) -> None:
    """The whole deal: giver, taker, coordinator and analyst, each in a browser of their own."""
    giver, taker, coordinator, analyst = seats
    for visitor, email in zip(seats, (cast.giver, cast.taker, cast.coordinator, cast.analyst), strict=True):
        visitor.sign_in(email)
    offer(giver)
    need(taker)
    run_matching(coordinator)
    say_yes(giver)
    say_yes(taker)
    put_terms(giver, "800", "0,45")
    put_terms(taker, "700", "0,40")
    accept(giver)
    approve(coordinator)
    send(giver, "700")
    weigh_and_confirm(taker, "698,5")
    read_volumes(analyst, "1,447")
