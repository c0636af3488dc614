# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is signed in: from the cookie's token to a person with live rights.

Rights come from the rows as they are now, in one query; nothing about them is kept in the cookie.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from marketplace.accounts.credentials import digest
from marketplace.accounts.models import MembershipRow, Organisation, Person, SignIn
from marketplace.accounts.rules import Standing
from marketplace.db import now
from marketplace.policy import Actor, Membership, Role
from marketplace.web.context import db_session

COOKIE = "session"
"""Holds a random token and nothing else."""

Member = aliased(Organisation)
_Line = Row[int, str, str, str, int, str, str, int]


def load_actor() -> Actor | None:
    """The person behind this request's sign-in, or None; two queries."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    session = db_session()
    return _actor(session.execute(_BY_SIGN_IN, {"token": digest(token), "at": now(session)}).all())


def actor_of(session: Session, person: Person) -> Actor | None:
    """A person as the rules see them; None for one who has no right anywhere."""
    return _actor(session.execute(_BY_PERSON, {"person_id": person.id}).all())


def _rights(condition: ColumnElement[bool]) -> Select[int, str, str, str, int, str, str, int]:
    """One line per membership in an organisation that is not suspended; an officer's once per mandating firm."""
    mandate = and_(
        MembershipRow.role == Role.OFFICER.value,
        Member.association_id == MembershipRow.organisation_id,
        Member.mandate_given,
        Member.state == Standing.VERIFIED,
    )
    return (
        select(
            Person.id,
            Person.name,
            Person.language,
            MembershipRow.role,
            MembershipRow.organisation_id,
            Organisation.name.label("organisation_name"),
            Organisation.state.label("standing"),
            Member.id.label("mandated_firm_id"),
        )
        .join(MembershipRow, MembershipRow.person_id == Person.id)
        .join(Organisation, Organisation.id == MembershipRow.organisation_id)
        .outerjoin(Member, mandate)
        .where(condition, Organisation.state != Standing.SUSPENDED)
        .order_by(MembershipRow.id)
    )


# Asked with every request, so put together once.
_LIVE = and_(SignIn.token_sha256 == bindparam("token"), SignIn.expires_at > bindparam("at"))
_BY_SIGN_IN = _rights(_LIVE).join(SignIn, SignIn.person_id == Person.id)
_BY_PERSON = _rights(Person.id == bindparam("person_id"))


def _actor(rows: Sequence[_Line]) -> Actor | None:
    if not rows:
        return None
    memberships = {
        row.organisation_id: Membership(Role(row.role), row.organisation_id, row.standing == Standing.VERIFIED)
        for row in rows
    }
    return Actor(
        person_id=rows[0].id,
        name=rows[0].name,
        language=rows[0].language,
        memberships=tuple(memberships.values()),
        mandated_firm_ids=frozenset(row.mandated_firm_id for row in rows if row.mandated_firm_id is not None),
        organisation_name=rows[0].organisation_name,
    )
