# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages of this room: HTTP only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.accounts.queries import get_firm
from marketplace.audit.queries import Happening, list_events_of
from marketplace.db import today
from marketplace.listings import actions, catalogue, facts, hint_views, queries, rules, sheet_views, values, words
from marketplace.listings.forms import FORMS, NeedForm, OfferForm, PublishForm, SearchForm, WithdrawForm
from marketplace.listings.hint_views import form_for, own_firm_id
from marketplace.listings.models import Listing
from marketplace.listings.records import COLUMNS, record
from marketplace.listings.typed import filled
from marketplace.policy import can
from marketplace.web.context import db_session, the_actor
from marketplace.web.downloads import csv_file
from marketplace.web.guards import commits, opens
from marketplace.web.paging import page_number

bp = Blueprint("listings", __name__, template_folder="templates")
for name, words_of in words.FILTERS.items():
    bp.add_app_template_filter(words_of, name)

bp.get("/listings/import")(sheet_views.upload)
bp.post("/listings/import")(sheet_views.read)
bp.get("/listings/import/<key:listing_import_id>")(sheet_views.preview)
bp.post("/listings/import/<key:listing_import_id>/answer")(sheet_views.answer)
bp.post("/listings/import/<key:listing_import_id>/accept")(sheet_views.accept)
bp.post("/listings/import/<key:listing_import_id>/undo")(sheet_views.undo)
bp.post("/listings/new/<any(offer, need):side>/suggest")(hint_views.suggest)
bp.get("/listings/new/<any(offer, need):side>/suggest")(hint_views.suggest_anew)
bp.post("/listings/<key:listing_id>/suggest")(hint_views.suggest_for)
bp.get("/listings/<key:listing_id>/suggest")(hint_views.suggest_for_anew)

OWN_STATES = {
    "current": (rules.State.DRAFT, rules.State.PUBLISHED, rules.State.EXHAUSTED),
    "past": (rules.State.WITHDRAWN, rules.State.EXPIRED),
}


@bp.app_template_global()
def listings_of_accounts(keys: Collection[int]) -> Mapping[int, Listing]:
    """Account → its listing, for the page of the ledger, whose room knows nothing of listings."""
    return queries.list_by(db_session(), the_actor(), Listing.account_id, set(keys))


@bp.app_template_global()
def listings_of_events(events: Iterable[Happening]) -> Mapping[int, Listing]:
    """Key → listing of the events that are about one, as far as the reader may see it."""
    keys = {one.event.subject_id for one in events if one.event.subject_kind == Listing.__tablename__}
    return queries.list_by(db_session(), the_actor(), Listing.id, keys)


@bp.get("/listings")
@opens("listings:see")
def browse() -> Any:
    """What is on show, searched and filtered."""
    form = SearchForm(request.args)
    if not form.validate():
        return render_template("listings/browse.html", form=form, page=None, wanted=None), 422
    wanted = catalogue.Wanted(**{name: value or "" for name, value in form.data.items()})
    page = catalogue.browse(db_session(), the_actor(), wanted, page_number())
    return render_template("listings/browse.html", form=form, page=page, wanted=wanted)


@bp.get("/listings/mine")
@opens("listings:write")
def mine() -> Any:
    """The firm's own listings."""
    which = request.args.get("which", "current")
    listings = queries.list_own(db_session(), own_firm_id(), OWN_STATES.get(which, OWN_STATES["current"]))
    return render_template("listings/mine.html", listings=listings, which=which, quality=_quality)


@bp.get("/listings/mine/<any(offer, need):side>.csv")
@opens("listings:write")
def export(side: str) -> Any:
    """The firm's own offers or needs as a sheet that can be edited and uploaded again."""
    own = queries.list_own(db_session(), own_firm_id(), OWN_STATES["current"])
    return csv_file(f"{side}s", COLUMNS[side], [record(listing) for listing in own if listing.side == side])


@bp.get("/listings/new")
@opens("listings:write")
def new() -> Any:
    """An empty form for an offer or a need."""
    form = _empty_form(request.args.get("side", ""))
    return render_template("listings/edit.html", form=form, listing=None)


@bp.post("/listings/new")
@opens("listings:write")
@commits
def create() -> Any:
    """Keep a draft."""
    form = _empty_form(request.args.get("side", ""))
    if not _is_fit(form):
        return render_template("listings/edit.html", form=form, listing=None), 422
    listing = actions.create_draft(db_session(), the_actor(), form.stated(), side=form.side)
    flash(_("The draft is kept. Read it through and publish it."))
    return redirect(url_for("listings.show", listing_id=listing.id))


@bp.get("/listings/<key:listing_id>")
@opens("listings:see", Listing)
def show(listing: Listing) -> Any:
    """One listing: to its firm with all that belongs to it, to others what they may see."""
    own = can(the_actor(), "listings:see-private", listing)
    return render_template(
        "listings/show.html",
        listing=listing,
        own=own,
        price_visible=queries.may_show_price(the_actor(), listing),
        firm_visible=queries.may_see_firm(the_actor(), listing),
        quality=_quality(listing),
        problems=queries.list_problems(db_session(), listing) if own else [],
        moves=rules.available(listing.state, actions.role_of(the_actor(), listing)),
        events=list_events_of(db_session(), listing) if own else [],
    )


@bp.get("/listings/<key:listing_id>/edit")
@opens("listings:write", Listing)
def edit(listing: Listing) -> Any:
    """The form with what is known."""
    form = form_for(listing.side, data=filled(values.values_of(listing)))
    return render_template("listings/edit.html", form=form, listing=listing)


@bp.post("/listings/<key:listing_id>/edit")
@opens("listings:write", Listing)
@commits
def save(listing: Listing) -> Any:
    """Keep the changes."""
    form = form_for(listing.side)
    if not _is_fit(form, listing):
        return render_template("listings/edit.html", form=form, listing=listing), 422
    actions.edit(db_session(), the_actor(), listing, form.stated())
    flash(_("Your changes are kept."))
    return redirect(url_for("listings.show", listing_id=listing.id))


@bp.get("/listings/<key:listing_id>/publish")
@opens("listings:publish", Listing)
def review(listing: Listing) -> Any:
    """What will be on show, and whether it looks like something that already is."""
    return _review_page(listing, PublishForm())


@bp.post("/listings/<key:listing_id>/publish")
@opens("listings:publish", Listing)
@commits
def publish(listing: Listing) -> Any:
    """Put it on show; goods that look like goods on show are asked about first."""
    form = PublishForm()
    twins = queries.list_twins(db_session(), listing)
    if not form.validate_on_submit() or (twins and not form.not_a_twin.data):
        return _review_page(listing, form), 422
    actions.publish(db_session(), the_actor(), listing)
    flash(_("It is on show now. Proposals arrive here once the coordinator publishes a matching run."))
    return redirect(url_for("listings.show", listing_id=listing.id))


@bp.get("/listings/<key:listing_id>/withdraw")
@opens("listings:write", Listing)
def ask_reason(listing: Listing) -> Any:
    """Ask why it is taken off."""
    return render_template("listings/withdraw.html", listing=listing, form=WithdrawForm())


@bp.post("/listings/<key:listing_id>/withdraw")
@opens("listings:write", Listing)
@commits
def withdraw(listing: Listing) -> Any:
    """Take it off show, or discard the draft."""
    form = WithdrawForm()
    if not form.validate_on_submit():
        return render_template("listings/withdraw.html", listing=listing, form=form), 422
    actions.withdraw(db_session(), the_actor(), listing, form.reason.data)
    flash(_("It is not on show any more. What is promised already stays promised."))
    return redirect(url_for("listings.mine"))


@bp.post("/listings/<key:listing_id>/copy")
@opens("listings:write", Listing)
@commits
def copy(listing: Listing) -> Any:
    """The same as last time, as a new draft."""
    draft = actions.copy(db_session(), the_actor(), listing)
    flash(_("A new draft with the same values. Check the quantity and the days."))
    return redirect(url_for("listings.edit", listing_id=draft.id))


def _empty_form(side: str) -> OfferForm | NeedForm:
    if side not in FORMS:
        abort(404)
    return form_for(side)


def _is_fit(form: OfferForm | NeedForm, listing: Listing | None = None) -> bool:
    """Whether the shape is right and the law allows it; all that isn't stands beside the fields, at once."""
    shaped = form.validate_on_submit()
    firm = get_firm(db_session(), listing.firm_id if listing else own_firm_id())
    place = {"place_code": firm.place_code, "lat": firm.lat, "lon": firm.lon}
    day = today(db_session())
    stated = values.completed(form.stated(), place)
    wrong = form.show(facts.problems(form.side, stated, today=day, permits=queries.permits_of(firm, day)))
    return shaped and not wrong


def _review_page(listing: Listing, form: PublishForm) -> str:
    return render_template(
        "listings/publish.html",
        listing=listing,
        form=form,
        twins=queries.list_twins(db_session(), listing),
        problems=queries.list_problems(db_session(), listing),
    )


def _quality(listing: Listing) -> facts.Quality:
    return facts.quality(listing.side, values.values_of(listing))
