# SPDX-License-Identifier: AGPL-3.0-or-later
"""A way through processors as proposals between neighbours: from the giver to the first, …, from the last to the taker.

What a processor takes in is written as a need of its firm, what it makes of that as an offer of its firm, both for
this way alone. So each stage is a deal of two firms with one mass, its own regime and its own checks by law, and the
grams that leave are not the grams that arrive without any account having to say two things.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from marketplace.listings import actions as listings
from marketplace.listings.models import Listing
from marketplace.matches.models import Arrangement, Leg, Proposal
from marketplace.matches.rules import State
from marketplace.matches.sight import PRIVATE
from marketplace.processors.models import Processor
from matching.market.vocabulary import REGIMES, format_composition, parse_composition
from matching.pairing.chains import leaving, made_whole
from matching.pairing.distance import distance_km


def can_be_staged(arrangement: Arrangement) -> bool:
    """Whether nobody would deal with itself: a firm that works on its own goods is no neighbour of itself."""
    return all(giver != taker for leg in arrangement.legs for giver, taker in pairwise(leg.firm_ids))


def make_stages(session: Session, arrangement: Arrangement) -> list[Proposal]:
    """The proposals of a published arrangement that passes processors, and the listings between its ends.

    A component that goes straight to the need is one proposal, and no stage of anything.
    """
    made = []
    for leg in arrangement.legs:
        for proposal in _stages_of(session, arrangement, leg):
            proposal.arrangement = arrangement
            session.add(proposal)
            made.append(proposal)
    session.flush()
    return made


def _stages_of(session: Session, arrangement: Arrangement, leg: Leg) -> Iterator[Proposal]:
    given, grams = leg.offer, leg.taken_g
    for step in leg.steps:
        firm, made = step.processor.firm, _made_of(given, step.processor, step.made_g)
        taken = listings.arrange(session, firm, "need", _taken_in(given, step.processor, grams))
        yield _between(leg, given, taken, grams)
        given, grams = listings.arrange(session, firm, "offer", made), step.made_g
    yield _between(leg, given, arrangement.need, grams)


def _between(leg: Leg, offer: Listing, need: Listing, mass_g: int) -> Proposal:
    """What two neighbours are asked. The reasons are the whole way's; of prices, a stranger's would be among them."""
    metres = distance_km(*(np.array([one]) for one in (offer.lat, offer.lon, need.lat, need.lon)))[0] * 1000
    public = [reason for reason in leg.reasons if reason["name"] not in PRIVATE]
    return Proposal(
        run_id=leg.arrangement.run_id,
        leg=leg if leg.steps else None,
        offer=offer,
        need=need,
        offer_firm_id=offer.firm_id,
        need_firm_id=need.firm_id,
        state=State.COMPUTED,
        mass_g=mass_g,
        score_micro=leg.score_micro,
        distance_m=math.ceil(metres),
        reasons=public if leg.steps else leg.reasons,
    )


def _taken_in(given: Listing, processor: Processor, mass_g: int) -> dict[str, Any]:
    """The need of a processing firm: what comes to it, under the regimes and waste codes that it states."""
    return {
        "mass_g": mass_g,
        "forms": given.forms,
        "regime": processor.regimes,
        "waste_codes": processor.waste_codes,
        "category_code": given.category_code,
        "use": "recycle",
    }


def _made_of(given: Listing, processor: Processor, mass_g: int) -> dict[str, Any]:
    """The offer of a processing firm: what it makes of what it was given, as the engine reckons with it."""
    regime = _regime_after(given.regime, processor.end_of_waste)
    return {
        "mass_g": mass_g,
        "forms": processor.output_form,
        "composition": _without(given.composition, processor.removes),
        "colour": given.colour,
        "regime": regime,
        "waste_codes": given.waste_codes if regime == "WASTE" else "",
        "origin": given.origin,
        "certificates": ";".join(sorted({*given.certificates.split(";")} & {*processor.certificates.split(";")})),
    }


def _regime_after(regime: str, end_of_waste: bool) -> str:
    return REGIMES[int(leaving(np.array([REGIMES.index(regime)]), np.array([end_of_waste]))[0])]


def _without(composition: str, removes: str) -> str:
    """A composition without the fibres that a process removes; the rest makes up 100 %."""
    if not composition or not removes:
        return composition
    shares = [share for share in parse_composition(composition) if share.fibre not in removes.split(";")]
    whole = made_whole(np.array([[share.pct for share in shares]], dtype=np.int64))[0]
    return format_composition(zip((share.fibre for share in shares), whole.tolist(), strict=True))
