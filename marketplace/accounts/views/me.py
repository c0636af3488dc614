# SPDX-License-Identifier: AGPL-3.0-or-later
"""One's own name, language, password and sign-ins."""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask import session as browser_cookie
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace.accounts import actions, throttle
from marketplace.accounts.credentials import digest, is_password
from marketplace.accounts.forms import PasswordForm, PersonForm
from marketplace.accounts.models import Person, SignIn
from marketplace.accounts.passwords import UnfitPassword
from marketplace.accounts.queries import list_sign_ins
from marketplace.accounts.rules import ROLE_WORDS, TooManyTries, WrongPassword
from marketplace.accounts.signed_in import COOKIE
from marketplace.accounts.views.blueprint import Page, bp, complain, count_try, visitor_address
from marketplace.web.context import close_session, db_session, site, the_actor
from marketplace.web.guards import View, commits, opens


@bp.get("/me")
@opens("accounts:use-own")
def me() -> str:
    """My account."""
    return _page()


@bp.post("/me")
@opens("accounts:use-own")
@commits
def edit_me() -> Response | Page:
    """Change name and language."""
    form = PersonForm()
    if not form.validate():
        return _page(person_form=form), 422
    actions.edit_profile(db_session(), the_actor(), form.name.data, form.language.data)
    browser_cookie["language"] = form.language.data
    return redirect(url_for("accounts.me"))


def proves_own_password(view: View) -> View:
    """Let on whoever types their present password; goes between `@opens` and `@commits`.

    A sign-in left open in somebody else's hands must not become a place to guess at: tries are counted, and the count
    kept, as at the door (`door.proves_password`).
    """

    @wraps(view)
    def proving() -> Any:
        form = PasswordForm()
        if not form.validate():
            return _page(password_form=form), 422
        email, password_hash = _own_credentials()
        if not count_try("password", email):
            form.form_errors.append(_(TooManyTries.words))
            return _page(password_form=form), 429
        if not is_password(form.old_password.data, password_hash):
            complain(form.old_password, WrongPassword())
            return _page(password_form=form), 422
        return view(form=form, email=email)

    return proving


@bp.post("/me/password")
@opens("accounts:use-own")
@proves_own_password
@commits
def change_password(form: PasswordForm, email: str) -> Response | Page:
    """Other browsers are signed out."""
    session = db_session()
    throttle.forgive(session, "password", email, visitor_address())
    try:
        actions.change_password(session, the_actor(), form.new_password.data, _token())
    except UnfitPassword as refusal:
        complain(form.new_password, refusal)
        return _page(password_form=form), 422
    flash(_("Your new password is set. Other browsers have been signed out."))
    return redirect(url_for("accounts.me"))


@bp.post("/sign-ins/<key:sign_in_id>/end")
@opens("accounts:use-own", SignIn)
@commits
def end_sign_in(sign_in: SignIn) -> Response:
    """Sign another browser out."""
    actions.end_sign_in(db_session(), the_actor(), sign_in)
    return redirect(url_for("accounts.me"))


def _page(person_form: PersonForm | None = None, password_form: PasswordForm | None = None) -> str:
    session = db_session()
    person = session.get_one(Person, the_actor().person_id)
    return render_template(
        "accounts/me.html",
        person=person,
        role_words=ROLE_WORDS,
        person_form=person_form or PersonForm(formdata=None, obj=person),
        password_form=password_form or PasswordForm(formdata=None),
        sign_ins=list_sign_ins(session, person.id),
        this_one=digest(_token()),
    )


def _own_credentials() -> tuple[str, str | None]:
    # The session that found who is signed in may hold SQLite's only write lock: it is given back before the count.
    close_session(None)
    with site().database.reading() as session:
        person = session.get_one(Person, the_actor().person_id)
        return person.email, person.password_hash


def _token() -> str:
    return request.cookies.get(COOKIE, "")
