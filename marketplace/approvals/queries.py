# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads of cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import MembershipRow, Permit
from marketplace.approvals import facts as values
from marketplace.approvals.checks import checks
from marketplace.approvals.facts import CaseFacts, Check
from marketplace.approvals.models import Case
from marketplace.approvals.rules import UNDECIDED, State
from marketplace.db import today
from marketplace.installation import current_settings
from marketplace.listings.models import Listing
from marketplace.matches.models import Proposal
from marketplace.matches.queries import count_others, list_components
from marketplace.matches.rules import State as Proposed
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.rules import State as Talk
from marketplace.policy import Actor, Role, only

PAGE = 25
VIEWS = ("mine", "waiting", "approved", "returned", "refused", "void", "all")
"""The filters of the desk; "mine" is what waits for the person who looks."""


def newest_case(session: Session, negotiation_id: int) -> Case | None:
    """The latest case of a negotiation, or None while nothing was ever agreed."""
    return session.scalar(select(Case).where(Case.negotiation_id == negotiation_id).order_by(Case.id.desc()).limit(1))


def list_cases(session: Session, actor: Actor | None, view: str, page: int) -> list[Case]:
    """One page of the desk, the oldest first."""
    found = _with_names().where(_seen(actor, view)).order_by(Case.opened_at, Case.id)
    return list(session.scalars(found.limit(PAGE).offset((page - 1) * PAGE)))


def count_cases(session: Session, actor: Actor | None, view: str) -> int:
    """How many cases the desk has under this filter."""
    return int(session.scalar(select(func.count()).select_from(Case).where(_seen(actor, view))) or 0)


def list_waiting_for(session: Session, actor: Actor | None, limit: int = 50) -> list[Case]:
    """Cases that this coordinator can decide now, the oldest first."""
    found = _with_names().where(_waits_for(actor)).order_by(Case.opened_at, Case.id).limit(limit)
    return list(session.scalars(found))


def count_waiting_for(session: Session, actor: Actor | None) -> int:
    """How many cases this coordinator can decide now."""
    return int(session.scalar(select(func.count()).select_from(Case).where(_waits_for(actor))) or 0)


def is_coordinator_involved(session: Session, firm_ids: Iterable[int]) -> bool:
    """Whether somebody who coordinates also belongs to one of these organisations, in any role."""
    coordinators = select(MembershipRow.person_id).where(MembershipRow.role == Role.COORDINATOR.value)
    involved = select(MembershipRow.id).where(
        MembershipRow.organisation_id.in_(sorted(firm_ids)), MembershipRow.person_id.in_(coordinators)
    )
    return session.scalar(involved.limit(1)) is not None


def list_checks(session: Session, case: Case) -> list[Check]:
    """The checks of a case against the listings, firms and permits as they are now."""
    return checks(facts_of(session, case))


def facts_of(session: Session, case: Case) -> CaseFacts:
    """What the checks look at."""
    negotiation, terms = case.negotiation, case.round
    offer, need = negotiation.offer, negotiation.need
    permits = session.scalars(select(Permit).where(Permit.firm_id.in_(negotiation.firm_ids)).order_by(Permit.id)).all()
    return CaseFacts(
        today=today(session),
        regime=offer.regime,
        mass_g=terms.mass_g,
        price_milli_eur_kg=terms.price_milli_eur_kg,
        transport=terms.transport,
        offer_mass_g=offer.mass_g or 0,
        need_mass_g=need.mass_g or 0,
        pickup=(terms.pickup_from, terms.pickup_until),
        **_of_offer(offer),
        **_of_need(need),
        permits=tuple(_permits(permits, need.firm_id)),
        giver_has_permit=any(permit.firm_id == offer.firm_id for permit in permits),
        giver_albo=frozenset(_several(negotiation.offer_firm.albo_categories)),
        taker_albo=frozenset(_several(negotiation.need_firm.albo_categories)),
        operator_is_broker=bool(current_settings().broker_number),
        mix=_mix_of(session, negotiation.proposal),
    )


def count_approved_parts(session: Session, case: Case) -> int:
    """How many other parts of the way or recipe that a case belongs to led to a deal already."""
    return count_others(session, case.negotiation.proposal, Proposed.CONCLUDED)


def _mix_of(session: Session, proposal: Proposal) -> values.Mix | None:
    others = [one for one in list_components(session, proposal.arrangement_id) if one.id != proposal.id]
    if not others:
        return None
    agreed = select(Negotiation.proposal_id).where(
        Negotiation.proposal_id.in_([one.id for one in others]), Negotiation.state == Talk.AGREED
    )
    live = {one.id for one in others if one.state in (Proposed.OPEN, Proposed.NEGOTIATING)}
    return values.Mix(
        computed_g=proposal.mass_g,
        talked_about=len(live.difference(session.scalars(agreed))),
        lost=sum(one.state in (Proposed.DECLINED, Proposed.RETIRED) for one in others),
    )


def _of_offer(offer: Listing) -> dict[str, Any]:
    return {
        "offer_window": (offer.from_day, offer.until_day),
        "origin": offer.origin,
        "form_code": offer.forms,
        "composition": offer.composition,
        "waste_codes": _several(offer.waste_codes),
        "certificates_held": frozenset(_several(offer.certificates)),
    }


def _of_need(need: Listing) -> dict[str, Any]:
    return {
        "need_window": (need.from_day, need.until_day),
        "need_regimes": _several(need.regime),
        "certificates_asked": frozenset(_several(need.certificates)),
        "need_category": need.category_code,
        "need_use": need.use,
    }


def _permits(rows: Sequence[Permit], firm_id: int) -> Iterable[values.Permit]:
    return (values.Permit(row.waste_code, row.valid_until) for row in rows if row.firm_id == firm_id)


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _with_names() -> Select[Case]:
    return select(Case).options(
        joinedload(Case.offer_firm),
        joinedload(Case.need_firm),
        joinedload(Case.round),
        joinedload(Case.negotiation).joinedload(Negotiation.offer),
    )


def _waits_for(actor: Actor | None) -> ColumnElement[bool]:
    mine = only(actor, "approvals:decide", Case)
    person_id = actor.person_id if actor else None
    not_twice = or_(Case.first_approver_id.is_(None), Case.first_approver_id != person_id)
    return and_(mine, Case.state.in_(sorted(UNDECIDED)), not_twice)


def _seen(actor: Actor | None, view: str) -> ColumnElement[bool]:
    if view == "mine":
        return _waits_for(actor)
    seen = only(actor, "approvals:desk", Case)
    if view == "waiting":
        return and_(seen, Case.state.in_(sorted(UNDECIDED)))
    return and_(seen, Case.state == State(view)) if view in {*State} else seen
