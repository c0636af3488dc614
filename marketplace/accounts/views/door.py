# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in and out, and forgotten passwords."""

from __future__ import annotations

from functools import wraps
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask import session as browser_cookie
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace.accounts import actions, throttle
from marketplace.accounts.browsers import browser_name
from marketplace.accounts.credentials import is_password
from marketplace.accounts.forms import ForgotForm, ResetForm, SignInForm
from marketplace.accounts.passwords import UnfitPassword
from marketplace.accounts.queries import find_person, open_reset
from marketplace.accounts.rules import SIGN_IN_LASTS, LinkDead, TooManyTries
from marketplace.accounts.signed_in import COOKIE, actor_of
from marketplace.accounts.views.blueprint import Page, bp, complain, count_try, visitor_address
from marketplace.policy import Actor
from marketplace.web.addresses import safe_next
from marketplace.web.context import current_actor, db_session, site, the_actor
from marketplace.web.guards import View, commits, opens, public


def proves_password(view: View) -> View:
    """Let in whoever types the right password; goes outside `@commits`.

    The try is counted and the count kept, then the password is looked at, and only then does the request's own
    transaction begin: no lock is held while a password is hashed, and a refused try stays counted.
    """

    @wraps(view)
    def proving() -> Any:
        form = SignInForm()
        if not form.validate():
            return _sign_in_page(form), 422
        if not count_try("sign-in", form.email.data):
            form.form_errors.append(_(TooManyTries.words))
            return _sign_in_page(form), 429
        actor = _actor_with(form.email.data, form.password.data)
        if actor is None:
            form.form_errors.append(_("The e-mail address or the password is wrong, or the account is not active."))
            return _sign_in_page(form), 422
        return view(form=form, actor=actor)

    return proving


@bp.get("/sign-in")
@public
def sign_in() -> Any:
    """The form; somebody who is signed in goes on."""
    going_to = safe_next(request.args.get("next"))
    if current_actor() is not None:
        return redirect(going_to or url_for("desk.show"))
    return _sign_in_page(SignInForm(formdata=None, next=going_to))


@bp.post("/sign-in")
@public
@proves_password
@commits
def open_sign_in(form: SignInForm, actor: Actor) -> Response:
    """A new sign-in in this browser; one that was open here before ends."""
    session = db_session()
    throttle.forgive(session, "sign-in", form.email.data, visitor_address())
    token = actions.open_sign_in(
        session, actor, browser_name(request.user_agent.string), replaces=request.cookies.get(COOKIE)
    )
    response = redirect(safe_next(form.next.data) or url_for("desk.show"))
    _forget_browser()
    response.set_cookie(
        COOKIE,
        token,
        max_age=SIGN_IN_LASTS,
        secure=site().settings.https,
        httponly=True,
        samesite="Lax",
    )
    return response


@bp.post("/sign-out")
@opens("accounts:use-own")
@commits
def sign_out() -> Response:
    """End this browser's sign-in."""
    actions.sign_out(db_session(), the_actor(), request.cookies.get(COOKIE, ""))
    _forget_browser()
    response = redirect(url_for("web.home"))
    response.delete_cookie(COOKIE)
    return response


@bp.get("/password/forgot")
@public
def forgot() -> str:
    """Where to send a link?"""
    return render_template("accounts/forgot.html", form=ForgotForm())


@bp.post("/password/forgot")
@public
@commits
def ask_reset() -> Response | Page:
    """The same answer for every address."""
    form = ForgotForm()
    if not form.validate():
        return render_template("accounts/forgot.html", form=form), 422
    actions.ask_reset(db_session(), form.email.data, visitor_address())
    return redirect(url_for("accounts.reset_sent"))


@bp.get("/password/forgot/sent")
@public
def reset_sent() -> str:
    """Look into your mail."""
    return render_template("accounts/reset_sent.html")


@bp.get("/password/reset/<token>")
@public
def reset(token: str) -> str | Page:
    """Choose a new password."""
    try:
        open_reset(db_session(), token)
    except LinkDead:
        return dead_link()
    return render_template("accounts/reset.html", form=ResetForm(), token=token)


@bp.post("/password/reset/<token>")
@public
@commits
def set_password(token: str) -> Response | Page:
    """The link works once; all sign-ins end."""
    form = ResetForm()
    if form.validate():
        try:
            actions.reset_password(db_session(), token, form.password.data)
        except LinkDead:
            return dead_link()
        except UnfitPassword as refusal:
            complain(form.password, refusal)
    if form.errors:
        return render_template("accounts/reset.html", form=form, token=token), 422
    flash(_("Your new password is set. Please sign in with it."))
    return redirect(url_for("accounts.sign_in"))


def dead_link() -> Page:
    """A link that was used, replaced, is too old or never was: all the same."""
    return render_template("accounts/dead_link.html", unknown=True), 404


def _sign_in_page(form: SignInForm) -> str:
    return render_template("accounts/sign_in.html", form=form)


def _actor_with(email: str, password: str) -> Actor | None:
    with site().database.reading() as session:
        person = find_person(session, email)
        password_hash = person.password_hash if person else None
        actor = actor_of(session, person) if person else None
    return actor if is_password(password, password_hash) else None


def _forget_browser() -> None:
    # A form token from before belongs to somebody else; the language chosen in this browser stays.
    language = browser_cookie.get("language")
    browser_cookie.clear()
    if language:
        browser_cookie["language"] = language
