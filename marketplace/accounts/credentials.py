# SPDX-License-Identifier: AGPL-3.0-or-later
"""Secrets: passwords that are hashed slowly, and long random tokens of which the database keeps a digest."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from marketplace.accounts.passwords import LENGTH, same_spelling

# Argon2id with 19 MiB and two passes, the first choice of OWASP's Password Storage Cheat Sheet: about 35 ms here.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODYS = _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """The password's hash with its salt and parameters."""
    return _hasher.hash(same_spelling(password))


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether this is the password; takes as long for a person who does not exist (None)."""
    if len(password) >= LENGTH.stop:
        return False
    try:
        return _hasher.verify(password_hash or _NOBODYS, same_spelling(password)) and password_hash is not None
    except (VerificationError, UnicodeEncodeError):
        return False


def new_token() -> str:
    """A token that cannot be guessed (256 bits)."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
