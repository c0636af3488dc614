# SPDX-License-Identifier: AGPL-3.0-or-later
"""Firms: registering, verifying, suspending, describing; and the bodies that are there from the start."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import notices
from marketplace.accounts.actions import sign_ins
from marketplace.accounts.bodies import known_bodies
from marketplace.accounts.details import FirmDetails
from marketplace.accounts.models import MembershipRow, Organisation, Permit, Person
from marketplace.accounts.queries import list_memberships, list_twins
from marketplace.accounts.rules import Move, Standing, VatNumberTaken, WrongMove, check_not_own_firm, decide
from marketplace.audit.actions import record
from marketplace.db import now
from marketplace.policy import Actor, Role


def register_firm(session: Session, firm: FirmDetails, manager: Person) -> Organisation:
    """A new firm that waits for verification, with its first manager, whose address is known to be theirs."""
    organisation = _add_firm(session, firm)
    manager.memberships.append(
        MembershipRow(organisation=organisation, role=Role.MANAGER.value, created_at=organisation.created_at)
    )
    session.add(manager)
    session.flush()
    record(
        session,
        None,
        "accounts:firm-registered",
        organisation,
        firms=[organisation.id],
        person=manager.name,
        firm=organisation.name,
    )
    return organisation


def verify_firm(session: Session, actor: Actor | None, organisation: Organisation) -> None:
    """Let a firm trade; also lifts a suspension. Without an actor the installation itself vouches for it."""
    twins = list_twins(session, organisation)
    _move(session, actor, Move.VERIFY, organisation)
    if any(twin.state == Standing.VERIFIED for twin in twins):
        raise VatNumberTaken
    organisation.verified_at = now(session)
    record(session, actor, "accounts:firm-verified", organisation, firms=[organisation.id], firm=organisation.name)
    notices.tell_verified(session, organisation)


def suspend_firm(session: Session, actor: Actor | None, organisation: Organisation, reason: str) -> None:
    """Take all rights from a firm's people, at once: their sign-ins end."""
    _move(session, actor, Move.SUSPEND, organisation)
    for membership in list_memberships(session, organisation.id):
        sign_ins.end_sign_ins(session, membership.person)
    record(
        session,
        actor,
        "accounts:firm-suspended",
        organisation,
        firms=[organisation.id],
        firm=organisation.name,
        reason=reason,
    )
    notices.tell_suspended(session, organisation, reason)


def edit_firm(session: Session, actor: Actor, organisation: Organisation, details: FirmDetails) -> None:
    """Change how the firm describes itself; its VAT number and association stay."""
    for name, value in asdict(details).items():
        if name not in ("vat_number", "association_id", "mandate_given", "albo_categories"):
            setattr(organisation, name, value)
    organisation.albo_categories = ";".join(details.albo_categories)
    record(session, actor, "accounts:firm-edited", organisation, firms=[organisation.id], firm=organisation.name)


def choose_association(
    session: Session, actor: Actor, organisation: Organisation, association: Organisation | None, *, mandate: bool
) -> None:
    """The association a firm belongs to, and whether its officers may see the firm's listings."""
    before, given = organisation.association, organisation.mandate_given
    organisation.association = association
    organisation.mandate_given = mandate and association is not None
    facts = {"firm": organisation.name, "association": association.name if association else ""}
    firms = [organisation.id]
    if association is not before:
        kind = "accounts:association-chosen" if association else "accounts:association-left"
        record(session, actor, kind, organisation, firms=firms, **facts)
    if organisation.mandate_given and not (given and association is before):
        record(session, actor, "accounts:mandate-given", organisation, firms=firms, **facts)
    if given and not organisation.mandate_given:
        record(session, actor, "accounts:mandate-withdrawn", organisation, firms=firms, firm=organisation.name)


def add_permit(
    session: Session,
    actor: Actor | None,
    organisation: Organisation,
    waste_code: str,
    *,
    number: str = "",
    valid_until: date | None = None,
) -> Permit:
    """A waste code that the firm may receive (`04 02 22`), until a day or without end."""
    permit = Permit(firm_id=organisation.id, waste_code=waste_code, number=number, valid_until=valid_until)
    session.add(permit)
    session.flush()
    record(
        session,
        actor,
        "accounts:permit-added",
        organisation,
        firms=[organisation.id],
        firm=organisation.name,
        code=waste_code,
    )
    return permit


def remove_permit(session: Session, actor: Actor, permit: Permit) -> None:
    """The firm may no longer receive this waste code."""
    firm = permit.firm
    record(session, actor, "accounts:permit-removed", firm, firms=[firm.id], firm=firm.name, code=permit.waste_code)
    session.delete(permit)


def ensure_bodies(session: Session) -> dict[str, Organisation]:
    """The bodies of the strategy and the associations, by name; those that are missing are added."""
    there = {body.name: body for body in session.scalars(select(Organisation).where(Organisation.kind != "firm"))}
    at = now(session)
    for known in known_bodies():
        if known.name not in there:
            there[known.name] = Organisation(
                name=known.name,
                kind=known.kind,
                strategy_role=known.strategy_role,
                state=Standing.VERIFIED.value,
                created_at=at,
                verified_at=at,
            )
    session.add_all(there.values())
    session.flush()
    return there


def _add_firm(session: Session, firm: FirmDetails) -> Organisation:
    values = asdict(firm) | {"albo_categories": ";".join(firm.albo_categories)}
    organisation = Organisation(kind="firm", state=Standing.PENDING.value, created_at=now(session), **values)
    session.add(organisation)
    session.flush()
    return organisation


def _move(session: Session, actor: Actor | None, move: Move, organisation: Organisation) -> None:
    roles = actor.roles if actor else {Role.COORDINATOR}
    if not organisation.is_firm:
        raise WrongMove
    session.refresh(organisation, with_for_update=True)
    check_not_own_firm(actor, organisation.id)
    organisation.state = decide(move, organisation.state, roles).value
