# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of pairs: those that are not proposed any more, those that are talked about."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from marketplace.matches.models import Arrangement, ForbiddenPair, Leg, Proposal, Run
from marketplace.matches.queries.runs import WHOLE

_MOST_REPAIRS = 2


def forbidden_pairs(session: Session) -> set[tuple[int, int]]:
    """(offer, need) that are not proposed to each other any more."""
    return {(a, b) for a, b in session.execute(select(ForbiddenPair.offer_id, ForbiddenPair.need_id))}


def find_forbidden(session: Session, offer_id: int, need_id: int) -> ForbiddenPair | None:
    """Why and since when this pair is not proposed."""
    pair = select(ForbiddenPair).where(ForbiddenPair.offer_id == offer_id, ForbiddenPair.need_id == need_id)
    return session.execute(pair).scalar_one_or_none()


def talked_about_pairs(session: Session) -> set[tuple[int, int]]:
    """(offer, need) that firms are negotiating about; of a stage, those at the ends of its way."""
    stages = select(Proposal).outerjoin(Proposal.leg).outerjoin(Leg.arrangement).where(Proposal.state == "negotiating")
    ends = func.coalesce(Leg.offer_id, Proposal.offer_id), func.coalesce(Arrangement.need_id, Proposal.need_id)
    return {(a, b) for a, b in session.execute(stages.with_only_columns(*ends))}


def list_unrepaired(session: Session) -> list[ForbiddenPair]:
    """Pairs refused since the newest published whole run read the market whose grams no run has placed anew.

    A repair that failed is tried once more; one that fails again leaves its pairs to the next whole run. One that was
    cancelled is not: the coordinator meant it.
    """
    whole = select(Run.started_at).where(Run.state == "published", WHOLE).order_by(Run.id.desc()).limit(1)
    its_repair, since = aliased(Run), aliased(Run)
    failed = (since.state == "failed") & since.is_repair & (since.queued_at >= ForbiddenPair.at)
    tries = select(func.count()).select_from(since).where(failed).correlate(ForbiddenPair).scalar_subquery()
    waiting = ForbiddenPair.repair_id.is_(None) | ((its_repair.state == "failed") & (tries < _MOST_REPAIRS))
    pairs = select(ForbiddenPair).outerjoin(its_repair, ForbiddenPair.repair_id == its_repair.id)
    pairs = pairs.where(waiting, ForbiddenPair.at > whole.scalar_subquery())
    return list(session.scalars(pairs.order_by(ForbiddenPair.id)))


def list_repaired_by(session: Session, run: Run) -> list[ForbiddenPair]:
    """The refused pairs whose grams a run places anew."""
    pairs = select(ForbiddenPair).where(ForbiddenPair.repair_id == run.id)
    return list(session.scalars(pairs.order_by(ForbiddenPair.id)))
