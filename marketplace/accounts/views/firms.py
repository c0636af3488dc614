# SPDX-License-Identifier: AGPL-3.0-or-later
"""Firms: their profile, and the coordinator's list."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace.accounts import actions
from marketplace.accounts.choices import vocabulary_language
from marketplace.accounts.details import ALBO_CATEGORIES, BODY_KINDS, TRADES
from marketplace.accounts.forms import AssociationForm, PermitForm, ProfileForm, SuspensionForm, firm_details
from marketplace.accounts.models import Organisation, Permit
from marketplace.accounts.queries import FIRMS_PER_PAGE, get_firm, list_associations, list_firms, list_twins
from marketplace.accounts.rules import STANDING_WORDS, Move, Standing, available
from marketplace.accounts.views.blueprint import Page, bp
from marketplace.audit.queries import list_events_of
from marketplace.web.context import db_session, the_actor
from marketplace.web.guards import commits, opens
from marketplace.web.paging import page_count, page_number
from marketplace.web.texts import Unreadable, clean
from matching.market.vocabulary import FIRM_SIZE_LIST, PLACES, THEMES, WASTE_LIST


@bp.get("/firms")
@opens("accounts:list-firms")
def firms() -> str:
    """All firms this person may see, by standing."""
    state = request.args.get("state")
    state = state if state in set(Standing) else None
    words, page = _searched(), page_number()
    found, total = list_firms(db_session(), the_actor(), state=state, words=words, page=page)
    return render_template(
        "accounts/firms.html",
        firms=found,
        total=total,
        page=page,
        pages=page_count(total, FIRMS_PER_PAGE),
        chosen=state,
        words=words,
        standing_words=STANDING_WORDS,
        places=PLACES,
        language=vocabulary_language(),
    )


@bp.get("/firm")
@opens("accounts:own-firm")
def own_firm() -> Response:
    """The way to one's own firm."""
    return redirect(url_for("accounts.show", organisation_id=the_actor().firm_id))


@bp.get("/organisations/<key:organisation_id>")
@opens("accounts:see-firm", Organisation)
def show(organisation: Organisation) -> str:
    """An organisation as it describes itself, and what happened to it."""
    return _show(organisation)


@bp.get("/organisations/<key:organisation_id>/edit")
@opens("accounts:edit-firm", Organisation)
def edit(organisation: Organisation) -> str:
    """The firm's own manager describes it."""
    return _edit(organisation)


@bp.post("/organisations/<key:organisation_id>/edit")
@opens("accounts:edit-firm", Organisation)
@commits
def save(organisation: Organisation) -> Response | Page:
    """Keep the new description."""
    form = ProfileForm()
    if not form.validate():
        return _edit(organisation, profile=form), 422
    details = firm_details(
        form,
        vat_number=organisation.vat_number or "",
        language=form.language.data,
        albo_categories=tuple(form.albo_categories.data),
    )
    actions.edit_firm(db_session(), the_actor(), organisation, details)
    return _back_to(organisation)


@bp.post("/organisations/<key:organisation_id>/association")
@opens("accounts:grant-mandate", Organisation)
@commits
def choose_association(organisation: Organisation) -> Response | Page:
    """Which association, and whether it may see the firm's rows."""
    form = AssociationForm(_associations())
    if not form.validate():
        return _edit(organisation, association=form), 422
    chosen = get_firm(db_session(), int(form.association.data)) if form.association.data else None
    actions.choose_association(db_session(), the_actor(), organisation, chosen, mandate=form.mandate.data)
    return _back_to(organisation)


@bp.post("/organisations/<key:organisation_id>/permits")
@opens("accounts:edit-firm", Organisation)
@commits
def add_permit(organisation: Organisation) -> Response | Page:
    """A waste code that the firm may receive."""
    form = PermitForm()
    if not form.validate():
        return _edit(organisation, permit=form), 422
    actions.add_permit(
        db_session(),
        the_actor(),
        organisation,
        form.waste_code.data,
        number=form.number.data or "",
        valid_until=form.valid_until.data,
    )
    return redirect(url_for("accounts.edit", organisation_id=organisation.id))


@bp.post("/permits/<key:permit_id>/remove")
@opens("accounts:edit-firm", Permit)
@commits
def remove_permit(permit: Permit) -> Response:
    """The firm may no longer receive this waste code."""
    firm_id = permit.firm_id
    actions.remove_permit(db_session(), the_actor(), permit)
    return redirect(url_for("accounts.edit", organisation_id=firm_id))


@bp.post("/organisations/<key:organisation_id>/verify")
@opens("accounts:verify-firm", Organisation)
@commits
def verify(organisation: Organisation) -> Response:
    """Let the firm trade."""
    actions.verify_firm(db_session(), the_actor(), organisation)
    flash(_("%(firm)s is verified.", firm=organisation.name))
    return _back_to(organisation)


@bp.post("/organisations/<key:organisation_id>/suspend")
@opens("accounts:suspend-firm", Organisation)
@commits
def suspend(organisation: Organisation) -> Response | Page:
    """Take all rights from the firm's people, with a reason."""
    form = SuspensionForm()
    if not form.validate():
        return _show(organisation, form), 422
    actions.suspend_firm(db_session(), the_actor(), organisation, form.reason.data)
    flash(_("%(firm)s is suspended.", firm=organisation.name))
    return _back_to(organisation)


def _show(organisation: Organisation, suspension: SuspensionForm | None = None) -> str:
    moves = available(organisation.state, the_actor().roles) if organisation.is_firm else []
    return render_template(
        "accounts/show.html",
        organisation=organisation,
        events=list_events_of(db_session(), organisation),
        may_verify=Move.VERIFY in moves,
        twins=list_twins(db_session(), organisation) if Move.VERIFY in moves else [],
        may_suspend=Move.SUSPEND in moves,
        suspension=suspension or SuspensionForm(formdata=None),
        standing_words=STANDING_WORDS,
        **_vocabulary(),
    )


def _edit(organisation: Organisation, **typed: Any) -> str:
    association = {
        "association": str(organisation.association_id or ""),
        "mandate": organisation.mandate_given,
    }
    data = {"albo_categories": organisation.albo}
    return render_template(
        "accounts/edit.html",
        organisation=organisation,
        profile=typed.get("profile") or ProfileForm(formdata=None, obj=organisation, data=data),
        association=typed.get("association") or AssociationForm(_associations(), formdata=None, data=association),
        permit=typed.get("permit") or PermitForm(formdata=None),
        **_vocabulary(),
    )


def _vocabulary() -> dict[str, Any]:
    return {
        "trades": TRADES,
        "albo_categories": ALBO_CATEGORIES,
        "kinds": BODY_KINDS,
        "places": PLACES,
        "themes": THEMES,
        "sizes": FIRM_SIZE_LIST,
        "waste_codes": WASTE_LIST,
        "language": vocabulary_language(),
    }


def _associations() -> list[tuple[int, str]]:
    return [(body.id, body.name) for body in list_associations(db_session())]


def _back_to(organisation: Organisation) -> Response:
    return redirect(url_for("accounts.show", organisation_id=organisation.id))


def _searched() -> str:
    try:
        return clean(request.args.get("q", "")[:100])
    except Unreadable:
        return ""
