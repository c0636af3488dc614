# SPDX-License-Identifier: AGPL-3.0-or-later
"""People: inviting, joining, changing roles, leaving."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.accounts import notices
from marketplace.accounts.actions import sign_ins
from marketplace.accounts.actions.firms import ensure_bodies
from marketplace.accounts.credentials import digest, hash_password, new_token
from marketplace.accounts.details import Invitee
from marketplace.accounts.models import Invitation, MembershipRow, Organisation, Person
from marketplace.accounts.passwords import check_password
from marketplace.accounts.queries import find_person, open_invitation, roles_of
from marketplace.accounts.rules import (
    INVITATION_LASTS,
    ROLE_WORDS,
    AdminThere,
    AlreadyThere,
    LastOne,
    LinkDead,
    NotToOneself,
    check_combination,
    check_role,
)
from marketplace.audit.actions import record
from marketplace.db import now
from marketplace.errors import NotAllowed
from marketplace.policy import FIRM_ROLES, Actor, Role, can


def invite(
    session: Session, actor: Actor, organisation: Organisation, email: str, role: Role, *, language: str = "it"
) -> str:
    """Ask somebody by mail to take a role; answers the token of the link. An earlier invitation ends.

    Whether the address is known here is told to its owner only, once they follow the link.
    """
    action = "accounts:manage-people" if role in FIRM_ROLES else "accounts:assign-roles"
    if not can(actor, action, organisation):
        raise NotAllowed
    check_role(organisation.kind, role)
    known = find_person(session, email)
    if known is not None and known.id == actor.person_id:
        raise NotToOneself
    if known is not None and any(m.organisation_id == organisation.id for m in known.memberships):
        raise AlreadyThere
    token = add_invitation(session, actor, organisation, Invitee(email.lower(), role, language))
    record(
        session,
        actor,
        "accounts:person-invited",
        organisation,
        firms=_firms(organisation),
        organisation=organisation.name,
        role_word=ROLE_WORDS[role],
    )
    notices.invite(session, Invitee(email.lower(), role, language), organisation, actor.name, token)
    return token


def invite_first_admin(session: Session, email: str, language: str) -> tuple[Organisation, str]:
    """Where no administrator is yet, the installation invites one to the municipality: that body, the link's token.

    The bodies of the strategy are written down if they are not there. An earlier invitation of the same address ends;
    raises AdminThere.
    """
    if session.scalar(select(MembershipRow.id).where(MembershipRow.role == Role.ADMIN.value).limit(1)) is not None:
        raise AdminThere
    municipality = next(body for body in ensure_bodies(session).values() if body.kind == "municipality")
    token = add_invitation(session, None, municipality, Invitee(email, Role.ADMIN, language))
    record(
        session,
        None,
        "accounts:person-invited",
        municipality,
        organisation=municipality.name,
        role_word=ROLE_WORDS[Role.ADMIN],
    )
    return municipality, token


def add_invitation(session: Session, actor: Actor | None, organisation: Organisation, invitee: Invitee) -> str:
    """A link that works once; earlier ones for the same address and organisation stop working."""
    at = now(session)
    session.execute(
        update(Invitation)
        .where(Invitation.email == invitee.email, Invitation.organisation_id == organisation.id)
        .where(Invitation.used_at.is_(None))
        .values(used_at=at)
    )
    token = new_token()
    invitation = Invitation(
        token_sha256=digest(token),
        email=invitee.email,
        organisation_id=organisation.id,
        role=invitee.role.value,
        language=invitee.language,
        invited_by_id=actor.person_id if actor else None,
        expires_at=at + INVITATION_LASTS,
    )
    session.add(invitation)
    session.flush()
    return token


def revoke_invitation(session: Session, actor: Actor, invitation: Invitation) -> None:
    """Take an invitation back."""
    _claim(session, invitation)
    organisation = invitation.organisation
    record(
        session,
        actor,
        "accounts:invitation-revoked",
        organisation,
        firms=_firms(organisation),
        organisation=organisation.name,
    )


def accept_invitation(session: Session, token: str, name: str, password: str, language: str) -> Person:
    """Take the role one was invited to; a link works once.

    Whoever is new here gives a name, a password and a language; for somebody known these are ignored: the link,
    sent to their address, is proof enough. Their other sign-ins end, since their rights have changed.
    """
    invitation = open_invitation(session, token)
    organisation, role = invitation.organisation, Role(invitation.role)
    _claim(session, invitation)
    person = find_person(session, invitation.email)
    if person is None:
        check_password(password, invitation.email, organisation.name, name)
        person = Person(
            email=invitation.email,
            name=name,
            language=language,
            password_hash=hash_password(password),
            created_at=now(session),
        )
        session.add(person)
        session.flush()
    _join(session, person, organisation, role)
    sign_ins.end_sign_ins(session, person)
    return person


def change_role(session: Session, actor: Actor, membership: MembershipRow, role: Role) -> None:
    """Give somebody another role in the same organisation."""
    stepping_down = membership.held is Role.MANAGER and role is Role.MEMBER
    if membership.person_id == actor.person_id and not stepping_down:
        raise NotToOneself
    if role not in FIRM_ROLES and not can(actor, "accounts:assign-roles", membership):
        raise NotAllowed
    check_role(membership.organisation.kind, role)
    others = roles_of(session, membership.person_id) - {membership.held}
    check_combination(others, role)
    _keep_one(session, membership)
    membership.role = role.value
    sign_ins.end_sign_ins(session, membership.person)
    _record_person(session, actor, "accounts:role-changed", membership)


def remove_person(session: Session, actor: Actor, membership: MembershipRow) -> None:
    """Take somebody's role in the organisation away; their sign-ins end."""
    if membership.held not in FIRM_ROLES and not can(actor, "accounts:assign-roles", membership):
        raise NotAllowed
    _keep_one(session, membership)
    sign_ins.end_sign_ins(session, membership.person)
    _record_person(session, actor, "accounts:person-removed", membership)
    session.delete(membership)
    session.flush()


def edit_profile(session: Session, actor: Actor, name: str, language: str) -> Person:
    """Change one's own name and language."""
    person = session.get_one(Person, actor.person_id)
    person.name, person.language = name, language
    record(session, actor, "accounts:profile-changed", person)
    return person


def _join(session: Session, person: Person, organisation: Organisation, role: Role) -> None:
    # Whoever registered a firm is its manager already; the link only confirmed the address.
    if not any(m.organisation_id == organisation.id for m in person.memberships):
        check_combination(roles_of(session, person.id), role)
        person.memberships.append(
            MembershipRow(organisation_id=organisation.id, role=role.value, created_at=now(session))
        )
    session.flush()
    record(
        session,
        None,
        "accounts:person-joined",
        organisation,
        firms=_firms(organisation),
        person=person.name,
        organisation=organisation.name,
        role_word=ROLE_WORDS[role],
    )


def _claim(session: Session, invitation: Invitation) -> None:
    """Use the link up, in one statement: of many readers at the same moment one gets through."""
    claim = (
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
        .values(used_at=now(session))
        .returning(Invitation.id)
    )
    if session.execute(claim).first() is None:
        raise LinkDead


def _keep_one(session: Session, membership: MembershipRow) -> None:
    """Somebody else must hold a manager's or administrator's role; their rows are locked until the end."""
    if membership.held not in (Role.MANAGER, Role.ADMIN):
        return
    holders = select(MembershipRow.id).where(MembershipRow.role == membership.role)
    if membership.held is Role.MANAGER:
        holders = holders.where(MembershipRow.organisation_id == membership.organisation_id)
    locked = session.scalars(holders.order_by(MembershipRow.id).with_for_update(of=MembershipRow)).all()
    if set(locked) <= {membership.id}:
        raise LastOne


def _record_person(session: Session, actor: Actor, kind: str, membership: MembershipRow) -> None:
    organisation = membership.organisation
    record(
        session,
        actor,
        kind,
        organisation,
        firms=_firms(organisation),
        person=membership.person.name,
        organisation=organisation.name,
        role_word=ROLE_WORDS[membership.held],
    )


def _firms(organisation: Organisation) -> list[int]:
    return [organisation.id] if organisation.is_firm else []
