# SPDX-License-Identifier: AGPL-3.0-or-later
"""The room's blueprint, and what its pages share."""

from __future__ import annotations

from flask import Blueprint, request
from flask_babel import gettext as _
from wtforms import Field

from marketplace.accounts import throttle
from marketplace.errors import Refusal
from marketplace.web.context import site

bp = Blueprint("accounts", __name__, template_folder="../templates")

Page = tuple[str, int]
"""A page shown again with what was typed, and its status."""


def visitor_address() -> str:
    """The network address of whoever sent this request."""
    return request.remote_addr or ""


def count_try(what: str, email: str) -> bool:
    """Count a try in a transaction of its own, whatever becomes of the request; False when there were too many.

    Called while the request's own session holds no lock.
    """
    with site().database.transaction() as session:
        return throttle.admit(session, what, email, visitor_address())


def complain(field: Field, refusal: Refusal) -> None:
    """Show a refusal beside the field it is about."""
    field.errors = [*field.errors, _(refusal.words)]
