# SPDX-License-Identifier: AGPL-3.0-or-later
"""`@opens` decides who reaches a view, `@commits` keeps all of what it did or none of it.

Every route carries one of `@opens` or `@public`; every POST carries `@commits`. A test reads both off the views.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, abort, make_response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from marketplace.db import run_after_commit
from marketplace.errors import NotAllowed, Refusal, Stale
from marketplace.policy import can, may, only
from marketplace.web import replays
from marketplace.web.constraints import explain_violation
from marketplace.web.context import current_actor, db_session

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares: the action of the policy table, and the model its object belongs to."""

    action: str | None
    model: type[Any] | None = None


def public(view: View) -> View:
    """Anybody may come here, signed in or not."""
    view.access = Access(None)  # type: ignore[attr-defined]
    return view


def opens(action: str, model: type[Any] | None = None) -> Callable[[View], View]:
    """Let in whoever holds the right; load the object named in the URL and hand it to the view.

    Nobody signed in: to the sign-in page. An object this person may not see: the same 404 as for an unknown
    id. One they may see but not touch: 403. The view gets the object under the model's lower-case name.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> Any:
            if current_actor() is None:
                return redirect(url_for("accounts.sign_in", next=_return_path()))
            if model is not None:
                values[_parameter(model)] = _open(action, model, values.pop(f"{_parameter(model)}_id"))
            elif not may(current_actor(), action):
                raise NotAllowed
            return view(**values)

        guarded.access = Access(action, model)  # type: ignore[attr-defined]
        return guarded

    return guard


def keeps_nothing(view: View) -> View:
    """A POST that writes no row (it sets a cookie, say) and so needs no transaction."""
    view.keeps_nothing = True  # type: ignore[attr-defined]
    return view


def commits(view: View) -> View:
    """Keep everything the view wrote, or nothing; the same form sent twice has one effect.

    The commit happens here, around the view, so that a stale or conflicting one still reaches its 409 page.
    An answer of 400 or more rolls back.
    """

    @wraps(view)
    def committing(**values: Any) -> Any:
        session = db_session()
        key = replays.key_of(request)
        if key is None:
            abort(400)
        try:
            earlier = replays.begin(session, key)
            if earlier is not None:
                session.rollback()
                return earlier
            response = make_response(view(**values))
            if response.status_code >= 400:
                session.rollback()
                return response
            replays.remember(session, key, response)
            session.commit()
        except StaleDataError as error:
            session.rollback()
            raise Stale from error
        except IntegrityError as error:
            session.rollback()
            return _after_violation(error, key)
        except Refusal:
            session.rollback()
            raise
        run_after_commit(session)
        return response

    committing.commits = True  # type: ignore[attr-defined]
    return committing


def _after_violation(error: IntegrityError, key: replays.ReplayKey) -> Response:
    """A twin of this request may have won the race for the key: then its answer is ours."""
    earlier = replays.find(db_session(), key)
    if earlier is not None:
        return earlier
    raise explain_violation(error) from error


def _open(action: str, model: type[Any], key: int) -> Any:
    actor = current_actor()
    seen = select(model).where(model.id == key, only(actor, model.SEEN_BY, model) | only(actor, action, model))
    thing = db_session().execute(seen).scalar_one_or_none()
    if thing is None:
        abort(404)
    if not can(actor, action, thing):
        raise NotAllowed
    return thing


def _parameter(model: type[Any]) -> str:
    name: str = model.__tablename__
    return name


def _return_path() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None
