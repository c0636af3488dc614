# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of uploaded sheets: HTTP only. `views` gives them their addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import wraps
from pathlib import PurePath
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.db import today
from marketplace.listings import importing
from marketplace.listings.forms import AnswerForm, UploadForm
from marketplace.listings.models import ListingImport
from marketplace.listings.sheets import Row, UnreadableSheet, read_confined
from marketplace.web.context import close_session, db_session, site, the_actor
from marketplace.web.guards import View, commits, opens
from marketplace.web.paging import page_count, page_number
from marketplace.web.texts import Unreadable, clean

ROWS_PER_PAGE = 100


@opens("listings:import")
def upload() -> Any:
    """Choose a file."""
    return render_template("listings/upload.html", form=UploadForm())


def reads_sheet(view: View) -> View:
    """Hand on what the uploaded file says; goes between `@opens` and `@commits`: no lock is held while it is read."""

    @wraps(view)
    def reading() -> Any:
        form = UploadForm()
        if form.validate():
            name, data = _name_of(form.sheet.data.filename), form.sheet.data.read()
            form.sheet.data.seek(0)
            try:
                rows = read_confined(name, data, form.side.data, _today())
            except UnreadableSheet as error:
                form.sheet.errors = [_(error.words, **error.facts)]
            else:
                return view(side=form.side.data, name=name, rows=rows)
        return render_template("listings/upload.html", form=form), 422

    return reading


@opens("listings:import")
@reads_sheet
@commits
def read(side: str, name: str, rows: Sequence[Row]) -> Any:
    """Keep what was understood and show it."""
    kept = importing.upload(db_session(), the_actor(), side, name, rows)
    return redirect(url_for("listings.preview", listing_import_id=kept.id))


@opens("listings:import", ListingImport)
def preview(listing_import: ListingImport) -> Any:
    """Every row with its verdict, and the problem of each cell."""
    return _preview_page(listing_import, AnswerForm(formdata=None, data=listing_import.answers))


@opens("listings:import", ListingImport)
@commits
def answer(listing_import: ListingImport) -> Any:
    """Settle for the whole sheet what its rows leave open."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _preview_page(listing_import, form), 422
    importing.answer(db_session(), the_actor(), listing_import, form.answers())
    return redirect(url_for("listings.preview", listing_import_id=listing_import.id))


@opens("listings:import", ListingImport)
@commits
def accept(listing_import: ListingImport) -> Any:
    """Make drafts of the good rows."""
    number = importing.accept(db_session(), the_actor(), listing_import)
    flash(ngettext("%(num)s row is kept as a draft.", "%(num)s rows are kept as drafts.", number))
    return redirect(url_for("listings.preview", listing_import_id=listing_import.id))


@opens("listings:import", ListingImport)
@commits
def undo(listing_import: ListingImport) -> Any:
    """Remove the drafts that the sheet made."""
    number = importing.undo(db_session(), the_actor(), listing_import)
    flash(ngettext("%(num)s draft was removed.", "%(num)s drafts were removed.", number))
    return redirect(url_for("listings.preview", listing_import_id=listing_import.id))


def _preview_page(listing_import: ListingImport, form: AnswerForm) -> str:
    lines = importing.judged_rows(db_session(), the_actor(), listing_import)
    rows = [row for row in lines if not row.is_empty_line]
    pages = page_count(len(rows), ROWS_PER_PAGE)
    number = page_number(pages)
    first = (number - 1) * ROWS_PER_PAGE
    return render_template(
        "listings/preview.html",
        listing_import=listing_import,
        form=form,
        rows=rows[first : first + ROWS_PER_PAGE],
        made={(kept["table"], kept["number"]): kept.get("listing_id") for kept in listing_import.rows},
        counts=Counter(row.verdict.value for row in rows),
        empty_lines=len(lines) - len(rows),
        number=number,
        pages=pages,
    )


def _today() -> date:
    # The session that found who is signed in may hold SQLite's only write lock: it is given back first.
    close_session(None)
    with site().database.reading() as session:
        return today(session)


def _name_of(filename: str | None) -> str:
    """The name of the uploaded file as it may be shown; it is never used as a path."""
    name = PurePath((filename or "").replace("\\", "/")).name[:200]
    try:
        return clean(name) or "sheet"
    except Unreadable:
        return "sheet"
