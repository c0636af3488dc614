# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is told what about a negotiation. Mail says that something waits; terms and messages stay on the page."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from marketplace.accounts.queries import list_readers
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.rules import waiting_firms
from marketplace.outbox.actions import queue


def tell_turn(session: Session, negotiation: Negotiation, firm_ids: Iterable[int]) -> None:
    """These firms may put terms on the table, or answer those of the other side."""
    _tell(session, negotiation, "negotiations/your_turn", firm_ids)


def tell_agreed(session: Session, negotiation: Negotiation) -> None:
    """Both firms: the terms are agreed and wait for the coordinator."""
    _tell(session, negotiation, "negotiations/agreed", negotiation.firm_ids)


def tell_withdrawn(session: Session, negotiation: Negotiation, firm_id: int) -> None:
    """The firm that was left: the other side has stepped back."""
    _tell(session, negotiation, "negotiations/withdrawn", [firm_id])


def tell_expired(session: Session, negotiation: Negotiation) -> None:
    """Both firms: nobody answered in time."""
    _tell(session, negotiation, "negotiations/expired", negotiation.firm_ids)


def tell_message(session: Session, negotiation: Negotiation, firm_id: int) -> None:
    """The firm to which somebody wrote."""
    _tell(session, negotiation, "negotiations/message", [firm_id])


def remind(session: Session, negotiation: Negotiation) -> None:
    """Whoever's turn it is: the time to answer is nearly over."""
    waiting = waiting_firms(negotiation.state, negotiation.firm_ids, negotiation.terms_firm_id)
    _tell(session, negotiation, "negotiations/reminder", waiting)


def _tell(session: Session, negotiation: Negotiation, template: str, firm_ids: Iterable[int]) -> None:
    names = {
        negotiation.offer_firm_id: negotiation.offer_firm.name,
        negotiation.need_firm_id: negotiation.need_firm.name,
    }
    for firm_id in firm_ids:
        other = names[negotiation.other_firm_id(firm_id)]
        for reader in list_readers(session, firm_id):
            queue(session, reader, template, negotiation=negotiation, other=other)
