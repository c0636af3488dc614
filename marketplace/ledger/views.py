# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template
from flask_babel import gettext as _

from marketplace.ledger import queries
from marketplace.ledger.rules import BUCKET_WORDS, KIND_WORDS
from marketplace.web.context import db_session, the_actor
from marketplace.web.downloads import csv_file
from marketplace.web.guards import opens
from marketplace.web.paging import page_count, page_number
from matching.market.vocabulary import unscaled

PER_PAGE = 50
MOVEMENT_COLUMNS = ("movement", "account", "at_utc", "kind", "from", "to", "mass_kg", "subject", "subject_id")

bp = Blueprint("ledger", __name__, template_folder="templates")


@bp.get("/grams")
@opens("ledger:see")
def index() -> Any:
    """The firm's accounts and what moved on them."""
    firm_id = _firm_id()
    pages = page_count(queries.count_movements(db_session(), firm_id), PER_PAGE)
    number = page_number(pages)
    return render_template(
        "ledger/index.html",
        accounts=queries.list_accounts(db_session(), firm_id),
        movements=queries.list_movements(db_session(), firm_id, limit=PER_PAGE, offset=(number - 1) * PER_PAGE),
        words=lambda word: _({**KIND_WORDS, **BUCKET_WORDS}[word]),
        number=number,
        pages=pages,
    )


@bp.get("/grams/movements.csv")
@opens("ledger:see")
def movements() -> Any:
    """Every movement of the firm's accounts as a sheet."""
    lines = queries.list_movements(db_session(), _firm_id())
    return csv_file("movements", MOVEMENT_COLUMNS, [_row(line) for line in lines])


@bp.get("/grams/accounts.csv")
@opens("ledger:see")
def accounts() -> Any:
    """Every account of the firm as a sheet, in kilograms."""
    header = ("account", "side", "mass_kg", "free_kg", "reserved_kg", "committed_kg", "delivered_kg", "closed_kg")
    rows = [
        (a.id, a.side, *map(_kilograms, (a.mass_g, a.free_g, a.reserved_g, a.committed_g, a.delivered_g, a.closed_g)))
        for a in queries.list_accounts(db_session(), _firm_id())
    ]
    return csv_file("accounts", header, rows)


def _row(line: queries.MovementLine) -> tuple[object, ...]:
    movement = line.movement
    where = (movement.id, movement.account_id, movement.at.isoformat(), movement.kind, line.source, line.target)
    return (*where, _kilograms(line.grams), movement.subject_kind, movement.subject_id)


def _kilograms(grams: int) -> str:
    return unscaled(grams, 3)


def _firm_id() -> int:
    firm_id = the_actor().firm_id
    if firm_id is None:
        abort(404)
    return firm_id
