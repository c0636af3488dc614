# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of processors."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from marketplace.accounts.models import Organisation
from marketplace.policy import Actor, only
from marketplace.processors.models import Processor


def list_usable(session: Session) -> Sequence[Processor]:
    """The processes of verified firms that stand somewhere on the map, by id, with firms and their permits."""
    return session.scalars(
        select(Processor)
        .join(Processor.firm)
        .options(contains_eager(Processor.firm).selectinload(Organisation.permits))
        .where(
            Processor.withdrawn_at.is_(None),
            Organisation.state == "verified",
            Organisation.lat.is_not(None),
            Organisation.lon.is_not(None),
        )
        .order_by(Processor.id)
    ).all()


def list_visible(session: Session, actor: Actor) -> Sequence[Processor]:
    """The processes this person may see that are not withdrawn, by firm, in the order they were stated."""
    visible = select(Processor).where(Processor.withdrawn_at.is_(None), only(actor, "processors:see", Processor))
    return session.scalars(visible.options(joinedload(Processor.firm)).order_by(Processor.firm_id, Processor.id)).all()
