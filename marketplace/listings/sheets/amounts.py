# SPDX-License-Identifier: AGPL-3.0-or-later
"""Numbers as people write them in sheets: 1.250 kg, 4,5 q.li, t 1,2, ２３０公斤, € 0,40, da concordare.

Which of comma and point is the decimal mark is decided for a whole column from cells that leave no doubt; where none
does, a number that could be two is asked about, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from marketplace.errors import N_
from marketplace.listings.facts import Problem
from marketplace.listings.sheets.table import Cell
from marketplace.web.numbers import EURO_PER_KG, KILOGRAMS, Unit

KILOGRAMS_PER = {
    **dict.fromkeys(("kg", "kgs", "kilo", "kili", "chili", "chilogrammi", "公斤", "千克"), Decimal(1)),
    **dict.fromkeys(("q", "ql", "qli", "qle", "quintale", "quintali"), Decimal(100)),
    **dict.fromkeys(("t", "ton", "tonn", "tonnellata", "tonnellate", "tonne", "tonnes", "吨"), Decimal(1000)),
    **dict.fromkeys(("g", "gr", "grammi", "克"), Decimal("0.001")),
}
OPEN_PRICES = ("da concordare", "trattabile", "da definire", "open", "negotiable", "面议", "议价", "tbd")
FREE_PRICES = ("gratis", "omaggio", "in regalo", "free", "免费")
WE_PAY = ("付费", "paghiamo noi", "paghiamo", "we pay", "a nostro carico")

IN_DOUBT = N_("“%(text)s” can be %(whole)s or %(parts)s. Which is it?")
NO_NUMBER = N_("“%(text)s” is not a number.")
A_COUNT = N_("“%(text)s” counts something else than kilograms. How many kilograms is it?")
NO_PRICE = N_("“%(text)s” is not a price in euros per kilogram. What is it?")
OUT_OF_RANGE = N_("“%(text)s” is not between %(least)s and %(most)s.")
TOO_FINE = N_("“%(text)s” has more than %(decimals)s decimals.")
TAKEN_AS_KG = N_("“%(text)s” has no unit; it was taken as kilograms.")

_NUMBER = re.compile(r"[+-]?[0-9][0-9.,' ]*", re.ASCII)
_MASS = re.compile(r"(?:circa |ca |约)?([^\d+-]*?)([+-]?[0-9][0-9.,' ]*)([^\d]*)")
_DECIDES = re.compile(r"(?<![0-9.,])[0-9]+(?:[.,][0-9]{3})*([.,])(?:[0-9]{1,2}|[0-9]{4,})(?![0-9.,])", re.ASCII)


class Unclear(ValueError):
    """A number that can be read in two ways, or none."""

    def __init__(self, words: str, **facts: str) -> None:
        super().__init__(words % facts)
        self.words = words
        self.facts = facts


def spelled(cell: Cell) -> str:
    """The text of a cell with plain digits and signs."""
    text = unicodedata.normalize("NFKC", str(cell if cell is not None else ""))
    return text.replace("\u2212", "-").replace("\u2013", "-").strip()


def decimal_mark(cells: Iterable[Cell], usual: str) -> str:
    """The mark that cells without doubt use; `usual` when there are none, empty when they contradict each other."""
    marks = {mark for cell in cells if isinstance(cell, str) for mark in _DECIDES.findall(spelled(cell))}
    return usual if not marks else marks.pop() if len(marks) == 1 else ""


def read_decimal(text: str, mark: str) -> Decimal:
    """One number; raises Unclear."""
    if not _NUMBER.fullmatch(text):
        raise Unclear(NO_NUMBER, text=text[:60])
    digits = re.sub(r"(?<=[0-9])[ '](?=[0-9]{3}(?![0-9]))", "", text.strip())
    try:
        return Decimal(_with_point(digits, mark))
    except InvalidOperation as error:
        raise Unclear(NO_NUMBER, text=text[:60]) from error


def _with_point(digits: str, mark: str) -> str:
    marks = [c for c in digits if c in ".,"]
    if not marks:
        return digits
    last, whole = marks[-1], digits[: digits.rfind(marks[-1])]
    after = len(digits) - len(whole) - 1
    if len(set(marks)) == 2:
        return digits.replace("." if last == "," else ",", "").replace(",", ".")
    if len(marks) > 1:
        return digits.replace(last, "")
    if after != 3 or whole.strip("+-0") == "" or mark == last:
        return digits.replace(",", ".")
    if not mark:
        raise Unclear(IN_DOUBT, text=digits, whole=digits.replace(last, ""), parts=digits)
    return digits.replace(last, "")


def read_mass(cell: Cell, mark: str, unit_known: bool) -> tuple[int | None, Problem | None, Problem | None]:
    """Grams; or what is wrong; or a remark on what was assumed. `unit_known`: the heading says kilograms."""
    if cell is None:
        return None, None, None
    text = spelled(cell)
    try:
        if isinstance(cell, Decimal):
            return _amount(cell, text, KILOGRAMS), None, None
        found = _MASS.fullmatch(text.casefold())
        if found is None:
            raise Unclear(NO_NUMBER, text=text[:60])
        unit = re.sub(r"[ .]", "", found[1] + found[3])
        if unit and unit not in KILOGRAMS_PER:
            raise Unclear(A_COUNT, text=text[:60])
        kilograms = read_decimal(found[2].strip(), mark) * KILOGRAMS_PER.get(unit, Decimal(1))
        remark = None if unit or unit_known else Problem("mass_g", TAKEN_AS_KG, {"text": text})
        return _amount(kilograms, text, KILOGRAMS), None, remark
    except Unclear as error:
        return None, Problem("mass_g", error.words, error.facts), None


def read_price(cell: Cell, mark: str) -> tuple[int | None, Problem | None]:
    """Thousandths of a euro per kg, None for an open price; or what has to be asked."""
    if cell is None:
        return None, None
    text = spelled(cell)
    plain = text.casefold()
    if any(word in plain for word in OPEN_PRICES):
        return None, None
    if plain in FREE_PRICES:
        return 0, None
    we_pay = any(word in plain for word in WE_PAY)
    for word in (*WE_PAY, "€/kg", "eur/kg", "euro/kg", "€", "euro", "eur", "/kg", "/公斤", "al kg"):
        plain = plain.replace(word, "")
    try:
        price = cell if isinstance(cell, Decimal) else read_decimal(plain.strip(), mark)
        return _amount(-abs(price) if we_pay else price, text, EURO_PER_KG), None
    except Unclear as error:
        words = NO_PRICE if error.words == NO_NUMBER else error.words
        return None, Problem("price_milli_eur_kg", words, {**error.facts, "text": text[:60]}, missing=True)


def read_amount(cell: Cell, mark: str, unit: Unit) -> int:
    """A plain amount in the smallest parts of its unit; raises Unclear."""
    text = spelled(cell)
    return _amount(cell if isinstance(cell, Decimal) else read_decimal(text, mark), text, unit)


def _amount(value: Decimal, text: str, unit: Unit) -> int:
    scaled = value.scaleb(unit.decimals)
    if not unit.least <= scaled <= unit.most:
        raise Unclear(OUT_OF_RANGE, text=text[:60], least=unit.text(unit.least), most=unit.text(unit.most))
    if scaled != int(scaled):
        raise Unclear(TOO_FINE, text=text[:60], decimals=str(unit.decimals))
    return int(scaled)
