# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk as sections: each a list of things that wait, with a link to where they are dealt with.

A section belongs to a right of the policy table; who does not hold it never causes its query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from marketplace.accounts import queries as accounts
from marketplace.analytics.rules import STEP_WORDS, Step, Table
from marketplace.analytics.tables import volumes
from marketplace.approvals import queries as approvals
from marketplace.desk import queries
from marketplace.exchanges import queries as exchanges
from marketplace.exchanges.models import Exchange
from marketplace.exchanges.rules import Load
from marketplace.jobs.upkeep import is_a_worker_alive
from marketplace.listings.words import title
from marketplace.matches import queries as matches
from marketplace.matches.run_words import left_out, state_of_run
from marketplace.negotiations import queries as negotiations
from marketplace.outbox.queries import count_by_state
from marketplace.policy import Actor, Role, may
from marketplace.web.languages import kilograms, moment

AT_MOST = 10
"""Lines of a section; the rest is behind its link."""
READERS = frozenset({Role.ANALYST, Role.OFFICER})
"""For whom the volumes are the work itself."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits: what it is, where it is dealt with, and by when (or since when)."""

    words: str
    url: str
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Things of one kind, the most urgent first; `empty` is said when there are none."""

    heading: str
    lines: list[Line]
    empty: str
    more_url: str
    total: int = 0
    """How many there are in all; asked always, so that a long list costs no more questions than a short one."""
    facts: list[tuple[str, str]] = field(default_factory=list)
    """Figures to glance at: label, words."""


Builder = Callable[[Session, Actor], Section]


def sections(session: Session, actor: Actor) -> list[Section]:
    """What this person's rights make them responsible for, in the order of the deal."""
    found = [build(session, actor) for action, build in _DESK if may(actor, action)]
    return [*found, _volumes(session)] if actor.roles & READERS else found


def _my_turn(session: Session, actor: Actor) -> Section:
    found = negotiations.list_my_turn(session, actor, AT_MOST)
    lines = [
        Line(
            f"{title(one.offer)} · {(one.need_firm if one.offer_firm_id == actor.firm_id else one.offer_firm).name}",
            url_for("negotiations.show", negotiation_id=one.id),
            _("to be answered by"),
            one.expires_at,
        )
        for one in found
    ]
    return Section(
        heading=_("Your turn"),
        lines=lines,
        empty=_("No negotiation waits for you."),
        more_url=url_for("negotiations.index", view="turn"),
        total=negotiations.count_my_turn(session, actor),
    )


def _proposals(session: Session, actor: Actor) -> Section:
    found = matches.list_waiting_for(session, actor.firm_id or 0)
    lines = [
        Line(
            title(one.offer),
            url_for("matches.show", proposal_id=one.id),
            _("you give %(mass)s", mass=kilograms(one.mass_g))
            if one.offer_firm_id == actor.firm_id
            else _("you receive %(mass)s", mass=kilograms(one.mass_g)),
        )
        for one in found[:AT_MOST]
    ]
    return Section(
        heading=_("Proposals to answer"),
        lines=lines,
        empty=_("No proposal waits for you."),
        more_url=url_for("matches.proposals"),
        total=len(found),
    )


def _exchanges(session: Session, actor: Actor) -> Section:
    found = exchanges.list_waiting_for(session, actor, AT_MOST)
    loads = queries.states_of_open_loads(session, [one.id for one in found])
    lines = [
        Line(
            _("%(giver)s → %(taker)s", giver=one.offer_firm.name, taker=one.need_firm.name),
            url_for("exchanges.show", exchange_id=one.id),
            _("%(what)s: %(mass)s", what=_to_do(actor, one, loads.get(one.id, set())), mass=kilograms(one.mass_g)),
        )
        for one in found
    ]
    return Section(
        heading=_("Goods to send, weigh or settle"),
        lines=lines,
        empty=_("No goods wait for you."),
        more_url=url_for("exchanges.index", view="waiting"),
        total=exchanges.count_waiting_for(session, actor),
    )


def _to_do(actor: Actor, exchange: Exchange, loads: set[str]) -> str:
    """What this person has to do next with the goods."""
    if actor.firm_id == exchange.offer_firm_id:
        return str(_("to be sent"))
    if actor.firm_id == exchange.need_firm_id:
        return str(_("to be confirmed") if Load.WEIGHED in loads else _("to be weighed in"))
    return str(_("contested, to be settled") if Load.CONTESTED in loads else _("correction to be settled"))


def _drafts(session: Session, actor: Actor) -> Section:
    lines = [
        Line(title(one), url_for("listings.edit", listing_id=one.id), at=one.created_at)
        for one in queries.list_drafts(session, actor)
    ]
    return Section(_("Drafts to complete"), lines, _("You have no drafts."), url_for("listings.mine"))


def _left_out(session: Session, actor: Actor) -> Section:
    lines = [
        Line(title(one.listing), url_for("listings.show", listing_id=one.listing_id), left_out(one.reason))
        for one in queries.list_waiting_listings(session, actor)
    ]
    return Section(
        _("Waiting for a later matching"),
        lines,
        _("The last matching took in all your listings."),
        url_for("listings.mine"),
    )


def _cases(session: Session, actor: Actor) -> Section:
    lines = [
        Line(
            _("%(giver)s → %(taker)s", giver=one.offer_firm.name, taker=one.need_firm.name),
            url_for("approvals.show", approval_case_id=one.id),
            _("since"),
            one.opened_at,
        )
        for one in approvals.list_waiting_for(session, actor, AT_MOST)
    ]
    return Section(
        heading=_("Cases to decide"),
        lines=lines,
        empty=_("No case waits for you."),
        more_url=url_for("approvals.index"),
        total=approvals.count_waiting_for(session, actor),
    )


def _firms(session: Session, actor: Actor) -> Section:
    found, total = accounts.list_firms(session, actor, state="pending")
    lines = [
        Line(firm.name, url_for("accounts.show", organisation_id=firm.id), _("since"), firm.created_at)
        for firm in found[:AT_MOST]
    ]
    return Section(
        heading=_("Firms to verify"),
        lines=lines,
        empty=_("No firm waits to be verified."),
        more_url=url_for("accounts.firms", state="pending"),
        total=total,
    )


def _runs(session: Session, _actor: Actor) -> Section:
    lines = [
        Line(
            _("Run %(number)s", number=one.id),
            url_for("matches.run", run_id=one.id),
            state_of_run(one.state)[0],
            one.queued_at,
        )
        for one in queries.list_runs_to_look_at(session)
    ]
    return Section(
        _("Matching runs"), lines, _("No run is under way or waits to be published."), url_for("matches.runs")
    )


def _operation(session: Session, _actor: Actor) -> Section:
    seen = queries.worker_last_seen(session)
    mail = count_by_state(session)
    facts = [
        (_("Worker last seen"), moment(seen) if seen else _("never")),
        (_("Mail waiting"), str(mail.get("waiting", 0))),
        (_("Mail failed"), str(mail.get("failed", 0))),
    ]
    return Section(
        heading=_("Operation"),
        lines=list(_signs(session, mail.get("failed", 0))),
        empty=_("The worker is alive and no mail has failed."),
        more_url=url_for("outbox.index"),
        facts=facts,
    )


def _signs(session: Session, failed: int) -> Iterator[Line]:
    if not is_a_worker_alive(session):
        yield Line(_("No worker has given a sign of life for a while."), url_for("outbox.index"))
    if failed:
        yield Line(_("Mail that could not be sent: %(count)s", count=failed), url_for("outbox.index"))


def _volumes(session: Session) -> Section:
    found = volumes(session, Table.THEME)
    facts = [
        (_(STEP_WORDS[step]), _("withheld") if grams is None else kilograms(grams))
        for step, grams in zip(Step, found.totals, strict=True)
    ]
    return Section(_("Volumes of the district"), [], "", url_for("analytics.show"), facts=facts)


_DESK: tuple[tuple[str, Builder], ...] = (
    ("negotiations:bind", _my_turn),
    ("matches:answer", _proposals),
    ("approvals:desk", _cases),
    ("exchanges:see", _exchanges),
    ("matches:publish", _runs),
    ("accounts:verify-firm", _firms),
    ("listings:write", _drafts),
    ("listings:write", _left_out),
    ("operation:see", _operation),
)
