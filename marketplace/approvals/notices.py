# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is told what about a case: coordinators that it waits, the two firms what was decided."""

from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.accounts.queries import list_coordinators, list_readers, reader
from marketplace.approvals.models import Case
from marketplace.approvals.rules import State
from marketplace.outbox.actions import queue

TEMPLATES = {
    State.APPROVED: "approvals/approved",
    State.RETURNED: "approvals/returned",
    State.REFUSED: "approvals/refused",
}
"""What the two firms are told, by what was decided."""


def tell_opened(session: Session, case: Case) -> None:
    """Coordinators of neither firm: a case waits."""
    _tell_coordinators(session, case, "approvals/opened", None)


def tell_second_needed(session: Session, case: Case, first_id: int) -> None:
    """The other coordinators: a second approval is needed."""
    _tell_coordinators(session, case, "approvals/second_needed", first_id)


def tell_decided(session: Session, case: Case) -> None:
    """Both firms: what the coordinator decided. The reason stands on the page."""
    for firm_id, other in ((case.offer_firm_id, case.need_firm), (case.need_firm_id, case.offer_firm)):
        for to in list_readers(session, firm_id):
            queue(session, to, TEMPLATES[State(case.state)], case=case, other=other.name)


def _tell_coordinators(session: Session, case: Case, template: str, but: int | None) -> None:
    for person in list_coordinators(session):
        own = [membership.organisation_id for membership in person.memberships]
        if person.id != but and not case.is_party(own):
            queue(session, reader(person), template, case=case)
