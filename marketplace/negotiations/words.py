# SPDX-License-Identifier: AGPL-3.0-or-later
"""Terms in the reader's language: what changed between the round seen and the one on the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from flask_babel import gettext as _

from marketplace.errors import N_
from marketplace.negotiations.rules import OldRound
from marketplace.negotiations.terms import TRANSPORTS, differences
from marketplace.web.languages import day, euros_per_kg, kilograms

LABELS: Mapping[str, str] = {
    "mass_g": N_("Quantity"),
    "price_milli_eur_kg": N_("Price"),
    "transport": N_("Who brings the goods"),
    "quality": N_("Quality"),
    "sample": N_("A sample is sent first"),
    "pickup_from": N_("Pick-up from"),
    "pickup_until": N_("Pick-up until"),
    "note": N_("Anything else"),
}
_SHOW: Mapping[str, Callable[..., str]] = {
    "mass_g": kilograms,
    "price_milli_eur_kg": euros_per_kg,
    "transport": lambda code: _(TRANSPORTS[code]),
    "sample": lambda wanted: _("yes") if wanted else _("no"),
    "pickup_from": day,
    "pickup_until": day,
}


def shown(name: str, value: object) -> str:
    """One term in words; a dash for what is not stated."""
    if value is None or value == "":
        return "–"
    return str(_SHOW[name](value)) if name in _SHOW else str(value)


@contextmanager
def saying_what_changed() -> Iterator[None]:
    """Give the refusal of an answer to an old round its table of changes."""
    try:
        yield
    except OldRound as refusal:
        refusal.changes = [
            (_(LABELS[change.name]), shown(change.name, change.seen), shown(change.name, change.now))
            for change in differences(refusal.seen, refusal.now)
        ]
        raise
