# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ranking one listing finds the partners that a run over everything would find, in the same order."""

import numpy as np
import pytest
from hypothesis import given, settings

from benchmarks.markets import Recipe, market
from matching.allocation.objectives import Fit, Mass
from matching.allocation.policy import Policy
from matching.evidence.view import View
from matching.evidence.view_market import view_of
from matching.market.columns import Needs, Offers
from matching.rank import Standing
from tests.matching.markets import district, markets, needs_of, offers_of

Ranked = list[tuple[str, str, int]]


def expected(view: View, offer: int | None, need: int | None) -> Ranked:
    """Partners of a listing among all pairs of a market, best first."""
    pairs, ids = view.pairs, (view.sides.offers.ids, view.sides.needs.ids)
    own = np.flatnonzero(pairs.offer == offer if offer is not None else pairs.need == need)
    listed = [(ids[0][pairs.offer[k]], ids[1][pairs.need[k]], int(view.legs.value[k])) for k in own.tolist()]
    return sorted((row for row in listed if row[2] > 0), key=lambda row: (-row[2], *row[:2]))


def ranked(standing: Standing, listing: Offers | Needs) -> Ranked:
    return [(one.offer_id, one.need_id, one.score_micro) for one in standing.rank(listing, most=10**6)]


def assert_ranks_everyone(offers: Offers, needs: Needs, step: int = 1) -> int:
    view, standing, found = view_of(offers, needs, Policy()), Standing(offers, needs), 0
    for offer in range(0, len(offers), step):
        partners = ranked(standing, offers.take([offer]))
        assert partners == expected(view, offer, None)
        found += len(partners)
    for need in range(0, len(needs), step):
        assert ranked(standing, needs.take([need])) == expected(view, None, need)
    return found


@settings(max_examples=50, deadline=None)
@given(markets())
def test_any_listing_of_any_market_gets_its_partners(both: tuple[Offers, Needs]) -> None:
    assert_ranks_everyone(*both)


def test_every_listing_of_the_district_gets_its_partners() -> None:
    assert assert_ranks_everyone(*district(), step=3) > 50


@pytest.mark.parametrize("place", ["district", "italy"])
def test_so_do_those_of_larger_markets(place: str) -> None:
    assert assert_ranks_everyone(*market(Recipe(1500, "open", place)), step=40) > 20


def test_objectives_rank_in_their_order_and_what_is_not_looked_at_is_left_out() -> None:
    offers, needs = offers_of({}), needs_of(*({"id": f"N-{k}", "price_eur_kg": str(3 + k)} for k in range(4)))
    policy = Policy(objective=(Mass(tolerance=0), Fit()), around=("N-1", "N-3"))
    assert [one.need_id for one in Standing(offers, needs, policy).rank(offers)] == ["N-3", "N-1"]


def test_only_the_best_are_told_with_terms_and_nobody_forbidden() -> None:
    offers, needs = offers_of({}), needs_of(*({"id": f"N-{k}", "price_eur_kg": str(3 + k)} for k in range(5)))
    best = Standing(offers, needs, Policy(forbids=(("O-1", "N-4"),))).rank(offers, most=2)
    assert [one.need_id for one in best] == ["N-3", "N-2"]
    assert all(one.terms and not one.broken for one in best)


def test_one_listing_is_ranked_at_a_time() -> None:
    offers, needs = district()
    with pytest.raises(ValueError, match="one listing"):
        Standing(offers, needs).rank(offers)
