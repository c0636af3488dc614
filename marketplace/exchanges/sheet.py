# SPDX-License-Identifier: AGPL-3.0-or-later
"""Exchanges as rows of a sheet: names as the file formats write them, masses in kilograms."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.exchanges.models import Exchange
from marketplace.exchanges.queries import name_of
from marketplace.policy import Actor, can
from marketplace.web.numbers import EURO_PER_KG, KILOGRAMS

COLUMNS = (
    "exchange",
    "approved_on",
    "state",
    "giver",
    "taker",
    "regime",
    "waste_code",
    "form",
    "material",
    "category",
    "theme",
    "from_place",
    "to_place",
    "agreed_kg",
    "delivered_kg",
    "completed_on",
)
PRICE = "price_eur_kg"


def header(prices: bool) -> Sequence[str]:
    """The names of the columns."""
    return (*COLUMNS, PRICE) if prices else COLUMNS


def row(actor: Actor | None, exchange: Exchange, prices: bool) -> Sequence[object]:
    """One exchange; `prices`: with the column of unit prices, filled where this person may see it."""
    cells: tuple[object, ...] = (
        exchange.id,
        exchange.approved_at.date().isoformat(),
        exchange.state,
        name_of(actor, exchange, exchange.offer_firm),
        name_of(actor, exchange, exchange.need_firm),
        exchange.regime,
        exchange.waste_code,
        exchange.form_code,
        exchange.material,
        exchange.category_code,
        exchange.theme_code,
        exchange.offer_place_code,
        exchange.need_place_code,
        KILOGRAMS.text(exchange.mass_g),
        KILOGRAMS.text(exchange.delivered_g),
        exchange.completed_at.date().isoformat() if exchange.completed_at else "",
    )
    if not prices:
        return cells
    seen = can(actor, "exchanges:see-price", exchange)
    return (*cells, EURO_PER_KG.text(exchange.price_milli_eur_kg) if seen else "")
