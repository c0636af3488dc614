# SPDX-License-Identifier: AGPL-3.0-or-later
"""Today's listings: each firm uploads its own sheet, cut out of the sample district, and publishes what it says."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.queries import get_firm
from marketplace.db import now
from marketplace.demo.cast import Cast
from marketplace.demo.people import rows
from marketplace.listings import actions, importing
from marketplace.listings.models import Listing, ListingImport
from marketplace.listings.sheets import read_rows, read_sheet
from marketplace.policy import Actor
from marketplace.processors.actions import state_process
from matching.market.vocabulary import scaled

FIFTEENTH = date(2027, 1, 15)
"""The day of the sample that falls in the week of today."""
FILES = {"offer": "offers.csv", "need": "needs.csv"}
_DAYS = ("available_from", "available_until", "needed_from", "needed_until")
HALF_WRITTEN = "cascami-gennaio-tessitura.xlsx"
WRITTEN_BY = "F-03"
"""Whose sheet it is; what it leaves open stays a draft to complete."""

Row = Mapping[str, str]


def bring_in(session: Session, cast: Cast, today: date) -> int:
    """All offers and needs of the sample, their days moved to around today; how many were published."""
    published = 0
    for side, name in FILES.items():
        for code, own in _by_firm(rows(name)):
            data = _sheet([_moved(row, today) for row in own])
            published += _upload_and_publish(session, cast.manager(code), side, f"{code}-{name}", data)
    return published


def bring_in_processors(session: Session, cast: Cast) -> int:
    """What the firms of the sample do to material for others; how many processes."""
    found = rows("processors.csv")
    for row in found:
        firm = get_firm(session, cast.firm_ids[row["firm"]])
        state_process(session, cast.manager(row["firm"]), firm, _process(row))
    return len(found)


def _process(row: Row) -> dict[str, Any]:
    same = ("process", "input_forms", "output_form", "regimes", "waste_codes", "removes", "certificates")
    return {
        **{name: row[name] for name in same},
        "yield_ppm": scaled(row["yield"], 6),
        "capacity_g": scaled(row["capacity_kg"], 3),
        "min_batch_g": scaled(row["min_batch_kg"] or "0", 3),
        "cost_milli_eur_kg": scaled(row["cost_eur_kg"], 3),
        "end_of_waste": row["eow"] == "yes",
    }


def bring_in_drafts(session: Session, cast: Cast) -> None:
    """A weaver's spreadsheet as it really looks: accepted, but with much left to complete."""
    data = files(__package__).joinpath("district", "sheets", HALF_WRITTEN).read_bytes()
    actor = cast.manager(WRITTEN_BY)
    importing.accept(session, actor, _upload(session, actor, "offer", HALF_WRITTEN, data))


def shift(today: date) -> timedelta:
    """Whole weeks from the week of the sample's 15 January to that of today."""
    return _monday(today) - _monday(FIFTEENTH)


def _upload_and_publish(session: Session, actor: Actor, side: str, name: str, data: bytes) -> int:
    sheet = _upload(session, actor, side, name, data)
    importing.accept(session, actor, sheet)
    drafts = session.scalars(select(Listing).where(Listing.import_id == sheet.id).order_by(Listing.id)).all()
    for draft in drafts:
        actions.publish(session, actor, draft)
    return len(drafts)


def _upload(session: Session, actor: Actor, side: str, name: str, data: bytes) -> ListingImport:
    # Files of our own, many of them small: read here, not in a child process each.
    found = read_rows(read_sheet(name, data), side, now(session).date())
    return importing.upload(session, actor, side, name, found)


def _by_firm(found: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    for code in sorted({row["firm"] for row in found}):
        yield code, [row for row in found if row["firm"] == code]


def _moved(row: Row, today: date) -> Row:
    return {name: _later(cell, today) if name in _DAYS and cell else cell for name, cell in row.items()}


def _later(cell: str, today: date) -> str:
    return (date.fromisoformat(cell) + shift(today)).isoformat()


def _sheet(own: Sequence[Row]) -> bytes:
    out = io.StringIO()
    # The place is the firm's own, so the columns that repeat it are left out, as a firm would.
    names = [name for name in own[0] if name not in ("firm", "firm_size", "lat", "lon")]
    writer = csv.DictWriter(out, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(own)
    return out.getvalue().encode()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
