# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading organisations, people, invitations and sign-ins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.bodies import other_names
from marketplace.accounts.credentials import digest
from marketplace.accounts.models import (
    Invitation,
    MembershipRow,
    Organisation,
    PasswordReset,
    Person,
    Registration,
    SignIn,
)
from marketplace.accounts.rules import LinkDead
from marketplace.db import now
from marketplace.outbox.rules import Reader
from marketplace.policy import Actor, Role, only

FIRMS_PER_PAGE = 25
Link = TypeVar("Link", Invitation, PasswordReset, Registration)


def get_firm(session: Session, firm_id: int) -> Organisation:
    """The firm (or other body) of a key; LookupError for an unknown one."""
    firm = session.get(Organisation, firm_id)
    if firm is None:
        raise LookupError(firm_id)
    return firm


def find_association(session: Session, name: str) -> Organisation | None:
    """The association of a name, under whichever of its names firms write."""
    named = Organisation.name.in_(other_names(name))
    return session.scalars(select(Organisation).where(Organisation.kind == "association", named)).first()


def list_associations(session: Session) -> Sequence[Organisation]:
    """Bodies that firms can belong to, by name."""
    return session.scalars(
        select(Organisation).where(Organisation.kind == "association").order_by(Organisation.name)
    ).all()


def list_bodies(session: Session) -> Sequence[Organisation]:
    """All organisations that are no firms, by name."""
    return session.scalars(select(Organisation).where(Organisation.kind != "firm").order_by(Organisation.name)).all()


def list_managers(session: Session, firm_id: int) -> list[Person]:
    """People who may bind the firm, in the order they joined."""
    return _people_with(session, Role.MANAGER, firm_id)


def list_readers(session: Session, firm_id: int) -> list[Reader]:
    """Where mail to a firm goes: its managers."""
    return [reader(person) for person in list_managers(session, firm_id)]


def list_coordinators(session: Session) -> list[Person]:
    """Everybody who decides cases."""
    return _people_with(session, Role.COORDINATOR)


def reader(person: Person) -> Reader:
    """A person as the outbox addresses them."""
    return Reader(person.email, person.language, person.name)


def find_person(session: Session, email: str) -> Person | None:
    """Somebody by their address, in any state."""
    return session.scalars(select(Person).where(Person.email == email.lower())).one_or_none()


def list_memberships(session: Session, organisation_id: int) -> Sequence[MembershipRow]:
    """The people of an organisation with their roles, in the order they joined."""
    return session.scalars(
        select(MembershipRow)
        .where(MembershipRow.organisation_id == organisation_id)
        .options(joinedload(MembershipRow.person), joinedload(MembershipRow.organisation))
        .order_by(MembershipRow.id)
    ).all()


def list_body_memberships(session: Session) -> Sequence[MembershipRow]:
    """The people of all bodies that are no firms, by body."""
    return session.scalars(
        select(MembershipRow)
        .join(Organisation)
        .where(Organisation.kind != "firm")
        .options(joinedload(MembershipRow.person), joinedload(MembershipRow.organisation))
        .order_by(Organisation.name, MembershipRow.id)
    ).all()


def roles_of(session: Session, person_id: int) -> set[Role]:
    """Every role of a person, in suspended organisations too."""
    return {
        Role(role) for role in session.scalars(select(MembershipRow.role).where(MembershipRow.person_id == person_id))
    }


def list_open_invitations(session: Session, organisation_ids: Collection[int]) -> Sequence[Invitation]:
    """Invitations to these organisations that can still be followed, newest first."""
    return session.scalars(
        select(Invitation)
        .where(
            Invitation.organisation_id.in_(organisation_ids),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now(session),
        )
        .options(joinedload(Invitation.organisation))
        .order_by(Invitation.id.desc())
    ).all()


def open_invitation(session: Session, token: str) -> Invitation:
    """The invitation behind a link, while it can be followed; raises LinkDead."""
    found = session.scalars(_live(Invitation, token, now(session))).one_or_none()
    if found is None:
        raise LinkDead
    return found


def open_reset(session: Session, token: str) -> PasswordReset:
    """The request for a new password behind a link, while it can be followed; raises LinkDead."""
    found = session.scalars(_live(PasswordReset, token, now(session))).one_or_none()
    if found is None:
        raise LinkDead
    return found


def open_registration(session: Session, token: str) -> Registration:
    """The registration behind a link, while it can be followed; raises LinkDead."""
    found = session.scalars(_live(Registration, token, now(session))).one_or_none()
    if found is None:
        raise LinkDead
    return found


def list_sign_ins(session: Session, person_id: int) -> Sequence[SignIn]:
    """A person's signed-in browsers, newest first."""
    live = select(SignIn).where(SignIn.person_id == person_id, SignIn.expires_at > now(session))
    return session.scalars(live.order_by(SignIn.id.desc())).all()


def list_firms(
    session: Session, actor: Actor, *, state: str | None = None, words: str = "", page: int = 1
) -> tuple[Sequence[Organisation], int]:
    """One page of the firms this person may see, by name, and how many there are in all."""
    found = _firms(actor, state, words)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    page_of = found.options(selectinload(Organisation.association)).order_by(Organisation.name, Organisation.id)
    return session.scalars(page_of.limit(FIRMS_PER_PAGE).offset((page - 1) * FIRMS_PER_PAGE)).all(), total


def list_twins(session: Session, firm: Organisation) -> Sequence[Organisation]:
    """Other firms that claim this firm's VAT number."""
    same = (Organisation.vat_number == firm.vat_number) & (Organisation.id != firm.id)
    return session.scalars(select(Organisation).where(same).order_by(Organisation.id)).all()


def _firms(actor: Actor, state: str | None, words: str) -> Select[Organisation]:
    found = select(Organisation).where(Organisation.kind == "firm", only(actor, "accounts:see-firm", Organisation))
    if state:
        found = found.where(Organisation.state == state)
    if words:
        found = found.where(
            Organisation.name.icontains(words, autoescape=True) | (Organisation.vat_number == words.replace(" ", ""))
        )
    return found


def _people_with(session: Session, role: Role, organisation_id: int | None = None) -> list[Person]:
    people = select(Person).join(MembershipRow).where(MembershipRow.role == role.value).order_by(MembershipRow.id)
    if organisation_id is not None:
        people = people.where(MembershipRow.organisation_id == organisation_id)
    return list(session.scalars(people))


def _live(model: type[Link], token: str, at: datetime) -> Select[Link]:
    return select(model).where(model.token_sha256 == digest(token), model.used_at.is_(None), model.expires_at > at)
