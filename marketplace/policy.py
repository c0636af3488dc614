# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may do what, on one page. Guards, buttons, lists and counts all read this table.

A row says, for each role, how far the right reaches. The same reach is read twice: as a test of one object
(`can`) and as an SQL condition (`only`), both derived from the columns that the model names in `__reach__`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Any, ClassVar, Protocol

from sqlalchemy import ColumnElement, and_, false, or_, true


class Role(Enum):
    """What a membership of an organisation makes of a person."""

    MEMBER = "member"
    MANAGER = "manager"
    COORDINATOR = "coordinator"
    ANALYST = "analyst"
    OFFICER = "officer"
    ADMIN = "admin"


FIRM_ROLES = frozenset({Role.MEMBER, Role.MANAGER})


class Scope(Flag):
    """How far a right reaches."""

    SELF = auto()
    """The person's own rows."""
    OWN = auto()
    """Rows of the person's own firm."""
    PARTY = auto()
    """Deals in which the person's firm is one of the two sides."""
    LISTED = auto()
    """What its owner has put on show."""
    MEMBERS = auto()
    """Rows of firms of the officer's association that gave it a mandate."""
    UNINVOLVED = auto()
    """All but the person's own firm and its deals: nobody approves their own."""
    ALL = auto()


_WHILE_PENDING = Scope.SELF | Scope.OWN
_E, _M, _C, _A, _O, _D = (
    Role.MEMBER,
    Role.MANAGER,
    Role.COORDINATOR,
    Role.ANALYST,
    Role.OFFICER,
    Role.ADMIN,
)
_EVERYONE = dict.fromkeys(Role, Scope.SELF)

TABLE: Mapping[str, Mapping[Role, Scope]] = {
    # accounts
    "accounts:use-own": _EVERYONE,
    "accounts:see-firm": {_E: Scope.OWN, _M: Scope.OWN, _C: Scope.ALL, _O: Scope.MEMBERS, _D: Scope.ALL},
    "accounts:list-firms": {_C: Scope.ALL, _O: Scope.MEMBERS, _D: Scope.ALL},
    "accounts:own-firm": {_E: Scope.OWN, _M: Scope.OWN},
    "accounts:edit-firm": {_M: Scope.OWN},
    "accounts:manage-people": {_M: Scope.OWN, _D: Scope.ALL},
    "accounts:grant-mandate": {_M: Scope.OWN},
    "accounts:verify-firm": {_C: Scope.UNINVOLVED},
    "accounts:suspend-firm": {_C: Scope.UNINVOLVED, _D: Scope.ALL},
    "accounts:assign-roles": {_D: Scope.ALL},
    # listings
    "listings:see": {
        _E: Scope.OWN,
        _M: Scope.OWN | Scope.LISTED,
        _C: Scope.ALL,
        _O: Scope.MEMBERS,
    },
    "listings:see-private": {_E: Scope.OWN, _M: Scope.OWN},
    "listings:write": {_E: Scope.OWN, _M: Scope.OWN},
    "listings:publish": {_M: Scope.OWN},
    "listings:import": {_E: Scope.OWN, _M: Scope.OWN},
    # processors
    "processors:see": {_E: Scope.OWN, _M: Scope.OWN, _C: Scope.ALL},
    "processors:write": {_M: Scope.OWN},
    # matches
    "matches:run": {_C: Scope.ALL, _D: Scope.ALL},
    "matches:see-runs": {_C: Scope.ALL, _D: Scope.ALL},
    "matches:publish": {_C: Scope.ALL},
    "matches:see-arrangements": {_C: Scope.ALL},
    "matches:see-why-not": {_E: Scope.OWN, _M: Scope.OWN, _C: Scope.ALL},
    "matches:see": {_E: Scope.PARTY, _M: Scope.PARTY, _C: Scope.ALL},
    "matches:answer": {_M: Scope.PARTY},
    # negotiations
    "negotiations:see": {_E: Scope.PARTY, _M: Scope.PARTY},
    "negotiations:write": {_E: Scope.PARTY, _M: Scope.PARTY},
    "negotiations:bind": {_M: Scope.PARTY},
    # approvals
    "approvals:see": {_E: Scope.PARTY, _M: Scope.PARTY, _C: Scope.ALL},
    "approvals:desk": {_C: Scope.ALL},
    "approvals:decide": {_C: Scope.UNINVOLVED},
    # exchanges
    "exchanges:see": {_E: Scope.PARTY, _M: Scope.PARTY, _C: Scope.ALL, _O: Scope.MEMBERS},
    "exchanges:see-price": {_E: Scope.PARTY, _M: Scope.PARTY, _C: Scope.ALL},
    "exchanges:weigh": {_E: Scope.PARTY, _M: Scope.PARTY},
    "exchanges:confirm": {_M: Scope.PARTY},
    "exchanges:correct": {_E: Scope.PARTY, _M: Scope.PARTY},
    "exchanges:settle": {_C: Scope.UNINVOLVED},
    # analytics, audit, operation
    "analytics:see": dict.fromkeys(Role, Scope.ALL),
    "analytics:export": {_C: Scope.ALL, _A: Scope.ALL, _O: Scope.ALL, _D: Scope.ALL},
    "ledger:see": {_E: Scope.OWN, _M: Scope.OWN},
    "audit:see": {_M: Scope.PARTY, _C: Scope.ALL, _D: Scope.ALL},
    "operation:see": {_D: Scope.ALL},
}


@dataclass(frozen=True, slots=True)
class Membership:
    """One role in one organisation."""

    role: Role
    organisation_id: int
    verified: bool = True
    """People of a firm that waits for verification reach their own rows and nobody else's."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person as the rules see them, built from live rows in each request."""

    person_id: int
    name: str
    language: str
    memberships: tuple[Membership, ...]
    mandated_firm_ids: frozenset[int] = frozenset()
    """Firms that gave a mandate to the association this person is an officer of."""
    organisation_name: str = ""

    @property
    def roles(self) -> frozenset[Role]:
        """All roles held anywhere."""
        return frozenset(m.role for m in self.memberships)

    @property
    def firm_id(self) -> int | None:
        """The firm this person works for; at most one (a constraint of the database)."""
        return next((m.organisation_id for m in self.memberships if m.role in FIRM_ROLES), None)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which columns tie a row to firms or people, and in which states the reach holds."""

    columns: tuple[str, ...] = ()
    states: frozenset[str] | None = None


class Guarded(Protocol):
    """A model whose rows the policy protects."""

    __reach__: ClassVar[Mapping[Scope, Reach]]
    SEEN_BY: ClassVar[str]
    """The action that says who may know that the row exists."""


def scopes(actor: Actor | None, action: str) -> list[tuple[Membership, Scope]]:
    """Every way in which this person holds the right."""
    if actor is None:
        return []
    row = TABLE[action]
    held = [
        (m, row[m.role] if m.verified else row[m.role] & _WHILE_PENDING) for m in actor.memberships if m.role in row
    ]
    return [(m, scope) for m, scope in held if scope]


def may(actor: Actor | None, action: str) -> bool:
    """Whether the person holds the right at all, for some object."""
    return bool(scopes(actor, action))


def can(actor: Actor | None, action: str, thing: Any = None) -> bool:
    """Whether the person holds the right over this object (or, without one, at all)."""
    if thing is None or actor is None:
        return may(actor, action)
    return any(_holds(actor, membership, one, thing) for membership, scope in scopes(actor, action) for one in scope)


def only(actor: Actor | None, action: str, model: type[Any]) -> ColumnElement[bool]:
    """The SQL condition that keeps just the rows over which `can` is true."""
    clauses = [
        _clause(actor, membership, one, model)
        for membership, scope in scopes(actor, action)
        for one in scope
        if actor is not None
    ]
    return or_(false(), *clauses)


def _ids(actor: Actor, membership: Membership, scope: Scope) -> frozenset[int]:
    if scope is Scope.SELF:
        return frozenset({actor.person_id})
    if scope is Scope.MEMBERS:
        return actor.mandated_firm_ids
    if scope is Scope.UNINVOLVED:
        return frozenset(m.organisation_id for m in actor.memberships)
    return frozenset({membership.organisation_id})


def _holds(actor: Actor, membership: Membership, scope: Scope, thing: Any) -> bool:
    if scope is Scope.ALL:
        return True
    reach = type(thing).__reach__.get(scope)
    if reach is None or (reach.states is not None and thing.state not in reach.states):
        return False
    if scope is Scope.LISTED:
        return True
    hit = any(getattr(thing, column) in _ids(actor, membership, scope) for column in reach.columns)
    return not hit if scope is Scope.UNINVOLVED else hit


def _clause(actor: Actor, membership: Membership, scope: Scope, model: type[Any]) -> ColumnElement[bool]:
    if scope is Scope.ALL:
        return true()
    reach: Reach | None = model.__reach__.get(scope)
    if reach is None:
        return false()
    in_state = true() if reach.states is None else model.state.in_(sorted(reach.states))
    if scope is Scope.LISTED:
        return in_state
    ids = sorted(_ids(actor, membership, scope))
    hit = or_(false(), *(getattr(model, column).in_(ids) for column in reach.columns))
    return and_(in_state, ~hit if scope is Scope.UNINVOLVED else hit)
