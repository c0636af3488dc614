# SPDX-License-Identifier: AGPL-3.0-or-later
"""The two families of refusal. A room adds one small class per refusal in its own `rules.py`.

The sentence shown to people is the class's `words`, an English message id that the catalogues translate;
`facts` fill its placeholders as `web.languages.told` shows them (`…_g` as kilograms).
"""

from __future__ import annotations

from collections.abc import Sequence


def N_(text: str) -> str:
    """Mark an English sentence for translation without translating it here."""
    return text


class Refusal(Exception):
    """Something a person asked for that does not happen; nothing was changed."""

    status = 400
    words = N_("This cannot be done.")

    def __init__(self, **facts: object) -> None:
        super().__init__(self.words)
        self.facts = facts


class Refused(Refusal):
    """The state of things forbids it (HTTP 409)."""

    status = 409
    words = N_("This is no longer possible: something has changed in the meantime.")
    changes: Sequence[tuple[str, str, str]] = ()
    """What changed since the page was read: (label, seen, now), each already fit to be shown."""


class NotAllowed(Refusal):
    """This person may see it but not do it (HTTP 403)."""

    status = 403
    words = N_("Your role does not allow this.")


class Stale(Refused):
    """The row was changed by somebody else between reading and writing."""

    words = N_("Somebody else changed this while you were looking at it. Please look again.")
