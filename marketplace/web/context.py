# SPDX-License-Identifier: AGPL-3.0-or-later
"""One request's database session and signed-in person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.policy import Actor
from marketplace.settings import Settings

ActorLoader = Callable[[], Actor | None]


@dataclass(frozen=True, slots=True)
class Site:
    """What a running application carries: settings, database and the way to find who is signed in."""

    settings: Settings
    database: Database
    load_actor: ActorLoader


def site(app: Flask | None = None) -> Site:
    """The site behind the current application."""
    found: Site = (app or current_app).extensions["marketplace"]
    return found


def db_session() -> Session:
    """This request's session: a reader for GET and HEAD (the database refuses its writes), else a writer."""
    if "db_session" not in g:
        database = site().database
        g.db_session = database.reader() if request.method in ("GET", "HEAD") else database.writer()
    session: Session = g.db_session
    return session


def current_actor() -> Actor | None:
    """The signed-in person with live rights, or None."""
    if "actor" not in g:
        g.actor = site().load_actor()
    actor: Actor | None = g.actor
    return actor


def the_actor() -> Actor:
    """The signed-in person, in views that only signed-in people reach."""
    actor = current_actor()
    if actor is None:
        raise RuntimeError("a guarded view ran without a signed-in person")
    return actor


def close_session(_error: BaseException | None) -> None:
    """Give the connection back; whatever was not committed is rolled back."""
    session: Session | None = g.pop("db_session", None)
    if session is not None:
        session.close()
