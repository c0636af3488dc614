# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of runs, and of all that one ships."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from marketplace.matches.comparison import Outcome, Shipment
from marketplace.matches.models import Arrangement, Leg, Proposal, Run

PER_PAGE = 20
WHOLE = Run.is_repair.is_(False)
"""Runs that looked at the whole market."""
PASSES_PROCESSORS = Arrangement.legs.any(Leg.steps.any())
"""Arrangements that are proposed stage by stage, not offer by offer."""


def find_unfinished_run(session: Session) -> Run | None:
    """The run that waits or works, if there is one."""
    return session.execute(select(Run).where(Run.unfinished.is_(True))).scalar_one_or_none()


def get_run(session: Session, run_id: int, *, lock: bool = False) -> Run:
    """A run that is known to exist, as it is now; `lock`: nobody else changes it in this transaction."""
    found = select(Run).where(Run.id == run_id).execution_options(populate_existing=True)
    return session.execute(found.with_for_update() if lock else found).scalar_one()


def list_runs(session: Session, page: int) -> list[Run]:
    """Runs, newest first."""
    runs = select(Run).order_by(Run.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return list(session.scalars(runs))


def count_runs(session: Session) -> int:
    """How many runs there are."""
    return session.execute(select(func.count()).select_from(Run)).scalar_one()


def list_lost_runs(session: Session, silent_since: datetime) -> list[Run]:
    """Unfinished runs that nobody has worked on since a moment."""
    seen = func.coalesce(Run.heartbeat_at, Run.queued_at)
    return list(session.scalars(select(Run).where(Run.unfinished.is_(True), seen < silent_since)))


def list_finished_runs(session: Session, but: Run) -> list[Run]:
    """Other runs that have a result, newest first."""
    others = select(Run).where(Run.state.in_(("done", "published")), Run.id != but.id, WHOLE)
    return list(session.scalars(others.order_by(Run.id.desc()).limit(PER_PAGE)))


def find_newest_published_run(session: Session) -> Run | None:
    """The run whose proposals firms see; repairs add to it."""
    published = select(Run).where(Run.state == "published", WHOLE)
    return session.scalars(published.order_by(Run.id.desc()).limit(1)).first()


def find_newest_taught(session: Session) -> Run | None:
    """The newest finished run, with what past answers had taught by then."""
    finished = select(Run).where(Run.state.in_(("done", "published"))).order_by(Run.id.desc()).limit(1)
    return session.scalars(finished).first()


def outcome_of(session: Session, run: Run) -> Outcome:
    """All that a run ships: straight from offer to need, and through processors."""
    of_run = (Proposal.run_id == run.id) & ~Proposal.arrangement.has(PASSES_PROCESSORS)
    columns = (Proposal.offer_id, Proposal.need_id, Proposal.offer_firm_id, Proposal.need_firm_id, Proposal.mass_g)
    pairs = session.execute(select(*columns).where(of_run, Proposal.state != "dropped"))
    shipments = [Shipment((offer, need, ()), (giver, taker), mass_g) for offer, need, giver, taker, mass_g in pairs]
    legs = select(Leg).join(Leg.arrangement).where(Arrangement.run_id == run.id, PASSES_PROCESSORS)
    for leg in session.scalars(legs.options(contains_eager(Leg.arrangement), selectinload(Leg.steps))):
        way = (leg.offer_id, leg.arrangement.need_id, tuple(step.processor_id for step in leg.steps))
        shipments.append(Shipment(way, (leg.offer_firm_id, leg.arrangement.need_firm_id), leg.delivered_g))
    return Outcome(run, shipments)
