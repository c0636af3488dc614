# SPDX-License-Identifier: AGPL-3.0-or-later
"""The main menu: one line per page, shown to whoever may open it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from marketplace.errors import N_
from marketplace.policy import Actor, Scope, may, scopes

MENU = (
    ("desk.show", N_("My desk"), "accounts:use-own"),
    ("listings.browse", N_("Offers and needs"), "listings:see"),
    ("processors.index", N_("Processing"), "processors:see"),
    ("matches.proposals", N_("Proposals"), "matches:see"),
    ("negotiations.index", N_("Negotiations"), "negotiations:see"),
    ("matches.runs", N_("Matching runs"), "matches:see-runs"),
    ("approvals.index", N_("Cases"), "approvals:desk"),
    ("exchanges.index", N_("Exchanges"), "exchanges:see"),
    ("analytics.show", N_("Volumes"), "analytics:see"),
    ("ledger.index", N_("Our kilograms"), "ledger:see"),
    ("accounts.own_firm", N_("Our firm"), "accounts:own-firm"),
    ("accounts.firms", N_("Firms"), "accounts:list-firms"),
    ("accounts.people", N_("People"), "accounts:assign-roles"),
    ("audit.index", N_("What happened"), "audit:see"),
    ("outbox.index", N_("Outgoing mail"), "operation:see"),
)
"""Endpoint, label, action."""

SUBJECTS = {
    "listing": ("listings.show", "listing_id", N_("Listing %(number)s"), "listings:see"),
    "listing_import": ("listings.preview", "listing_import_id", N_("Sheet %(number)s"), "listings:import"),
    "run": ("matches.run", "run_id", N_("Run %(number)s"), "matches:see-runs"),
    "proposal": ("matches.show", "proposal_id", N_("Proposal %(number)s"), "matches:see"),
    "negotiation": ("negotiations.show", "negotiation_id", N_("Negotiation %(number)s"), "negotiations:see"),
    "approval_case": ("approvals.show", "approval_case_id", N_("Case %(number)s"), "approvals:see"),
    "exchange": ("exchanges.show", "exchange_id", N_("Exchange %(number)s"), "exchanges:see"),
    "delivery": ("exchanges.of_load", "delivery_id", N_("Load %(number)s"), "exchanges:see"),
}
"""Kind of thing that something happened to → the page about it: endpoint, its argument, label, action."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    url: str
    label: str
    active: bool
    count: int | None = None


def entries(actor: Actor | None) -> list[Entry]:
    """The lines this person may open; none for visitors."""
    shown = [(endpoint, label) for endpoint, label, action in MENU if may(actor, action)]
    addresses = {endpoint: url_for(endpoint) for endpoint, _label in shown}
    here = _above(request.script_root + request.path, addresses) or _nearest(request.endpoint or "", [*addresses])
    return [Entry(addresses[endpoint], _(label), endpoint == here) for endpoint, label in shown]


def subject(actor: Actor | None, kind: str, key: int, firms: Sequence[int | None]) -> Entry | None:
    """The page about what something happened to, which concerned these firms; None if this person can't open it."""
    if kind not in SUBJECTS:
        return None
    endpoint, argument, label, action = SUBJECTS[kind]
    near = Scope.OWN | Scope.PARTY
    reaches = (
        Scope.ALL in scope or (m.organisation_id in firms and scope & near) for m, scope in scopes(actor, action)
    )
    if not any(reaches):
        return None
    where: dict[str, Any] = {argument: key}
    return Entry(url_for(endpoint, **where), _(label, number=key), active=False)


def _above(path: str, addresses: Mapping[str, str]) -> str | None:
    """The line whose address the page's own begins with: /runs of /runs/29/compare."""
    return next((endpoint for endpoint, address in addresses.items() if f"{path}/".startswith(f"{address}/")), None)


def _nearest(page: str, endpoints: list[str]) -> str | None:
    """The line a page belongs to: its own, else that of its plural (a run: the runs), else the first of its room."""
    room = page.partition(".")[0]
    candidates = (page, f"{page}s", next((e for e in endpoints if e.partition(".")[0] == room), None))
    return next((e for e in candidates if e in endpoints), None)
