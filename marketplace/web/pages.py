# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages that belong to no room: home, language, legal notes, errors, health."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import (
    session as cookie,
)
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from marketplace.errors import NotAllowed, Refusal
from marketplace.settings import LANGUAGES
from marketplace.web.addresses import safe_next
from marketplace.web.bodies import drain
from marketplace.web.context import close_session, current_actor, db_session
from marketplace.web.guards import keeps_nothing, public

bp = Blueprint("web", __name__, template_folder="templates", static_folder="static", static_url_path="/static")


@bp.get("/")
@public
def home() -> Any:
    """Visitors read what this is; people who are signed in go to their desk."""
    if current_actor() is not None:
        return redirect(url_for("desk.show"))
    return render_template("home.html")


@bp.post("/language")
@public
@keeps_nothing
def language() -> Any:
    """Remember a language in this browser; nothing is written to the database."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        cookie["language"] = chosen
    return redirect(safe_next(request.form.get("next")) or url_for("web.home"))


@bp.get("/accessibilita")
@public
def accessibility() -> str:
    """What is known about accessibility, and where to complain."""
    return render_template("accessibility.html")


@bp.get("/privacy")
@public
def privacy() -> str:
    """What is kept about people, why and for how long."""
    return render_template("privacy.html")


@bp.get("/note-legali")
@public
def legal_notes() -> str:
    """Whose site this is."""
    return render_template("legal_notes.html")


@bp.get("/faq")
@public
def faq() -> str:
    """Questions people ask."""
    return render_template("faq.html")


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> Response:
    """The database answers."""
    db_session().execute(text("SELECT 1"))
    return jsonify(status="ok")


def show_error(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    """An HTTP error as a page with words."""
    if isinstance(error, SecurityError):
        # A host name that is not ours: there are no addresses to draw a page with.
        return Response(_("This site does not answer to that name."), 400, mimetype="text/plain")
    if isinstance(error, RequestEntityTooLarge):
        drain(request.environ)
    status = error.code or 500
    if status < 400:
        return error
    known = status if status in (400, 403, 404, 405, 409, 413, 422, 429, 503) else 500 if status >= 500 else 400
    return render_template(f"errors/{known}.html"), status


def show_refusal(error: Refusal) -> tuple[str, int]:
    """A refusal as a page that says why and, for a stale answer, what changed."""
    # The page is drawn from what is in the database now, not from what the refused action had in hand.
    close_session(None)
    back = safe_next(request.form.get("next")) or request.path
    # The title of the page says already what a refusal without words of its own would say.
    said = None if type(error) is NotAllowed else error
    return (
        render_template(f"errors/{error.status}.html", refusal=said, changes=getattr(error, "changes", ()), back=back),
        error.status,
    )


def show_expired_form(_error: CSRFError) -> tuple[str, int]:
    """The form's token is missing, foreign or too old."""
    return render_template("errors/400.html", expired=True), 400


def show_unavailable(_error: OperationalError) -> Response:
    """The database cannot be reached or is busy: try again in a moment."""
    g.pop("actor", None)
    close_session(None)
    g.actor = None
    response = Response(render_template("errors/503.html"), 503)
    response.headers["Retry-After"] = "5"
    return response


def register(app: Flask) -> None:
    """Pages and error handlers."""
    app.register_blueprint(bp)
    app.register_error_handler(CSRFError, show_expired_form)
    app.register_error_handler(HTTPException, show_error)
    app.register_error_handler(Refusal, show_refusal)
    app.register_error_handler(OperationalError, show_unavailable)
