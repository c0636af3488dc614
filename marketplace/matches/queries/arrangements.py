# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of arrangements, what takes more than two firms, and of the proposals that are components of recipes."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.listings.models import Listing
from marketplace.matches.models import Arrangement, Leg, Proposal, Run, Step
from marketplace.matches.queries.runs import WHOLE
from marketplace.processors.models import Processor

_LEGS = selectinload(Arrangement.legs)
_STEPS = _LEGS.selectinload(Leg.steps).joinedload(Step.processor).joinedload(Processor.firm)


def list_arrangements(session: Session, run: Run | None) -> list[Arrangement]:
    """What a run leaves for the coordinator to arrange, recipes first, the most kilograms first; of no run: none."""
    if run is None:
        return []
    found = select(Arrangement).where(Arrangement.run_id == run.id)
    order = (Arrangement.kind.desc(), Arrangement.delivered_g.desc(), Arrangement.id)
    need = joinedload(Arrangement.need).joinedload(Listing.firm)
    return list(session.scalars(found.options(need, _STEPS).order_by(*order)))


def list_asked(session: Session, firm_id: int) -> list[Arrangement]:
    """What firms were asked to do together since the newest published run, as far as this firm has a part in it."""
    newest = select(func.max(Run.id)).where(Run.state == "published", WHOLE).scalar_subquery()
    gives = Arrangement.legs.any(Leg.offer_firm_id == firm_id)
    processes = Arrangement.legs.any(Leg.steps.any(Step.processor.has(Processor.firm_id == firm_id)))
    own = gives | processes | (Arrangement.need_firm_id == firm_id)
    found = select(Arrangement).where(Arrangement.run_id == newest, Arrangement.asked_at.is_not(None), own)
    whole = (joinedload(Arrangement.need), _LEGS.joinedload(Leg.offer), _STEPS)
    return list(session.scalars(found.options(*whole).order_by(Arrangement.id)))


def get_arrangement(session: Session, arrangement_id: int) -> Arrangement:
    """An arrangement that is known to exist, with all that its page shows."""
    offer = _LEGS.joinedload(Leg.offer)
    whole = (
        joinedload(Arrangement.need).joinedload(Listing.firm),
        joinedload(Arrangement.run),
        offer.joinedload(Listing.firm),
        offer.joinedload(Listing.account),
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
    """Grams of a listing that a run left to be arranged: taken of an offer, delivered to a need."""
    own = Leg.offer_id == listing.id if listing.side == "offer" else Arrangement.need_id == listing.id
    grams = func.sum(Leg.taken_g if listing.side == "offer" else Leg.delivered_g)
    to_arrange = Arrangement.is_proposed.is_(False)
    found = select(grams).join(Leg.arrangement).where(Arrangement.run_id == run_id, to_arrange, own)
    return int(session.execute(found).scalar_one() or 0)


def list_components(session: Session, recipe_id: int | None) -> list[Proposal]:
    """The proposals of a recipe with their offers, the largest first; none for what belongs to no recipe."""
    if recipe_id is None:
        return []
    offer = joinedload(Proposal.offer).joinedload(Listing.firm)
    components = select(Proposal).where(Proposal.recipe_id == recipe_id).options(offer)
    return list(session.scalars(components.order_by(Proposal.mass_g.desc(), Proposal.id)))


def talked_about_recipes(session: Session) -> set[int]:
    """Recipes of which two firms negotiate about a component."""
    found = select(Proposal.recipe_id).where(Proposal.state == "negotiating", Proposal.recipe_id.is_not(None))
    return set(session.scalars(found))
