# SPDX-License-Identifier: AGPL-3.0-or-later
"""What firms list in the past: pure, drawn with a seed from the sample district.

Before each run some pairs of an offer and a need of the district that could suit each other are taken, their masses,
prices and days varied, and a few listings added that nobody may want. What becomes of them is not planned: the
engine proposes, people answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from marketplace.demo.chance import Chance, chance_of
from marketplace.demo.people import rows
from marketplace.listings.shelves import category_by_form, theme_of
from matching.market.vocabulary import parse_bounds, parse_composition, scaled

PAIRS_PER_RUN = 6
LONELY_PER_RUN = 2
MONTHS_OF_STOCK = 5
"""How much more than today's row a firm lists in the past, where fewer firms list and each clears what has gathered."""
DAYS_BETWEEN_RUNS = 20
NEWEST_RUNS = (7, 15)
"""Days before today. So that of the newest deals some are on the table today, some before the coordinator, some on
their way; twice as much is listed for these."""
_SHARES = {"TEX": 70, "URB": 11, "CON": 11, "AGR": 8}
"""Of a hundred pairs, how many belong to each theme."""
_QUIET_MONTHS = {8: 0.4, 12: 0.7, 1: 0.8}
"""The district closes in August; the end of the year is slow."""
_MONTHS = """
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    january february march april may june july august september october november december 月
"""

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that a firm will list: when, on which side, and the values it states."""

    at: datetime
    side: str
    firm_code: str
    stated: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Season:
    """What is listed before a run of the engine, and when that run is started."""

    listings: Sequence[Planned]
    run_at: datetime


def past(seed: int, today: date, months: int) -> Iterator[Season]:
    """The time before today, oldest first, each part ending with a run."""
    for back in reversed(_days_back(months)):
        day = _working_day(today - timedelta(days=back))
        chance = chance_of(seed, "listings", day)
        pairs = PAIRS_PER_RUN * (2 if back in NEWEST_RUNS else 1)
        listings = sorted(_listings(chance, day, pairs), key=lambda planned: planned.at)
        yield Season(listings, at_hour(day, 15))


def beginning(today: date, months: int) -> date:
    """A day before anything is listed, when firms begin to register."""
    return today - timedelta(days=max(_days_back(months)) + 30)


def at_hour(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of that day, in UTC."""
    return datetime.combine(day, time(hour, minute), UTC)


def _listings(chance: Chance, day: date, pairs: int) -> Iterator[Planned]:
    busy = _QUIET_MONTHS.get(day.month, 1.0)
    by_theme = _pairs()
    themes = chance.choices(list(_SHARES), weights=list(_SHARES.values()), k=max(round(pairs * busy), 1))
    chosen = [chance.choice(by_theme[theme]) for theme in themes]
    for offer, need in chosen:
        yield from _pair(chance, day, offer, need)
    offers, needs = _simple("offers.csv"), _simple("needs.csv")
    for row in chance.sample(offers, round(LONELY_PER_RUN * busy)):
        yield _planned(chance, day, "offer", row, _mass_g(chance, row))
    for row in chance.sample(needs, round(LONELY_PER_RUN * busy)):
        yield _planned(chance, day, "need", row, _mass_g(chance, row))
    yield _thing(chance, day, chance.choice(rows("things.csv", "")))


def _days_back(months: int) -> list[int]:
    """Days before today on which runs are started, the newest first."""
    return [*NEWEST_RUNS, *range(NEWEST_RUNS[-1] + DAYS_BETWEEN_RUNS, months * 30, DAYS_BETWEEN_RUNS)]


def _pair(chance: Chance, day: date, offer: Row, need: Row) -> Iterator[Planned]:
    mass_g = _mass_g(chance, offer)
    dearer = chance.uniform(0.92, 1.1)
    wanted_g = _rounded(mass_g * chance.choice((0.5, 0.7, 0.9, 1.0, 1.0, 1.2, 1.6)))
    yield _planned(chance, day, "offer", offer, mass_g, dearer)
    yield _planned(chance, day, "need", need, wanted_g, dearer * chance.uniform(1.0, 1.06))


def _planned(chance: Chance, day: date, side: str, row: Row, mass_g: int, dearer: float = 1.0) -> Planned:
    at = at_hour(_working_day(day - timedelta(days=chance.randint(1, 9))), chance.randint(7, 14), chance.randint(0, 59))
    first = at.date() + timedelta(days=chance.choice((0, 0, 3, 7)))
    stated = _material(row) if side == "offer" else _wish(row)
    return Planned(
        at=at,
        side=side,
        firm_code=row["firm"],
        stated={
            **stated,
            "reference": f"{row['id']}/{at:%y%m}",
            "description": row["description"],
            "mass_g": mass_g,
            "colour": row["colour"],
            "price_milli_eur_kg": _price(row["price_eur_kg"], dearer),
            "certificates": row["certificates"],
            "from_day": first,
            "until_day": first + timedelta(days=chance.choice((45, 60, 75))),
        },
    )


def _material(row: Row) -> dict[str, Any]:
    names = {"form": "forms", "composition": "composition", "regime": "regime", "waste_code": "waste_codes"}
    return {column: row[name] for name, column in names.items()} | {"origin": row["origin"]}


def _wish(row: Row) -> dict[str, Any]:
    names = {"forms": "forms", "composition": "composition", "regimes": "regime", "waste_codes": "waste_codes"}
    return {column: row[name] for name, column in names.items()} | {"use": row["use"] or "recycle"}


def _thing(chance: Chance, day: date, row: Row) -> Planned:
    at = at_hour(_working_day(day - timedelta(days=chance.randint(1, 9))), chance.randint(7, 14), chance.randint(0, 59))
    stated = {name: row[name] for name in ("category_code", "unit", "quantity", "description")}
    return Planned(at, row["side"], row["firm"], {**stated, "until_day": at.date() + timedelta(days=60)})


def _mass_g(chance: Chance, row: Row) -> int:
    return _rounded(MONTHS_OF_STOCK * 1000 * float(row["mass_kg"]) * chance.uniform(0.4, 1.5))


def _rounded(grams: float) -> int:
    """To ten kilograms, as people write; small lots to one."""
    step = 10_000 if grams >= 100_000 else 1000
    return max(round(grams / step), 1) * step


def _price(text: str, dearer: float) -> int | None:
    """In thousandths of a euro per kg, to the cent; a gate fee stays as it is."""
    if not text:
        return None
    milli = scaled(text, 3)
    return milli if milli <= 0 else round(milli * dearer / 10) * 10


def _working_day(day: date) -> date:
    return day - timedelta(days=max(day.weekday() - 4, 0))


@cache
def _pairs() -> dict[str, list[tuple[Row, Row]]]:
    """Theme → offers and needs of the district that could suit each other."""
    found: dict[str, list[tuple[Row, Row]]] = {}
    for offer in _simple("offers.csv"):
        theme = theme_of(category_by_form()[offer["form"]])
        found.setdefault(theme, []).extend((offer, need) for need in _simple("needs.csv") if _suits(offer, need))
    return found


@cache
def _simple(name: str) -> list[Row]:
    """Rows whose wishes the engine understands and whose words name no month."""
    return [
        row
        for row in rows(name)
        if row.get("blend") != "yes" and not any(month in row["description"].casefold() for month in _MONTHS.split())
    ]


def _suits(offer: Row, need: Row) -> bool:
    """A rough look at form, regime, permit, certificates and composition; the engine looks properly."""
    codes = need["waste_codes"].split(";")
    return (
        offer["firm"] != need["firm"]
        and offer["form"] in need["forms"].split(";")
        and offer["regime"] in need["regimes"].split(";")
        and (offer["regime"] != "WASTE" or offer["waste_code"] in codes)
        and _all_in(need["certificates"], offer["certificates"])
        and _is_cheap_enough(offer["price_eur_kg"], need["price_eur_kg"])
        and _is_made_of(offer["composition"], need["composition"])
    )


def _all_in(asked: str, held: str) -> bool:
    return not asked or set(asked.split(";")) <= set(held.split(";"))


def _is_cheap_enough(ask: str, highest: str) -> bool:
    return not ask or not highest or scaled(ask, 3) <= scaled(highest, 3)


def _is_made_of(composition: str, bounds: str) -> bool:
    if not bounds or not composition:
        return not bounds
    shares = dict(parse_composition(composition))
    limits = parse_bounds(bounds)
    others = sum(pct for fibre, pct in shares.items() if fibre not in {limit.fibre for limit in limits})
    return all(
        limit.low <= (others if limit.fibre == "*" else shares.get(limit.fibre, 0)) <= limit.high for limit in limits
    )
