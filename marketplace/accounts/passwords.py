# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a password must be. Pure."""

from __future__ import annotations

import unicodedata

from marketplace.errors import N_, Refused

LENGTH = range(10, 4097)
"""Characters; more would only cost time to hash."""


class UnfitPassword(Refused):
    """A password that is too short or easily guessed; `words` says which."""

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__()


def check_password(password: str, *names: str) -> None:
    """A new password: long enough, and neither the person's address nor a name; raises UnfitPassword."""
    if len(password) < LENGTH.start:
        raise UnfitPassword(N_("Please choose a password of at least 10 characters; a short sentence is best."))
    if len(password) >= LENGTH.stop:
        raise UnfitPassword(N_("A password can have at most 4,096 characters."))
    bare = _bare(password)
    if bare and bare in {_bare(part) for name in names for part in (name, name.partition("@")[0])}:
        raise UnfitPassword(N_("Please choose a password that is not your address or the name of your firm."))


def same_spelling(password: str) -> str:
    """The password in NFC: one typed on a phone and on a computer is the same."""
    return unicodedata.normalize("NFC", password)


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
