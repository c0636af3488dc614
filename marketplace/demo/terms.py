# SPDX-License-Identifier: AGPL-3.0-or-later
"""What firms of the past put on the table: pure arithmetic on what the two listings state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol

from marketplace.demo.chance import Chance
from marketplace.listings.models import Listing
from marketplace.negotiations.terms import TRANSPORTS, Terms

WHEN_BOTH_ARE_OPEN = 250
"""Thousandths of a euro per kg to begin with when neither side names a price."""

LEAST_NOTICE = timedelta(days=4)
MOST_DAYS_AHEAD = 21


class Pair(Protocol):
    """Two listings that two firms talk about: a proposal, a negotiation."""

    @property
    def offer(self) -> Listing:
        """What is given."""

    @property
    def need(self) -> Listing:
        """What is asked for."""


def first(chance: Chance, pair: Pair, mass_g: int, day: date) -> Terms | None:
    """The first terms: mass as proposed, a price at one end of the range; None if no day is left for a pick-up."""
    days = pickup(chance, pair, day)
    if days is None:
        return None
    low, high = prices(pair)
    return Terms(
        mass_g=mass_g,
        price_milli_eur_kg=chance.choice((low, high)),
        transport=chance.choice(sorted(TRANSPORTS)),
        sample=chance.random() < 0.3,
        pickup_from=days[0],
        pickup_until=days[1],
    )


def nearer(chance: Chance, pair: Pair, before: Terms, day: date) -> Terms | None:
    """An answer to terms: a price nearer to the middle, days that are still to come, sometimes a little less mass."""
    days = pickup(chance, pair, day)
    if days is None:
        return None
    low, high = prices(pair)
    middle = _to_cent((low + high + before.price_milli_eur_kg) / 3)
    mass_g = before.mass_g if chance.random() < 0.7 else _less(before.mass_g, chance.uniform(0.7, 0.95))
    return replace(
        before,
        mass_g=mass_g,
        price_milli_eur_kg=middle,
        transport=chance.choice(sorted(TRANSPORTS)),
        pickup_from=days[0],
        pickup_until=days[1],
    )


def prices(pair: Pair) -> tuple[int, int]:
    """The range between what is asked and what is paid at most, in thousandths of a euro per kg."""
    ask, highest = pair.offer.price_milli_eur_kg, pair.need.price_milli_eur_kg
    stated = [price for price in (ask, highest) if price is not None] or [WHEN_BOTH_ARE_OPEN]
    # Nobody may pay to be rid of a by-product.
    least = 0 if pair.offer.regime == "BYPRODUCT" else min(stated)
    return max(min(stated), least), max(max(stated), least)


def pickup(chance: Chance, pair: Pair, day: date) -> tuple[date, date] | None:
    """Days for the pick-up within the days of both listings, beginning some days from now; None if there are none."""
    earliest = max([stated.from_day or day for stated in (pair.offer, pair.need)] + [day + LEAST_NOTICE])
    latest = last_day(pair)
    if earliest > latest:
        return None
    begin = earliest + timedelta(days=chance.randint(0, min((latest - earliest).days, MOST_DAYS_AHEAD)))
    return begin, min(latest, begin + timedelta(days=chance.randint(3, 10)))


def last_day(pair: Pair) -> date:
    """The day after which one of the two listings is gone."""
    return min(stated.until_day or date.max for stated in (pair.offer, pair.need))


def working_hour(at: datetime) -> datetime:
    """The same moment, or the next morning or Monday, if nobody works then (6 to 16 hours UTC)."""
    if at.hour >= 16:
        at = (at + timedelta(days=1)).replace(hour=6)
    if at.hour < 6:
        at = at.replace(hour=6)
    if at.weekday() > 4:
        at += timedelta(days=7 - at.weekday())
    return at.replace(microsecond=0)


def at_work(chance: Chance, day: date | None, now: datetime) -> datetime:
    """A working hour of a day, or of the next one if that has passed."""
    earliest = now + timedelta(hours=chance.randint(3, 20))
    if day is None:
        return working_hour(earliest)
    wished = datetime(day.year, day.month, day.day, chance.randint(7, 14), tzinfo=now.tzinfo)
    return working_hour(max(wished, earliest))


def _to_cent(milli: float) -> int:
    return round(milli / 10) * 10


def _less(grams: int, share: float) -> int:
    """A part of a mass, in whole kilograms where there are some."""
    return int(grams * share / 1000) * 1000 or grams
