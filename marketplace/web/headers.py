# SPDX-License-Identifier: AGPL-3.0-or-later
"""Headers of every answer: the content policy and its friends."""

from __future__ import annotations

import secrets

from flask import Response, g

from marketplace.web.context import current_actor


def nonce() -> str:
    """This answer's nonce, for the few inline data blocks."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    value: str = g.nonce
    return value


def add_headers(response: Response) -> Response:
    """Strict content policy; pages of signed-in people are never stored."""
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; script-src 'self' 'nonce-{nonce()}'; style-src 'self' 'nonce-{nonce()}'; "
        "img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'self'; "
        "object-src 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if g.get("actor") is not None or current_actor_is_known():
        response.headers["Cache-Control"] = "no-store"
    return response


def current_actor_is_known() -> bool:
    """Whether this request found out that somebody is signed in (static files never ask)."""
    return "actor" in g and current_actor() is not None
