# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which roles an organisation can give, how a firm's standing changes, and how long links and sign-ins last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from enum import StrEnum

from marketplace.errors import N_, NotAllowed, Refused
from marketplace.moves import Transition, open_moves
from marketplace.policy import FIRM_ROLES, Actor, Role

SIGN_IN_LASTS = timedelta(hours=12)
"""From the moment of signing in, whatever is done meanwhile."""
INVITATION_LASTS = REGISTRATION_LASTS = timedelta(days=14)
RESET_LASTS = timedelta(hours=1)
THROTTLE_WINDOW = timedelta(minutes=15)
TRIES_PER_EMAIL = 10
TRIES_PER_ADDRESS = 100
"""Tries to sign in within a window; successful ones are taken off again."""

EVENTS = {
    "accounts:firm-registered": N_("%(person)s registered %(firm)s."),
    "accounts:firm-verified": N_("%(actor)s verified %(firm)s."),
    "accounts:firm-suspended": N_("%(actor)s suspended %(firm)s: %(reason)s"),
    "accounts:firm-edited": N_("%(actor)s changed the profile of %(firm)s."),
    "accounts:association-chosen": N_("%(actor)s chose %(association)s as the association of %(firm)s."),
    "accounts:association-left": N_("%(actor)s noted that %(firm)s belongs to no association."),
    "accounts:mandate-given": N_("%(actor)s gave %(association)s a mandate to see the listings of %(firm)s."),
    "accounts:mandate-withdrawn": N_("%(actor)s withdrew the association’s mandate to see the listings of %(firm)s."),
    "accounts:permit-added": N_("%(actor)s added the waste code %(code)s to the permits of %(firm)s."),
    "accounts:permit-removed": N_("%(actor)s removed the waste code %(code)s from the permits of %(firm)s."),
    "accounts:person-invited": N_("%(actor)s invited somebody to %(organisation)s as %(role)s."),
    "accounts:invitation-revoked": N_("%(actor)s took back an invitation to %(organisation)s."),
    "accounts:person-joined": N_("%(person)s joined %(organisation)s as %(role)s."),
    "accounts:role-changed": N_("%(actor)s made %(person)s %(role)s of %(organisation)s."),
    "accounts:person-removed": N_("%(actor)s removed %(person)s from %(organisation)s."),
    "accounts:profile-changed": N_("%(actor)s changed their name or language."),
    "accounts:signed-in": N_("%(actor)s signed in."),
    "accounts:signed-out": N_("%(actor)s signed out."),
    "accounts:sign-in-ended": N_("%(actor)s ended one of their sign-ins."),
    "accounts:password-changed": N_("%(actor)s changed their password."),
    "accounts:reset-asked": N_("Somebody asked for a new password for %(person)s."),
    "accounts:password-reset": N_("%(person)s set a new password through a link sent by mail."),
}

ROLE_WORDS = {
    Role.MEMBER: N_("member"),
    Role.MANAGER: N_("manager"),
    Role.COORDINATOR: N_("coordinator"),
    Role.ANALYST: N_("analyst"),
    Role.OFFICER: N_("association officer"),
    Role.ADMIN: N_("administrator"),
}

_PUBLIC_ROLES = (Role.COORDINATOR, Role.ANALYST, Role.ADMIN)
ROLES_OF_KIND: Mapping[str, tuple[Role, ...]] = {
    "firm": (Role.MEMBER, Role.MANAGER),
    "association": (Role.OFFICER, Role.ANALYST),
    "municipality": _PUBLIC_ROLES,
    "university": _PUBLIC_ROLES,
    "chamber": (Role.ANALYST,),
    "union": (Role.ANALYST,),
}
"""Which roles people can have in which kind of organisation."""


class LinkDead(Refused):
    """A link from a mail was used, replaced or is too old; which of these is not told."""

    words = N_("This link has been used already or is too old. Please ask for a new one.")


class OneFirmOnly(Refused):
    """Somebody who already works for a firm."""

    words = N_("This person already belongs to a firm. A person can belong to one firm only.")


class AlreadyThere(Refused):
    """Somebody who already has a role in the organisation."""

    words = N_("This person already has a role there.")


class AnalystOfNoFirm(Refused):
    """An analyst who works for a firm could tell other firms' figures from the totals."""

    words = N_("Nobody can be an analyst and work for a firm.")


class LastOne(Refused):
    """Somebody must be left who can let others in."""

    words = N_("At least one person must keep this role.")


class AdminThere(Refused):
    """Administrators are invited by administrators, once there is one."""

    words = N_("There is an administrator already; whoever that is invites the others.")


class NotToOneself(NotAllowed):
    """Nobody gives roles to themselves."""

    words = N_("Somebody else has to do this for you.")


class NotARoleHere(Refused):
    """The organisation has no such role."""

    words = N_("People of this organisation cannot have this role.")


class NotYourOwnFirm(NotAllowed):
    """Being a party comes before being a coordinator."""

    words = N_("You work for this firm: another coordinator has to decide.")


class WrongMove(Refused):
    """The firm is not in a state in which this can be done."""

    words = N_("The firm’s standing has changed in the meantime.")


class VatNumberTaken(Refused):
    """Two firms that were verified cannot have one VAT number; told to who verifies, never to who registers."""

    words = N_("Another firm with this VAT number has been verified.")


class PermitThere(Refused):
    """One row for each waste code."""

    words = N_("This waste code is already among the permits.")


class WrongPassword(Refused):
    """The password typed to confirm who is sitting there."""

    words = N_("This is not your present password.")


class TooManyTries(Refused):
    """Somebody knocks too often."""

    status = 429
    words = N_("Too many attempts. Please wait a quarter of an hour.")


class Standing(StrEnum):
    """Where an organisation stands."""

    PENDING = "pending"
    VERIFIED = "verified"
    SUSPENDED = "suspended"


STANDING_WORDS = {
    Standing.PENDING: N_("waits to be verified"),
    Standing.VERIFIED: N_("verified"),
    Standing.SUSPENDED: N_("suspended"),
}


class Move(StrEnum):
    """What changes a firm's standing."""

    VERIFY = "verify"
    SUSPEND = "suspend"


MOVES: Mapping[Move, Transition[Standing, Role]] = {
    Move.VERIFY: Transition(
        frozenset({Standing.PENDING, Standing.SUSPENDED}), Standing.VERIFIED, frozenset({Role.COORDINATOR})
    ),
    Move.SUSPEND: Transition(
        frozenset({Standing.PENDING, Standing.VERIFIED}),
        Standing.SUSPENDED,
        frozenset({Role.COORDINATOR, Role.ADMIN}),
    ),
}


def available(state: str, roles: Collection[Role]) -> list[Move]:
    """What somebody with these roles can do with a firm in this state."""
    return open_moves(MOVES, state, *roles)


def decide(move: Move, state: str, roles: Collection[Role]) -> Standing:
    """The firm's new state; raises NotAllowed or WrongMove."""
    transition = MOVES[move]
    if not transition.who & frozenset(roles):
        raise NotAllowed
    if state not in transition.from_states:
        raise WrongMove
    return transition.to_state


def check_not_own_firm(actor: Actor | None, organisation_id: int) -> None:
    """Nobody verifies or suspends the firm they work for."""
    if actor is not None and actor.firm_id == organisation_id:
        raise NotYourOwnFirm


def check_role(kind: str, role: Role) -> None:
    """The organisation's kind must know the role."""
    if role not in ROLES_OF_KIND[kind]:
        raise NotARoleHere


def check_combination(held: Iterable[Role], added: Role) -> None:
    """One firm per person, and no analyst who works for a firm."""
    all_roles = {*held, added}
    if added in FIRM_ROLES and FIRM_ROLES & set(held):
        raise OneFirmOnly
    if Role.ANALYST in all_roles and FIRM_ROLES & all_roles:
        raise AnalystOfNoFirm
