# SPDX-License-Identifier: AGPL-3.0-or-later
"""The main menu: one line per page, shown to whoever may open it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext as _

from marketplace.errors import N_
from marketplace.policy import Actor, may

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
    ("ledger.index", N_("Our grams"), "ledger:see"),
    ("accounts.own_firm", N_("Our firm"), "accounts:own-firm"),
    ("accounts.firms", N_("Firms"), "accounts:list-firms"),
    ("accounts.people", N_("People"), "accounts:assign-roles"),
    ("audit.index", N_("What happened"), "audit:see"),
    ("outbox.index", N_("Outgoing mail"), "operation:see"),
    ("accounts.me", N_("My account"), "accounts:use-own"),
)
"""Endpoint, label, action."""


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
    here = _nearest(request.endpoint or "", [endpoint for endpoint, _label in shown])
    return [Entry(url_for(endpoint), _(label), endpoint == here) for endpoint, label in shown]


def _nearest(page: str, endpoints: list[str]) -> str | None:
    """The line a page belongs to: its own, else that of its plural (a run: the runs), else the first of its room."""
    room = page.partition(".")[0]
    candidates = (page, f"{page}s", next((e for e in endpoints if e.partition(".")[0] == room), None))
    return next((e for e in candidates if e in endpoints), None)
