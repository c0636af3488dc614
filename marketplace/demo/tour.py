# SPDX-License-Identifier: AGPL-3.0-or-later
"""With whose eyes to look around: one sign-in per role, a firm for which much waits first."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.demo import people
from marketplace.demo.cast import Cast
from marketplace.exchanges.queries import count_waiting_for as count_exchanges
from marketplace.matches.queries import list_waiting_for as list_proposals
from marketplace.negotiations.queries import count_my_turn, list_my_turn
from marketplace.policy import Actor

FIRST, SECOND = ("it", "TEX"), ("zh-Hans", "TEX")
"""Language and theme of the firm to begin with, and of another one."""


def sign_ins(session: Session, cast: Cast) -> list[tuple[str, str]]:
    """(role, e-mail address), the four main roles first, then others worth a look."""
    company = _busiest(session, cast, *FIRST)
    staff = [(role, person.email) for role, _body, person in people.STAFF]
    by_role = dict(reversed(staff))
    main = [(role, by_role[role]) for role in ("coordinator", "analyst", "admin")]
    others = [("association officer", by_role["officer"]), ("second coordinator", _second(staff, "coordinator"))]
    other = next(_partners(session, cast, company), _busiest(session, cast, *SECOND))
    colleague = cast.colleagues[min(cast.colleagues)]
    more = [("other company", _email(session, other)), ("company member", _email(session, colleague))]
    return [("company", _email(session, company)), *main, *more, *others]


def _busiest(session: Session, cast: Cast, language: str, theme: str) -> Actor:
    firms = [
        cast.firm_ids[firm.code] for firm in people.firms() if (firm.language, firm.theme_code) == (language, theme)
    ]
    return cast.managers[max(firms, key=lambda firm_id: (*_waiting(session, cast.managers[firm_id]), -firm_id))]


def _waiting(session: Session, actor: Actor) -> tuple[int, int]:
    """In how many ways something waits for this person's firm, and how much in all."""
    counts = (
        count_my_turn(session, actor),
        count_exchanges(session, actor),
        len(list_proposals(session, actor.firm_id or 0)),
    )
    return sum(count > 0 for count in counts), sum(counts)


def _partners(session: Session, cast: Cast, company: Actor) -> Iterator[Actor]:
    """A firm that the first one is talking with."""
    for negotiation in list_my_turn(session, company, limit=1):
        yield cast.managers[negotiation.other_firm_id(company.firm_id or 0)]


def _second(staff: list[tuple[str, str]], role: str) -> str:
    return [email for known, email in staff if known == role][1]


def _email(session: Session, actor: Actor) -> str:
    return session.scalars(select(Person.email).where(Person.id == actor.person_id)).one()
