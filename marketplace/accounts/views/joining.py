# SPDX-License-Identifier: AGPL-3.0-or-later
"""Coming in: registering a firm, following an invitation."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace.accounts import actions, throttle
from marketplace.accounts.details import PersonDetails
from marketplace.accounts.forms import FirstPasswordForm, JoinForm, SignUpForm, firm_details
from marketplace.accounts.models import Invitation
from marketplace.accounts.passwords import UnfitPassword
from marketplace.accounts.queries import find_person, list_associations, open_invitation, open_registration
from marketplace.accounts.rules import ROLE_WORDS, LinkDead, TooManyTries
from marketplace.accounts.views.blueprint import Page, bp, complain, visitor_address
from marketplace.accounts.views.door import dead_link
from marketplace.web.context import db_session
from marketplace.web.forms import Confirmation
from marketplace.web.guards import commits, public
from marketplace.web.languages import page_language


@bp.get("/sign-up")
@public
def sign_up() -> str:
    """Register a firm."""
    return render_template("accounts/sign_up.html", form=_sign_up_form())


@bp.post("/sign-up")
@public
@commits
def register() -> Response | Page:
    """The same answer whether the address or the VAT number is known or not."""
    form = _sign_up_form()
    if form.validate():
        _ask(form)
    if form.errors:
        return render_template("accounts/sign_up.html", form=form), 422
    return redirect(url_for("accounts.signed_up"))


@bp.get("/sign-up/sent")
@public
def signed_up() -> str:
    """Look into your mail."""
    return render_template("accounts/signed_up.html")


@bp.get("/sign-up/<token>")
@public
def registration(token: str) -> str | Page:
    """Which firm is to be registered with this address."""
    try:
        found = open_registration(db_session(), token)
    except LinkDead:
        return dead_link()
    return render_template("accounts/registration.html", registration=found, token=token, form=FirstPasswordForm())


@bp.post("/sign-up/<token>")
@public
@commits
def confirm_registration(token: str) -> Response | Page:
    """Register the firm; a link works once."""
    form = FirstPasswordForm()
    try:
        found = open_registration(db_session(), token)
        if form.validate():
            actions.confirm_registration(db_session(), token, form.password.data)
    except LinkDead:
        return dead_link()
    except UnfitPassword as refusal:
        complain(form.password, refusal)
    if form.errors:
        return render_template("accounts/registration.html", registration=found, token=token, form=form), 422
    flash(_("Welcome. Please sign in."))
    return redirect(url_for("accounts.sign_in"))


@bp.get("/invitations/<token>")
@public
def invitation(token: str) -> str | Page:
    """Who invites whom to what."""
    try:
        found = open_invitation(db_session(), token)
    except LinkDead:
        return dead_link()
    return _invitation_page(found, token, _join_form(found))


@bp.post("/invitations/<token>")
@public
@commits
def accept_invitation(token: str) -> Response | Page:
    """Join; a link works once."""
    try:
        found = open_invitation(db_session(), token)
        form = _join_form(found)
        if form.validate():
            _accept(token, form)
    except LinkDead:
        return dead_link()
    except UnfitPassword as refusal:
        complain(form["password"], refusal)
    if form.errors:
        return _invitation_page(found, token, form), 422
    flash(_("Welcome. Please sign in."))
    return redirect(url_for("accounts.sign_in"))


def _sign_up_form() -> SignUpForm:
    associations = [(body.id, body.name) for body in list_associations(db_session())]
    return SignUpForm(associations, data={"theme_code": "TEX", "language": page_language()})


def _ask(form: SignUpForm) -> None:
    session = db_session()
    if not throttle.admit(session, "sign-up", form.email.data, visitor_address()):
        raise TooManyTries
    firm = firm_details(
        form,
        vat_number=form.vat_number.data,
        language=form.language.data,
        association_id=int(form.association.data) if form.association.data else None,
        mandate_given=bool(form.association.data and form.mandate.data),
    )
    manager = PersonDetails(form.person_name.data, form.email.data, form.language.data)
    actions.ask_registration(session, firm, manager)


def _join_form(found: Invitation) -> JoinForm | Confirmation:
    """Whoever is known already has nothing to tell."""
    if find_person(db_session(), found.email) is not None:
        return Confirmation()
    return JoinForm(data={"language": found.language})


def _accept(token: str, form: JoinForm | Confirmation) -> None:
    typed = (form.name.data, form.password.data, form.language.data) if isinstance(form, JoinForm) else ("", "", "")
    actions.accept_invitation(db_session(), token, *typed)


def _invitation_page(found: Invitation, token: str, form: JoinForm | Confirmation) -> str:
    role = _(ROLE_WORDS[found.asked])
    is_new = isinstance(form, JoinForm)
    return render_template(
        "accounts/invitation.html", invitation=found, role=role, token=token, form=form, is_new=is_new
    )
