# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of arrangements, what takes more than two firms, and of the proposals that are components of recipes."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.listings.models import Listing
from marketplace.matches.models import Arrangement, Leg, Proposal, Run, Step
from marketplace.matches.queries.runs import PASSES_PROCESSORS
from marketplace.processors.models import Processor

_LEGS = selectinload(Arrangement.legs)
_STEPS = _LEGS.selectinload(Leg.steps).joinedload(Step.processor).joinedload(Processor.firm)


def list_arrangements(session: Session, run: Run | None) -> list[Arrangement]:
    """What of a run takes more than two firms, recipes first, the most kilograms first; of no run: none."""
    if run is None:
        return []
    found = select(Arrangement).where(Arrangement.run_id == run.id)
    order = (Arrangement.kind.desc(), Arrangement.delivered_g.desc(), Arrangement.id)
    need = joinedload(Arrangement.need).joinedload(Listing.firm)
    return list(session.scalars(found.options(need, _STEPS).order_by(*order)))


def list_ways(session: Session, run: Run) -> list[Arrangement]:
    """The arrangements of a run that pass processors, the most kilograms first, with all that stages are made of."""
    found = select(Arrangement).where(Arrangement.run_id == run.id, PASSES_PROCESSORS)
    ends = (
        joinedload(Arrangement.need).joinedload(Listing.account),
        _LEGS.joinedload(Leg.offer).joinedload(Listing.account),
    )
    return list(session.scalars(found.options(*ends, _STEPS).order_by(Arrangement.delivered_g.desc(), Arrangement.id)))


def get_arrangement(session: Session, arrangement_id: int) -> Arrangement:
    """An arrangement that is known to exist, with all that its page shows."""
    offer = _LEGS.joinedload(Leg.offer)
    whole = (
        joinedload(Arrangement.need).joinedload(Listing.firm),
        joinedload(Arrangement.run),
        offer.joinedload(Listing.firm),
        _LEGS.selectinload(Leg.stages),
        selectinload(Arrangement.components).joinedload(Proposal.offer).joinedload(Listing.firm),
        selectinload(Arrangement.components).joinedload(Proposal.need).joinedload(Listing.firm),
        _STEPS,
    )
    found = select(Arrangement).where(Arrangement.id == arrangement_id).options(*whole)
    return session.execute(found.execution_options(populate_existing=True)).scalar_one()


def grams_by_processor(session: Session, run_id: int) -> dict[int, int]:
    """Processor → grams that all arrangements of a run bring to it."""
    brought = select(Step.processor_id, func.sum(Step.taken_g)).join(Step.leg).join(Leg.arrangement)
    found = brought.where(Arrangement.run_id == run_id).group_by(Step.processor_id)
    return {processor_id: int(grams) for processor_id, grams in session.execute(found)}


def arranged_g(session: Session, run_id: int, listing: Listing) -> int:
    """Grams of a listing that a run sends through processors or mixes with what they make: taken, or delivered."""
    own = Leg.offer_id == listing.id if listing.side == "offer" else Arrangement.need_id == listing.id
    grams = func.sum(Leg.taken_g if listing.side == "offer" else Leg.delivered_g)
    found = select(grams).join(Leg.arrangement).where(Arrangement.run_id == run_id, PASSES_PROCESSORS, own)
    return int(session.execute(found).scalar_one() or 0)


def list_components(session: Session, arrangement_id: int | None) -> list[Proposal]:
    """The proposals of an arrangement with their listings: of a recipe the largest first, of a way in its order."""
    if arrangement_id is None:
        return []
    both = (joinedload(one).joinedload(Listing.firm) for one in (Proposal.offer, Proposal.need))
    components = select(Proposal).where(Proposal.arrangement_id == arrangement_id).options(*both)
    in_order = (Proposal.leg_id, case((Proposal.leg_id.is_(None), -Proposal.mass_g), else_=0), Proposal.id)
    return list(session.scalars(components.order_by(*in_order)))


def count_others(session: Session, proposal: Proposal, *states: str) -> int:
    """How many other parts of a proposal's arrangement are in one of the states; none where it is no part of one."""
    if proposal.arrangement_id is None:
        return 0
    others = select(func.count()).where(
        Proposal.arrangement_id == proposal.arrangement_id, Proposal.id != proposal.id, Proposal.state.in_(states)
    )
    return session.execute(others).scalar_one()


def talked_about_arrangements(session: Session) -> set[int]:
    """Arrangements of which two firms negotiate about a component."""
    found = select(Proposal.arrangement_id).where(Proposal.state == "negotiating", Proposal.arrangement_id.is_not(None))
    return set(session.scalars(found))
