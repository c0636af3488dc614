# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first page after sign-in."""

from __future__ import annotations

from flask import Blueprint, render_template

from marketplace.desk.sections import sections
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import opens

bp = Blueprint("desk", __name__, template_folder="templates")


@bp.get("/desk")
@opens("accounts:use-own")
def show() -> str:
    """What waits for me, and where to begin."""
    return render_template("desk/show.html", sections=sections(db_session(), the_actor()))
