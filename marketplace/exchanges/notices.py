# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is told what about an exchange. Mail names firms and documents, never prices."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from marketplace.accounts.queries import list_coordinators, list_readers, reader
from marketplace.exchanges.models import Exchange
from marketplace.outbox.actions import queue


def tell_sent(session: Session, exchange: Exchange) -> None:
    """The taker: a load is on its way."""
    _tell(session, exchange, "exchanges/sent", [exchange.need_firm_id])


def tell_weighed(session: Session, exchange: Exchange) -> None:
    """Both: a load was weighed in; the taker's manager has to confirm it."""
    _tell(session, exchange, "exchanges/weighed", exchange.firm_ids)


def tell_confirmed(session: Session, exchange: Exchange) -> None:
    """The giver: the taker confirmed a load."""
    _tell(session, exchange, "exchanges/confirmed", [exchange.offer_firm_id])


def tell_contested(session: Session, exchange: Exchange) -> None:
    """Both firms and the coordinators: a weighing is contested."""
    _tell(session, exchange, "exchanges/contested", exchange.firm_ids)
    _tell_coordinators(session, exchange, "exchanges/to_settle")


def tell_settled(session: Session, exchange: Exchange) -> None:
    """Both firms: the coordinator settled a contested load."""
    _tell(session, exchange, "exchanges/settled", exchange.firm_ids)


def tell_closed(session: Session, exchange: Exchange) -> None:
    """The giver: the taker closed the exchange before all had come."""
    _tell(session, exchange, "exchanges/closed", [exchange.offer_firm_id])


def tell_asked(session: Session, exchange: Exchange, firm_id: int | None) -> None:
    """The other firm and the coordinators: a correction is asked for."""
    _tell(session, exchange, "exchanges/asked", [other for other in exchange.firm_ids if other != firm_id])
    _tell_coordinators(session, exchange, "exchanges/to_settle")


def tell_corrected(session: Session, exchange: Exchange) -> None:
    """Both firms: a mass was corrected."""
    _tell(session, exchange, "exchanges/corrected", exchange.firm_ids)


def tell_not_corrected(session: Session, exchange: Exchange) -> None:
    """Both firms: the coordinator refused a correction."""
    _tell(session, exchange, "exchanges/not_corrected", exchange.firm_ids)


def _tell(session: Session, exchange: Exchange, template: str, firm_ids: Iterable[int]) -> None:
    names = {exchange.offer_firm_id: exchange.need_firm.name, exchange.need_firm_id: exchange.offer_firm.name}
    for firm_id in firm_ids:
        for to in list_readers(session, firm_id):
            queue(session, to, template, exchange=exchange, other=names[firm_id])


def _tell_coordinators(session: Session, exchange: Exchange, template: str) -> None:
    for person in list_coordinators(session):
        own = {membership.organisation_id for membership in person.memberships}
        if not own & set(exchange.firm_ids):
            queue(session, reader(person), template, exchange=exchange)
