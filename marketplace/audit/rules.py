# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may stand in an event, and how many are shown at once."""

from __future__ import annotations

import re
from datetime import date, datetime

from marketplace.errors import N_

EVENTS: dict[str, str] = {}
"""This room only writes down what the others do."""

PER_PAGE = 50
MOST_EXPORTED = 10_000
"""Lines of a file: the newest."""
QUIET = frozenset(
    {
        "accounts:signed-in",
        "accounts:signed-out",
        "accounts:sign-in-ended",
        "accounts:reset-asked",
    }
)
"""Shown only to those who ask for sign-ins: they would drown the rest."""
SIGN_INS = "sign-ins"
TOPICS = {
    "listings": N_("Offers and needs"),
    "processors": N_("Processing"),
    "matches": N_("Proposals"),
    "negotiations": N_("Negotiations"),
    "approvals": N_("Approval"),
    "exchanges": N_("Deliveries"),
    "accounts": N_("Firms and people"),
    SIGN_INS: N_("Sign-ins"),
}
"""What the list can be narrowed to: the rooms, and sign-ins."""
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
KIND = re.compile(r"[a-z]+:[a-z][a-z -]*", re.ASCII)

Fact = str | int | bool | None | list[str]


def checked_kind(kind: str) -> str:
    """The kind of an event, `room:act`; ValueError otherwise."""
    if not KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is not of the form room:act")
    return kind


def plain_facts(facts: dict[str, object]) -> dict[str, Fact]:
    """Facts as JSON keeps them; days and moments in ISO form.

    Prices are refused: the list is read by people who must not see them.
    """
    return {name: _plain(name, value) for name, value in facts.items()}


def _plain(name: str, value: object) -> Fact:
    if "price" in name or "eur" in name:
        raise ValueError(f"{name} would put a price into the list of what happened")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return list(value)
    raise TypeError(f"{name}: a fact is text, a whole number, a day or a list of texts, not {type(value).__name__}")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell
