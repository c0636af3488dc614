# SPDX-License-Identifier: AGPL-3.0-or-later
"""The values that a reason compares, in the page's words, for the waterfall: what is offered, what is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from marketplace.errors import N_
from marketplace.listings.words import composition_of, shade
from marketplace.listings.words import term as term_of
from marketplace.matches.sight import ShownTerm
from marketplace.matches.words import term
from marketplace.web.languages import day, euros_per_kg
from matching.market.vocabulary import Wrong

_OPEN_END = ".."
_OF_THE_MIX = (N_("Composition, in the recipe"), N_("Colour, in the recipe"))
"""What holds for a mix, not for one of its components: the engine gives both under one name, in this order."""


def bars(terms: Iterable[ShownTerm]) -> list[dict[str, Any]]:
    """The rows of a waterfall: what each reason is called, what it compares, its points or that it is met."""
    of_the_mix = iter(_OF_THE_MIX)
    return [
        {
            "label": str(_(next(of_the_mix))) if one.name == "in the recipe" else term(one.name),
            "compared": compared(one),
            "amount": one.amount,
            "words": _("met"),
        }
        for one in terms
    ]


def compared(one: ShownTerm) -> str:
    """«70 % wool → 60 to 100 % wool»: the values of both sides as far as they are shown; empty where there are none."""
    read = _READ.get(one.name)
    if read is None:
        return ""
    return " → ".join(words for words in (_words(read, "offer", one.offer), _words(read, "need", one.need)) if words)


def _words(read: Callable[[str, str], str], side: str, text: str) -> str:
    try:
        return read(side, text) if text else ""
    except (Wrong, ValueError, InvalidOperation):
        # Kept by an earlier version that wrote values otherwise: shown as it was written.
        return text


def _colour(_side: str, text: str) -> str:
    return shade(text)


def _form(side: str, text: str) -> str:
    return term_of("form" if side == "offer" else "use", text)


def _price(side: str, text: str) -> str:
    price = euros_per_kg(int(Decimal(text.removesuffix(" EUR/kg")).scaleb(3)))
    return str(_("you ask %(price)s", price=price) if side == "offer" else _("you pay at most %(price)s", price=price))


def _distance(side: str, text: str) -> str:
    number = format_decimal(Decimal(text.removeprefix("≤ ").removesuffix(" km")), "#,##0.0")
    return str(_("%(distance)s km", distance=number) if side == "offer" else _("at most %(km)s km", km=number))


def _window(_side: str, text: str) -> str:
    first, last = (None if end == _OPEN_END else day(date.fromisoformat(end)) for end in text.split("/"))
    if first and last:
        return f"{first} – {last}"
    if first:
        return str(_("from %(day)s on", day=first))
    return str(_("until %(day)s", day=last) if last else _("any day"))


_READ: Mapping[str, Callable[[str, str], str]] = {
    "composition": composition_of,
    "colour": _colour,
    "form": _form,
    "hierarchy": _form,
    "price": _price,
    "price open": _price,
    "distance": _distance,
    "time": _window,
}
"""How the values of a reason are read; descriptions stand on the page in full, and a recipe's reasons compare none."""
