# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happened, newest first, and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from marketplace.audit.queries import Happening, count_events, export_events, list_events
from marketplace.audit.rules import PER_PAGE, TOPICS, harmless
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import opens
from marketplace.web.paging import page_count, page_number

bp = Blueprint("audit", __name__, template_folder="templates")


@bp.get("/what-happened")
@opens("audit:see")
def index() -> str:
    """One page of it."""
    topic, page = _topic(), page_number()
    return render_template(
        "audit/index.html",
        events=list_events(db_session(), the_actor(), topic, page),
        topics=TOPICS,
        chosen=topic,
        page=page,
        pages=page_count(count_events(db_session(), the_actor(), topic), PER_PAGE),
    )


@bp.get("/what-happened.csv")
@opens("audit:see")
def export() -> Response:
    """The newest lines for a spreadsheet, in the reader's language."""
    events = export_events(db_session(), the_actor(), _topic())
    return Response(
        _csv(events),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="what-happened.csv"'},
    )


def _csv(events: Sequence[Happening]) -> str:
    out = io.StringIO()
    write = csv.writer(out, quoting=csv.QUOTE_ALL)
    write.writerow([_("When (UTC)"), _("Who"), _("What happened"), _("Kind")])
    for event in events:
        cells = (f"{event.at:%Y-%m-%dT%H:%M:%SZ}", event.who or "", event.words, event.kind)
        write.writerow([harmless(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


def _topic() -> str | None:
    topic = request.args.get("about", "")
    return topic if topic in TOPICS else None
