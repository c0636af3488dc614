# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each firm reads why its own listing keeps kilograms and what it could change; nobody reads another's price."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.db import today
from marketplace.listings.models import Listing
from marketplace.listings.queries import list_matchable
from marketplace.matches import changes, unplaced
from marketplace.matches.market import market_of
from marketplace.matches.models import Run, WhyNot
from marketplace.matches.unplaced import MOST_SECONDS, why_not_rows
from matching import match
from matching.pairing.rules import RULE_NAMES
from tests.rooms.matches.conftest import Market
from tests.world import make_firm, make_need, make_offer, make_person, sign_in

Solved = Callable[[], Run]
FAR = {"lat": 44.05, "lon": 11.097}
"""Some nineteen kilometres north of the others."""


@pytest.fixture
def far_need(session: Session, market: Market) -> Listing:
    """A need whose radius is too small for anything on offer."""
    needy = make_firm(session, "Maglieria Montepiano", **FAR)
    return make_need(session, needy, radius_m=12_000, mass_g=300_000, price_milli_eur_kg=None)


def why(session: Session, run: Run, listing: Listing) -> WhyNot:
    return session.scalars(select(WhyNot).where(WhyNot.run_id == run.id, WhyNot.listing_id == listing.id)).one()


def page(app: Flask, session: Session, person: Person, listing: Listing) -> str:
    session.commit()
    answer = sign_in(app.test_client(), person).get(f"/listings/{listing.id}/why-not")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def published(session: Session, solved: Solved) -> Run:
    run = solved()
    run.state = "published"
    session.flush()
    return run


def test_the_smallest_change_that_brings_kilograms_is_found(
    session: Session, far_need: Listing, solved: Solved
) -> None:
    row = why(session, solved(), far_need)
    assert (row.mass_g, row.placed_g, row.compatible) == (300_000, 0, 0)
    assert {"rule": "radius", "listings": 1, "alone": 1} in row.excluded
    [change] = row.changes
    assert (change["column"], change["before"], change["partners"]) == ("radius_km", "12.000", 1)
    assert 18 < float(change["after"]) < 20
    assert change["mass_g"] == 300_000


def test_a_listing_that_is_placed_whole_says_so(session: Session, app: Flask, market: Market, solved: Solved) -> None:
    run = published(session, solved)
    row = why(session, run, market.need)
    assert (row.mass_g, row.placed_g, row.excluded) == (600_000, 600_000, [])
    assert "All of it found a partner." in page(app, session, market.taker, market.need)


def test_a_firm_reads_its_own_change_in_words(session: Session, app: Flask, far_need: Listing, solved: Solved) -> None:
    published(session, solved)
    owner = make_person(session, far_need.firm)
    text = page(app, session, owner, far_need)
    for shown in ("not further than", "12 km", "300 kg", "Distance"):
        assert shown in text, shown
    for hidden in ("Filatura Bisenzio", "What other firms could change"):
        assert hidden not in text, hidden


def test_prices_leave_no_trace_but_not_met(session: Session, app: Flask, market: Market, solved: Solved) -> None:
    market.offer.price_milli_eur_kg, market.need.price_milli_eur_kg = 91_733, 65_371
    session.flush()
    run = published(session, solved)
    for row in session.scalars(select(WhyNot).where(WhyNot.run_id == run.id)):
        kept = f"{row.excluded}{row.changes}{row.rivals}"
        assert "price_eur_kg" not in kept
        for price in ("91.733", "65.371", "91733", "65371", "26362"):
            assert price not in kept, price
    for person, listing in ((market.giver, market.offer), (market.taker, market.need)):
        text = page(app, session, person, listing)
        assert "some: not met" in text
        for price in ("91.733", "65.371", "26.362"):
            assert price not in text, price
    assert "some: not met" not in page(app, session, market.coordinator, market.offer)


def test_a_change_that_another_firm_would_have_to_make_is_for_the_coordinator(
    session: Session, app: Flask, market: Market, far_need: Listing, solved: Solved
) -> None:
    market.need.state = "withdrawn"
    session.flush()
    published(session, solved)
    own = page(app, session, market.giver, market.offer)
    assert "No small change of this listing alone would bring kilograms." in own
    assert "Maglieria Montepiano" not in own
    text = page(app, session, market.coordinator, market.offer)
    assert "Maglieria Montepiano" in text
    assert "What other firms could change" in text


def test_who_was_better_served_is_for_the_coordinator(
    session: Session, app: Flask, market: Market, solved: Solved
) -> None:
    market.need.mass_g = 1_000_000
    assert market.need.account is not None
    market.need.account.mass_g = 1_000_000
    rival = make_need(session, make_firm(session, "Cardatura Lontana"), lat=43.70, lon=11.3, price_milli_eur_kg=790)
    published(session, solved)
    loser = make_person(session, rival.firm)
    own, full = (page(app, session, person, rival) for person in (loser, market.coordinator))
    assert "Filatura Bisenzio" not in own
    assert "Possible partners that got nothing of it" not in own
    assert "Possible partners that got nothing of it" in full
    assert "Filatura Bisenzio" in full


def test_nothing_is_told_before_the_run_is_published(
    session: Session, app: Flask, market: Market, far_need: Listing, solved: Solved
) -> None:
    solved()
    owner = make_person(session, far_need.firm)
    assert "No published matching has looked at this listing" in page(app, session, owner, far_need)


def test_another_firms_reasons_are_not_to_be_had(
    session: Session, app: Flask, market: Market, far_need: Listing, solved: Solved
) -> None:
    published(session, solved)
    session.commit()
    client = sign_in(app.test_client(), market.giver)
    assert client.get(f"/listings/{far_need.id}/why-not").status_code == 403
    assert "why-not" not in client.get(f"/listings/{far_need.id}").get_data(as_text=True)
    assert "why-not" in client.get(f"/listings/{market.offer.id}").get_data(as_text=True)


def test_asking_ends_when_time_is_up(session: Session, market: Market, far_need: Listing) -> None:
    make_offer(session, make_firm(session), forms="CUT_WOVEN", regime="WASTE")
    listed = market_of(list_matchable(session), [], today(session))
    solution = match(listed.offers, listed.needs)
    everybody = list(why_not_rows(1, listed, solution))
    assert {row.listing_id for row in everybody} == {one.id for one in list_matchable(session)}
    ticks = count()
    hurried = list(why_not_rows(1, listed, solution, clock=lambda: next(ticks) * MOST_SECONDS))
    assert len(hurried) == len(everybody)
    unasked = [row for row in hurried if row.is_asked is False]
    assert 0 < len(unasked) < len(everybody)
    assert all(row.placed_g < row.mass_g and not row.excluded for row in unasked)


def test_a_listing_whose_turn_did_not_come_in_time_says_so(
    session: Session, app: Flask, far_need: Listing, solved: Solved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unplaced, "MOST_SECONDS", -1)
    published(session, solved)
    text = page(app, session, make_person(session, far_need.firm), far_need)
    assert "The matching looked at this listing, but the time for reasons was used up before its turn came." in text
    assert "300 kg" in text
    for untrue in ("No published matching has looked", "that pass every rule", "No small change"):
        assert untrue not in text, untrue


def test_every_rule_of_the_engine_has_words() -> None:
    assert set(RULE_NAMES) < set(changes.RULES)


@pytest.mark.parametrize(
    ("column", "side", "after", "shown"),
    [
        ("forms", "need", "CUT_WOVEN", "woven"),
        ("composition", "need", "WO:75-100;*:0-24", "at least 75% wool"),
        ("composition", "offer", "?", "to be stated"),
        ("available_until", "offer", "2027-02-01", "2027"),
        ("divisible", "offer", "yes", "yes"),
        ("lot_kg", "need", "", "not stated"),
        ("lot_kg", "need", "1250.5", "1,250.5 kg"),
        ("certificates", "offer", "GRS;OEKOTEX", "GRS, OEKOTEX"),
        ("delta_e", "need", "3.25", "3.25"),
    ],
)
def test_a_changed_cell_is_shown_in_words(in_app: Flask, column: str, side: str, after: str, shown: str) -> None:
    with in_app.test_request_context(headers={"Accept-Language": "en"}):
        assert shown in changes.value({"column": column, "after": after}, "after", side)
