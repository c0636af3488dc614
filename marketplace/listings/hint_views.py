# SPDX-License-Identifier: AGPL-3.0-or-later
"""The form of a listing with what its words may mean, or with a line more: HTTP only; nothing is kept."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.accounts.queries import get_firm
from marketplace.db import today
from marketplace.listings import picks, queries
from marketplace.listings.forms import FORMS, NeedForm, OfferForm
from marketplace.listings.hints import hints
from marketplace.listings.models import Listing
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import keeps_nothing, opens


@opens("listings:write")
@keeps_nothing
def suggest(side: str) -> Any:
    """The form as it was typed, with what its words may mean or with one more line for a fibre."""
    return _with_hints(form_for(side), None)


@opens("listings:write", Listing)
@keeps_nothing
def suggest_for(listing: Listing) -> Any:
    """The same for a listing that is kept already."""
    return _with_hints(form_for(listing.side), listing)


@opens("listings:write")
def suggest_anew(side: str) -> Any:
    """Who comes here by an address alone (another language was chosen, say) typed nothing: back to the form."""
    return redirect(url_for("listings.new", side=side))


@opens("listings:write", Listing)
def suggest_for_anew(listing: Listing) -> Any:
    """The same for a listing that is kept already."""
    return redirect(url_for("listings.edit", listing_id=listing.id))


def form_for(side: str, **known: Any) -> OfferForm | NeedForm:
    """The form of an offer or a need of one's own firm, with its permits."""
    form = FORMS[side](**known)
    if isinstance(form, NeedForm):
        firm = get_firm(db_session(), own_firm_id())
        form.offer_permits(queries.permits_of(firm, today(db_session())))
    return form


def own_firm_id() -> int:
    """The firm of who is signed in; somebody without one finds nothing here."""
    firm_id = the_actor().firm_id
    if firm_id is None:
        abort(404)
    return firm_id


def _with_hints(form: OfferForm | NeedForm, listing: Listing | None) -> Any:
    if "more" in request.form:
        form.one_more_fibre()
        return render_template("listings/edit.html", form=form, listing=listing)
    text = (form.description.data or "").strip()
    if not text:
        form.description.errors = [_("Write a few words about it first.")]
        return render_template("listings/edit.html", form=form, listing=listing), 422
    picks.pick(form, request.form.get("pick", ""))
    found = hints(form.side, text)
    return render_template("listings/edit.html", form=form, listing=listing, hints=found, picked=picks.picked(form))
