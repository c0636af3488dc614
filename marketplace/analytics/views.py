# SPDX-License-Identifier: AGPL-3.0-or-later
"""The volumes: one page, its chart, its table and the same table as a file."""

from __future__ import annotations

import csv
import io

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _

from marketplace.analytics.rules import LEAST_FIRMS, STEP_WORDS, TABLE_WORDS, TABLES_VERSION, Step, Table
from marketplace.analytics.tables import Volumes, mass, volumes
from marketplace.db import now
from marketplace.web.context import db_session
from marketplace.web.guards import opens

bp = Blueprint("analytics", __name__, template_folder="templates")


@bp.get("/volumes")
@opens("analytics:see")
def show() -> str:
    """One of the tables, chosen in the address."""
    chosen = volumes(db_session(), _table())
    words = [_(STEP_WORDS[step]) for step in Step]
    return render_template(
        "analytics/volumes.html",
        volumes=chosen,
        tables=TABLE_WORDS,
        steps=STEP_WORDS,
        headings=[chosen.title, *words],
        totals=[(word, mass(grams)) for word, grams in zip(words, chosen.totals, strict=True)],
        mass=mass,
        least_firms=LEAST_FIRMS,
    )


@bp.get("/volumes.csv")
@opens("analytics:export")
def export() -> Response:
    """The same table as CSV in kilograms; what was chosen stands in its first lines."""
    table = volumes(db_session(), _table())
    return Response(
        _csv(table, f"{now(db_session()):%Y-%m-%dT%H:%M:%SZ}"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="volumes-{table.table}.csv"'},
    )


def _table() -> Table:
    try:
        return Table(request.args.get("by", Table.MONTH))
    except ValueError:
        abort(404)


def _csv(table: Volumes, made_at: str) -> str:
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["# table", table.table, "version", TABLES_VERSION, "unit", "kg", "made", made_at])
    write.writerow([table.table, *Step])
    for line in table.lines:
        name = line.code if table.table is Table.MONTH else line.name
        write.writerow([name, *(_kilograms(grams) for grams in line.grams)])
    write.writerow([_("Total"), *(_kilograms(grams) for grams in table.totals)])
    return "\ufeff" + out.getvalue()


def _kilograms(grams: int | None) -> str:
    return ":c" if grams is None else f"{grams // 1000}.{grams % 1000:03d}"
