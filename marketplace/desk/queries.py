# SPDX-License-Identifier: AGPL-3.0-or-later
"""What waits for whom, gathered from all rooms; every room answers for its own rights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.exchanges.models import Delivery
from marketplace.exchanges.rules import ON_THE_WAY
from marketplace.jobs.models import Heartbeat
from marketplace.listings.models import Listing
from marketplace.matches.models import LeftOut, Run
from marketplace.policy import Actor, only


def list_drafts(session: Session, actor: Actor) -> Sequence[Listing]:
    """The firm's listings that nobody else sees yet, the newest first."""
    drafts = select(Listing).where(Listing.state == "draft", only(actor, "listings:write", Listing))
    return session.scalars(drafts.order_by(Listing.id.desc()).limit(10)).all()


def list_waiting_listings(session: Session, actor: Actor) -> Sequence[LeftOut]:
    """The firm's published listings that the newest run could not take in, and why."""
    newest = select(func.max(Run.id)).where(Run.state == "published", Run.is_repair.is_(False)).scalar_subquery()
    waiting = (
        select(LeftOut)
        .join(Listing, Listing.id == LeftOut.listing_id)
        .where(LeftOut.run_id == newest, Listing.state == "published", only(actor, "listings:write", Listing))
        .options(joinedload(LeftOut.listing))
    )
    return session.scalars(waiting.order_by(LeftOut.id).limit(10)).all()


def list_runs_to_look_at(session: Session) -> Sequence[Run]:
    """Runs under way, and finished ones that nobody has published, the newest first."""
    whole = Run.is_repair.is_(False)
    newest = select(func.coalesce(func.max(Run.id), 0)).where(Run.state == "published", whole).scalar_subquery()
    open_runs = select(Run).where(Run.state.in_(("queued", "running", "done")), Run.id > newest)
    # A repair that found nothing has nothing to publish.
    open_runs = open_runs.where(or_(whole, Run.state != "done", Run.proposals.any()))
    return session.scalars(open_runs.order_by(Run.id.desc()).limit(5)).all()


def states_of_open_loads(session: Session, exchange_ids: Sequence[int]) -> dict[int, set[str]]:
    """Exchange → the states of its loads that do not count yet."""
    found: dict[int, set[str]] = {}
    loads = select(Delivery.exchange_id, Delivery.state)
    loads = loads.where(Delivery.exchange_id.in_(exchange_ids), Delivery.state.in_(sorted(ON_THE_WAY)))
    for exchange_id, state in session.execute(loads):
        found.setdefault(exchange_id, set()).add(state)
    return found


def worker_last_seen(session: Session) -> datetime | None:
    """When a worker last gave a sign of life."""
    return session.scalar(select(func.max(Heartbeat.at)))
