# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who acts in the demo: firms and people taken up through the real actions, and each as the rules see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from marketplace.accounts import actions
from marketplace.accounts.details import FirmDetails, PersonDetails
from marketplace.accounts.models import Organisation, Person
from marketplace.accounts.queries import find_association
from marketplace.accounts.signed_in import actor_of
from marketplace.demo import people
from marketplace.demo.chance import Chance
from marketplace.demo.people import DemoFirm, DemoPerson
from marketplace.policy import Actor, Role

NEWCOMER = "F-41"
"""Has listed nothing in the sample; registers just before today and waits to be verified."""


@dataclass(slots=True)
class Cast:
    """Everybody, as the rules see them; firms by their keys in the database."""

    password: str
    managers: dict[int, Actor] = field(default_factory=dict)
    colleagues: dict[int, Actor] = field(default_factory=dict)
    coordinators: list[Actor] = field(default_factory=list)
    firm_ids: dict[str, int] = field(default_factory=dict)
    """Code in firms.csv → key."""
    languages: dict[int, str] = field(default_factory=dict)

    def manager(self, code: str) -> Actor:
        """Who may bind the firm of a code."""
        return self.managers[self.firm_ids[code]]

    def somebody(self, chance: Chance, firm_id: int) -> Actor:
        """One of the firm's people."""
        return chance.choice([self.managers[firm_id], self.colleagues.get(firm_id, self.managers[firm_id])])

    def coordinator(self, chance: Chance) -> Actor:
        """One of the coordinators, more often the first."""
        return chance.choices(self.coordinators, weights=[3, 2])[0]


def take_up_staff(session: Session, cast: Cast) -> None:
    """The bodies of the strategy and their people; the administrator first, who invites the others."""
    bodies = actions.ensure_bodies(session)
    staff = sorted(people.STAFF, key=lambda entry: entry[0] != "admin")
    admin: Actor | None = None
    for role, body, person in staff:
        actor = _join(session, cast, admin, bodies[body], (Role(role), person))
        admin = admin or actor
        if role == "coordinator":
            cast.coordinators.append(actor)


def take_up_firm(session: Session, cast: Cast, firm: DemoFirm) -> None:
    """A firm registers, its manager confirms the address; its permits and mandate are written down."""
    manager = people.managers()[firm.code]
    person = PersonDetails(manager.name, manager.email, manager.language)
    token = actions.ask_registration(session, _details(session, firm), person)
    if token is None:
        raise RuntimeError(f"{manager.email} is taken")
    organisation, registered = actions.confirm_registration(session, token, cast.password)
    for code in firm.waste_codes:
        actions.add_permit(session, None, organisation, code, number=f"AUA {organisation.id}/2024")
    cast.firm_ids[firm.code] = organisation.id
    cast.languages[organisation.id] = firm.language
    cast.managers[organisation.id] = _actor(session, registered)


def verify(session: Session, cast: Cast, chance: Chance, firm: DemoFirm) -> None:
    """A coordinator verifies the firm; its manager then gives the mandate and invites a colleague, where there are."""
    organisation = session.get_one(Organisation, cast.firm_ids[firm.code])
    actions.verify_firm(session, cast.coordinator(chance), organisation)
    manager = cast.managers[organisation.id] = _actor(session, _manager_row(session, cast, organisation.id))
    if firm.code in people.mandating():
        association = find_association(session, firm.association)
        actions.choose_association(session, manager, organisation, association, mandate=True)
    colleague = people.colleagues().get(firm.code)
    if colleague is not None:
        cast.colleagues[organisation.id] = _join(session, cast, manager, organisation, (Role.MEMBER, colleague))


def firms_by_code() -> Mapping[str, DemoFirm]:
    """The sample's firms by their codes."""
    return {firm.code: firm for firm in people.firms()}


def _join(
    session: Session, cast: Cast, inviter: Actor | None, organisation: Organisation, who: tuple[Role, DemoPerson]
) -> Actor:
    role, person = who
    if inviter is None:
        _body, token = actions.invite_first_admin(session, person.email, person.language)
    else:
        token = actions.invite(session, inviter, organisation, person.email, role, language=person.language)
    joined = actions.accept_invitation(session, token, person.name, cast.password, person.language)
    return _actor(session, joined)


def _actor(session: Session, person: Person) -> Actor:
    session.flush()
    actor = actor_of(session, person)
    if actor is None:
        raise RuntimeError(f"{person.email} has no right anywhere")
    return actor


def _manager_row(session: Session, cast: Cast, firm_id: int) -> Person:
    return session.get_one(Person, cast.managers[firm_id].person_id)


def _details(session: Session, firm: DemoFirm) -> FirmDetails:
    association = find_association(session, firm.association) if firm.association else None
    return FirmDetails(
        name=firm.name,
        vat_number=firm.vat_number,
        trade=firm.trade,
        ateco=firm.ateco,
        size_class=firm.size_class,
        language=firm.language,
        theme_code=firm.theme_code,
        place_code=firm.place_code,
        lat=firm.lat,
        lon=firm.lon,
        albo_categories=firm.albo_categories,
        association_id=association.id if association else None,
    )
