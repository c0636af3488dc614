# SPDX-License-Identifier: AGPL-3.0-or-later
"""Addresses: keys in URLs that fit the database, and a safe place to return to."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from werkzeug.routing import BaseConverter, ValidationError
from werkzeug.urls import iri_to_uri

from marketplace.db import MAX_KEY

LONGEST_ADDRESS = 2000
"""Characters as they travel, percent signs included; what a form answered is kept in that many."""


class KeyConverter(BaseConverter):
    """A positive whole number that the database can hold; anything else is a 404 like an unknown id."""

    regex = r"[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """Refuse what is larger than any key."""
        key = int(value)
        if key > MAX_KEY:
            raise ValidationError
        return key


def safe_next(target: str | None) -> str | None:
    """The path to return to after sign-in, or None unless it surely lies on this site."""
    if not target or not target.startswith("/") or len(iri_to_uri(target)) > LONGEST_ADDRESS:
        return None
    plain = unquote(target)
    if plain.startswith("//") or "\\" in plain or any(ord(c) < 32 or ord(c) == 127 for c in plain):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None
