# SPDX-License-Identifier: AGPL-3.0-or-later
"""After a refusal: a run that places anew what it set free, and leaves open proposals what they speak of.

Such a run looks only at pairs with a listing of a refused pair. It waits for the coordinator like any other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.listings.models import Listing
from marketplace.matches import queries
from marketplace.matches.actions import start_run
from marketplace.matches.market import Market, Taken, engine_id, market_of
from marketplace.matches.models import ForbiddenPair, Proposal
from marketplace.matches.rules import RunUnderWay
from marketplace.policy import Actor
from marketplace.timetable import soon
from marketplace.web.constraints import explain_violation

SECONDS = 10
"""Wall clock for an allocation of few pairs."""


def ask_for_repair(session: Session, _actor: Actor | None, _refused: Proposal) -> None:
    """Have what a refusal sets free placed anew after the commit."""
    soon(session, "repair refusals")


def repair_refused(session: Session) -> None:
    """Start a run for all refusals that wait for one, unless a run is under way: then they wait for its end."""
    waiting, published = queries.list_unrepaired(session), queries.find_newest_published_run(session)
    if not waiting or published is None:
        return
    try:
        with session.begin_nested():
            run = start_run(session, None, published.policy, SECONDS, is_repair=True)
    except RunUnderWay:
        return
    except IntegrityError as error:
        # A coordinator's run that was kept since it was looked for.
        if not isinstance(explain_violation(error), RunUnderWay):
            raise
        return
    for pair in waiting:
        pair.repair_id = run.id


def market_beside(shown: Iterable[Proposal], listings: Iterable[Listing], day: date) -> Market:
    """What is left of the listings when open proposals keep what they speak of; processors are left out."""
    taken: dict[int, Taken] = defaultdict(Taken)
    for proposal in shown:
        for listing_id in (proposal.offer_id, proposal.need_id):
            taken[listing_id].mass_g += proposal.mass_g
            taken[listing_id].partners += 1
    left = [listing for listing in listings if taken[listing.id].leaves_some_of(listing)]
    return market_of(left, [], day, taken)


def listings_of(pairs: Iterable[ForbiddenPair]) -> tuple[str, ...]:
    """Both listings of each pair, as the engine calls them."""
    ids = {engine_id(side, key) for pair in pairs for side, key in (("offer", pair.offer_id), ("need", pair.need_id))}
    return tuple(sorted(ids))
