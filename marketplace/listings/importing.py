# SPDX-License-Identifier: AGPL-3.0-or-later
"""From an uploaded sheet to drafts: read, looked at, accepted, and taken back if it was a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.audit import actions as audit
from marketplace.db import now, today
from marketplace.errors import N_
from marketplace.listings import actions
from marketplace.listings.facts import Problem
from marketplace.listings.models import Listing, ListingImport
from marketplace.listings.queries import permits_of
from marketplace.listings.rules import ImportMove, ImportState, Move, Role, State, available, decide_import
from marketplace.listings.sheets import GOOD, Context, Row, Verdict, as_json, from_json, judged
from marketplace.policy import Actor, can

NOT_YOURS = N_("There is no such listing of your firm. Leave the id empty for a new one.")
NOT_CHANGEABLE = N_("This listing can't be changed by you any more.")
PROMISED = N_("More than that is promised already.")


def upload(session: Session, actor: Actor, side: str, filename: str, rows: Iterable[Row]) -> ListingImport:
    """Keep what a sheet says, as it was read, for the preview."""
    listing_import = ListingImport(
        firm_id=actor.firm_id,
        person_id=actor.person_id,
        side=side,
        filename=filename,
        state=ImportState.PREVIEW,
        rows=[as_json(replace(row, firm="")) for row in rows],
        answers={},
        at=now(session),
    )
    session.add(listing_import)
    audit.record(session, actor, "listings:upload", listing_import, firms=[listing_import.firm_id], filename=filename)
    return listing_import


def answer(session: Session, actor: Actor, listing_import: ListingImport, answers: Mapping[str, str]) -> None:
    """Settle for the whole sheet what its rows leave open."""
    _move(actor, listing_import, ImportMove.ANSWER)
    listing_import.answers = {**listing_import.answers, **answers}
    audit.record(session, actor, "listings:answer", listing_import, firms=[listing_import.firm_id])


def accept(session: Session, actor: Actor, listing_import: ListingImport) -> int:
    """Make drafts of the good rows; the others stay in the sheet, with what is wrong. How many rows were good."""
    rows = judged_rows(session, actor, listing_import)
    _move(actor, listing_import, ImportMove.ACCEPT)
    good = [row for row in rows if row.verdict in GOOD]
    made = import_rows(session, actor, good, side=listing_import.side, listing_import=listing_import)
    listings = {(row.table, row.number): listing.id for row, listing in zip(good, made, strict=True)}
    listing_import.rows = [
        {**as_json(row), "listing_id": listings.get((row.table, row.number))} if row.number else as_json(row)
        for row in rows
    ]
    changed = sum(row.key is not None for row in good)
    audit.record(
        session,
        actor,
        "listings:accept",
        listing_import,
        firms=[listing_import.firm_id],
        created=len(good) - changed,
        changed=changed,
    )
    return len(good)


def undo(session: Session, actor: Actor, listing_import: ListingImport) -> int:
    """Remove the drafts that an accepted sheet made; what was published since stays. How many were removed."""
    _move(actor, listing_import, ImportMove.UNDO)
    drafts = session.scalars(
        select(Listing).where(Listing.import_id == listing_import.id, Listing.state == State.DRAFT).order_by(Listing.id)
    ).all()
    for draft in drafts:
        session.delete(draft)
    audit.record(session, actor, "listings:undo", listing_import, firms=[listing_import.firm_id], removed=len(drafts))
    return len(drafts)


def import_rows(
    session: Session,
    actor: Actor | None,
    rows: Iterable[Row],
    *,
    side: str,
    firm_id: int | None = None,
    listing_import: ListingImport | None = None,
) -> list[Listing]:
    """A draft for each row (or a change of the listing it came from), in order.

    The operator, who imports for a whole district, names the firm; a firm's people import for their own.
    """
    made = []
    for row in rows:
        if row.key is not None:
            made.append(actions.edit(session, actor, session.get_one(Listing, row.key), row.values))
            continue
        draft = actions.create_draft(session, actor, row.values, side=side, firm_id=firm_id)
        draft.import_id = listing_import.id if listing_import else None
        made.append(draft)
    session.flush()
    return made


def judged_rows(session: Session, actor: Actor | None, listing_import: ListingImport) -> Sequence[Row]:
    """The sheet's rows with their verdicts of today; those of an accepted sheet stay as they were."""
    rows = [from_json(kept) for kept in listing_import.rows]
    if listing_import.state != ImportState.PREVIEW:
        return rows
    firm = session.get_one(Organisation, listing_import.firm_id)
    day = today(session)
    context = Context(day, permits_of(firm, day), **listing_import.answers)
    known = _listings(session, listing_import, rows)
    return [_checked(judged(row, listing_import.side, context), known, actor) for row in rows]


def _listings(session: Session, listing_import: ListingImport, rows: Iterable[Row]) -> dict[int, Listing]:
    """The firm's own listings that rows came from."""
    keys = [row.key for row in rows if row.key is not None]
    own = select(Listing).where(Listing.firm_id == listing_import.firm_id, Listing.side == listing_import.side)
    return {listing.id: listing for listing in session.scalars(own.where(Listing.id.in_(keys)))} if keys else {}


def _checked(row: Row, known: Mapping[int, Listing], actor: Actor | None) -> Row:
    """A row that would change a listing must be allowed to; else it is kept back."""
    if row.key is None or row.verdict is Verdict.SKIPPED:
        return row
    why = _why_not(row, known.get(row.key), actor)
    if why is None:
        return row
    return replace(row, verdict=Verdict.KEPT_BACK, problems=(*row.problems, Problem("reference", why)))


def _why_not(row: Row, listing: Listing | None, actor: Actor | None) -> str | None:
    if listing is None:
        return NOT_YOURS
    moves = available(listing.state, actions.role_of(actor, listing))
    if Move.EDIT not in moves and Move.AMEND not in moves:
        return NOT_CHANGEABLE
    account = listing.account
    if account is not None and (row.values.get("mass_g") or 0) < account.mass_g - account.free_g:
        return PROMISED
    if account is not None and row.verdict is not Verdict.READY:
        return NOT_CHANGEABLE
    return None


def _move(actor: Actor, listing_import: ListingImport, move: ImportMove) -> None:
    """The one place where a sheet's state changes."""
    role = Role.MEMBER if can(actor, "listings:import", listing_import) else Role.OUTSIDER
    listing_import.state = decide_import(move, listing_import.state, role)
