# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from __future__ import annotations

from flask import Blueprint, render_template

from marketplace.errors import N_
from marketplace.outbox import queries
from marketplace.outbox.words import KINDS
from marketplace.web.context import db_session
from marketplace.web.guards import opens

bp = Blueprint("outbox", __name__, template_folder="templates")

STATES = {"waiting": N_("Waiting"), "sent": N_("Sent"), "failed": N_("Given up")}


@bp.get("/outbox")
@opens("operation:see")
def index() -> str:
    """How much mail waits, was sent, failed; no addresses and no contents."""
    session = db_session()
    return render_template(
        "outbox/index.html",
        states=STATES,
        counts=queries.count_by_state(session),
        oldest=queries.find_oldest_waiting(session),
        kinds_words=KINDS,
        kinds=queries.list_kinds(session),
        troubles=queries.list_troubles(session),
    )
