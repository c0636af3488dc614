# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.queries import get_firm
from marketplace.db import today
from marketplace.listings.queries import permits_of
from marketplace.policy import may
from marketplace.processors import actions, queries
from marketplace.processors.forms import ProcessForm
from marketplace.processors.models import Processor
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens

bp = Blueprint("processors", __name__, template_folder="templates")


@bp.get("/processing")
@opens("processors:see")
def index() -> str:
    """What firms do to material for others: one's own firm's, or all for the coordinator."""
    return _page(_form() if may(the_actor(), "processors:write") else None)


@bp.post("/processing")
@opens("processors:write")
@commits
def state() -> Any:
    """State a process."""
    form = _form()
    if not form.validate():
        return _page(form), 422
    actions.state_process(db_session(), the_actor(), _firm(), form.stated())
    flash(_("It is stated. The next matching run knows of it."))
    return redirect(url_for("processors.index"))


@bp.post("/processing/<key:processor_id>/withdraw")
@opens("processors:write", Processor)
@commits
def withdraw(processor: Processor) -> Any:
    """The firm does it no longer."""
    actions.withdraw_process(db_session(), the_actor(), processor)
    flash(_("It is withdrawn. The next matching run does without it."))
    return redirect(url_for("processors.index"))


def _page(form: ProcessForm | None) -> str:
    found = queries.list_visible(db_session(), the_actor())
    return render_template("processors/index.html", processors=found, form=form)


def _form() -> ProcessForm:
    return ProcessForm().offer_permits(permits_of(_firm(), today(db_session())))


def _firm() -> Organisation:
    firm_id = the_actor().firm_id
    if firm_id is None:
        abort(404)
    return get_firm(db_session(), firm_id)
