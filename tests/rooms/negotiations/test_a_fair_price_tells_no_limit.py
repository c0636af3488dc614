# SPDX-License-Identifier: AGPL-3.0-or-later
"""Once they talk, each side reads its end of the fair range, and nothing that rests on another firm's price."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db import today
from marketplace.listings.models import Listing
from marketplace.listings.queries import list_matchable
from marketplace.matches.fair import ranges, seen_from
from marketplace.matches.market import Market, engine_id, market_of
from marketplace.negotiations.models import Negotiation
from matching import match
from matching.allocation.flow import SolverFailedError
from tests.deals import make_deal
from tests.world import make_firm, make_need, make_offer, sign_in


def market(session: Session) -> Market:
    return market_of(list_matchable(session), [], today(session))


def fair_of(session: Session, offer: Listing, need: Listing) -> dict[str, Any]:
    listed = market(session)
    found = ranges(listed, match(listed.offers, listed.needs)) or {}
    return found.get((engine_id("offer", offer.id), engine_id("need", need.id)), {})


def read_by(side: str, fair: dict[str, Any]) -> int | None:
    seen = seen_from(fair, side)
    assert seen is not None
    return seen.price_milli


def test_without_competition_each_side_reads_the_end_that_its_own_price_sets(session: Session) -> None:
    offer = make_offer(session, make_firm(session), price_milli_eur_kg=317)
    need = make_need(session, make_firm(session), price_milli_eur_kg=953)
    fair = fair_of(session, offer, need)
    assert (read_by("offer", fair), read_by("need", fair)) == (317, 953)


def test_a_run_keeps_its_proposals_where_their_prices_are_not_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*proposals: object) -> None:
        raise SolverFailedError("min-cost flow ended with status 4")

    offer, need = make_offer(session, make_firm(session)), make_need(session, make_firm(session))
    listed = market(session)
    solution = match(listed.offers, listed.needs)
    assert (engine_id("offer", offer.id), engine_id("need", need.id)) in (ranges(listed, solution) or {})
    monkeypatch.setattr(type(solution), "fair_prices", fails)
    assert ranges(listed, solution) is None


@pytest.mark.parametrize("limit", [900, 1_100])
def test_what_another_need_would_pay_is_told_to_neither_side(session: Session, limit: int) -> None:
    needs = [make_need(session, make_firm(session), price_milli_eur_kg=price) for price in (1_200, limit)]
    offer = make_offer(session, make_firm(session), price_milli_eur_kg=300)
    fair = fair_of(session, offer, needs[0])
    assert fair == {"offer": None, "need": 1_200, "has_core": True}


@pytest.mark.parametrize("ask", [500, 700])
def test_what_another_offer_asks_is_told_to_neither_side(session: Session, ask: int) -> None:
    offers = [make_offer(session, make_firm(session), price_milli_eur_kg=price) for price in (300, ask)]
    need = make_need(session, make_firm(session), price_milli_eur_kg=1_200)
    fair = fair_of(session, offers[0], need)
    assert fair == {"offer": 300, "need": None, "has_core": True}


@pytest.mark.parametrize(("offered_g", "giver", "taker"), [(200_000, None, 953), (5_000_000, 317, None)])
def test_the_partner_s_own_price_is_not_told_where_one_side_is_short(
    session: Session, offered_g: int, giver: int | None, taker: int | None
) -> None:
    offer = make_offer(session, make_firm(session), price_milli_eur_kg=317, mass_g=offered_g)
    need = make_need(session, make_firm(session), price_milli_eur_kg=953)
    fair = fair_of(session, offer, need)
    assert (read_by("offer", fair), read_by("need", fair)) == (giver, taker)


@pytest.mark.parametrize("side", ["offer", "need"])
def test_between_open_prices_there_is_no_range(session: Session, side: str) -> None:
    prices = {"offer": 300, "need": 900, side: None}
    offer = make_offer(session, make_firm(session), price_milli_eur_kg=prices["offer"])
    need = make_need(session, make_firm(session), price_milli_eur_kg=prices["need"])
    assert fair_of(session, offer, need) == {}


def test_ends_that_an_earlier_form_kept_are_not_told() -> None:
    earlier = {"low_milli": 437, "high_milli": 812, "has_core": True, "kept_from_taker": [], "kept_from_giver": []}
    assert seen_from(earlier, "offer") is None
    assert seen_from({}, "need") is None


def test_the_page_of_the_negotiation_shows_each_side_its_own(session: Session, app: Flask) -> None:
    deal = make_deal(session, upto="negotiation")
    negotiation = session.scalars(select(Negotiation)).one()
    negotiation.proposal.fair = {"offer": 437, "need": 812, "has_core": True}
    session.commit()
    path = f"/negotiations/{negotiation.id}"
    own, other = (sign_in(app.test_client(), one).get(path).get_data(as_text=True) for one in (deal.giver, deal.taker))
    assert "0.437 €/kg or more" in own
    assert "0.812" not in own
    assert "0.812 €/kg or less" in other
    assert "0.437" not in other
    negotiation.proposal.fair = {"offer": None, "need": 812, "has_core": True}
    session.commit()
    text = sign_in(app.test_client(), deal.giver).get(path).get_data(as_text=True)
    assert "Both its ends rest on what other firms ask or pay, which stays private." in text
    assert "0.812" not in text
