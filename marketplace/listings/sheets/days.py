# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days as people write them in sheets: a date cell, 01/02/2027, 15-2-27, 2027/1/8, subito, da marzo a maggio 2027."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from marketplace.errors import N_
from marketplace.listings.sheets.amounts import Unclear, spelled
from marketplace.listings.sheets.lexicon import normal
from marketplace.listings.sheets.table import Cell
from marketplace.web.forms import FIRST_DAY, LAST_DAY

NO_DAY = N_("“%(text)s” is not a day.")
NO_PERIOD = N_("“%(text)s” is not a period.")

AT_ONCE = frozenset({"subito", "pronto", "pronta consegna", "immediato", "at once", "now", "立即", "现货", "即日"})
_MONTHS = (
    ("gennaio", "january", "一月", "gen"),
    ("febbraio", "february", "二月", "feb"),
    ("marzo", "march", "三月", "mar"),
    ("aprile", "april", "四月", "apr"),
    ("maggio", "may", "五月", "mag"),
    ("giugno", "june", "六月", "giu"),
    ("luglio", "july", "七月", "lug"),
    ("agosto", "august", "八月", "ago"),
    ("settembre", "september", "九月", "set"),
    ("ottobre", "october", "十月", "ott"),
    ("novembre", "november", "十一月", "nov"),
    ("dicembre", "december", "十二月", "dic"),
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.年] ?([0-9]{1,2})[-/.月] ?([0-9]{1,2})日?(?:[ T].*)?", re.ASCII)
_DAY_FIRST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})", re.ASCII)
_UNTIL = re.compile(r"(?:entro(?: il)?|fino al?|until|by) (.+)")
_FROM_TO = re.compile(r"(?:da|dal|dall|from) (.+?) (?:a|al|all|to|until) (.+)")
_FROM = re.compile(r"(?:da|dal|dall|from) (.+)")


def read_day(cell: Cell, today: date) -> date | None:
    """One day, None when nothing is said; raises Unclear."""
    if cell is None:
        return None
    if isinstance(cell, date):
        return _sensible(cell, str(cell))
    text = spelled(cell)
    if normal(text) in AT_ONCE:
        return today
    found = _written_day(text)
    if found is None:
        raise Unclear(NO_DAY, text=text[:60])
    return _sensible(found, text)


def read_period(cell: Cell, today: date) -> tuple[date | None, date | None]:
    """First and last day of «da marzo a maggio 2027», «entro il 30/04/2027», «marzo»; raises Unclear."""
    if cell is None or isinstance(cell, date):
        return cell, None
    text = " ".join(spelled(cell).casefold().split())
    if until := _UNTIL.fullmatch(text):
        return None, _edge(until[1], today, last=True)
    if both := _FROM_TO.fullmatch(text):
        last = _edge(both[2], today, last=True)
        return _edge(both[1], last or today, last=False, before=last), last
    if begin := _FROM.fullmatch(text):
        return _edge(begin[1], today, last=False), None
    if normal(text) in AT_ONCE:
        return today, None
    return _edge(text, today, last=False), _edge(text, today, last=True)


def _edge(text: str, today: date, *, last: bool, before: date | None = None) -> date:
    day = _written_day(text)
    if day is not None:
        return _sensible(day, text)
    words = normal(text).split()
    months = [_MONTH[word] for word in words if word in _MONTH]
    years = [int(word) for word in words if re.fullmatch(r"20[0-9]{2}", word)]
    if len(months) != 1 or len(words) != len(months) + len(years):
        raise Unclear(NO_PERIOD, text=text[:60])
    year = years[0] if years else _year_of(months[0], today, before)
    return _sensible(date(year, months[0], monthrange(year, months[0])[1] if last else 1), text)


def _year_of(month: int, today: date, before: date | None) -> int:
    """The year of a month without one: that of the end it belongs to, else the next such month."""
    if before is not None:
        return before.year if month <= before.month else before.year - 1
    return today.year if month >= today.month else today.year + 1


def _written_day(text: str) -> date | None:
    try:
        if year_first := _YEAR_FIRST.fullmatch(text.strip()):
            return date(int(year_first[1]), int(year_first[2]), int(year_first[3]))
        if day_first := _DAY_FIRST.fullmatch(text.strip()):
            year = int(day_first[3])
            return date(year + 2000 if year < 100 else year, int(day_first[2]), int(day_first[1]))
    except ValueError as error:
        raise Unclear(NO_DAY, text=text[:60]) from error
    return None


def _sensible(day: date, text: str) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Unclear(NO_DAY, text=text[:60])
    return day
