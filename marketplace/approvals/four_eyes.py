# SPDX-License-Identifier: AGPL-3.0-or-later
"""Separation of duties inside the transaction: rights are read again and held until it ends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import MembershipRow, Person
from marketplace.accounts.signed_in import actor_of
from marketplace.approvals.rules import NotYourCase
from marketplace.errors import NotAllowed
from marketplace.policy import Actor, can


def hold_right(session: Session, actor: Actor, action: str, deal: Any) -> None:
    """Make sure that the person still holds the right over this deal and keeps it until the transaction ends.

    A right taken away in the meantime is not used any more: NotAllowed. Nobody acts on a deal of an organisation
    of their own, a suspended one included: NotYourCase.
    """
    held = select(Person).where(Person.id == actor.person_id).with_for_update(read=True)
    person = session.scalars(held, execution_options={"populate_existing": True}).one_or_none()
    own = session.scalars(
        select(MembershipRow.organisation_id)
        .where(MembershipRow.person_id == actor.person_id)
        .with_for_update(read=True)
    ).all()
    if {deal.offer_firm_id, deal.need_firm_id} & set(own):
        raise NotYourCase
    if person is None or not can(actor_of(session, person), action, deal):
        raise NotAllowed
