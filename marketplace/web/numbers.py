# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading the numbers people type: decimal comma or point, never a guess.

`1,5` and `1.5` are one and a half in every language. `1.250` and `1,250` are twelve hundred and fifty to some and one
and a quarter to others: such a number is refused with both readings named. Digits of other scripts, underscores,
exponents, infinities and more decimals than the unit has are refused too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from marketplace.errors import N_
from marketplace.web.texts import shown

NOT_A_NUMBER = N_("“%(text)s” is not a number. Write digits with a comma or a point, for example 1250,5.")
AMBIGUOUS = N_("“%(text)s” can mean %(whole)s or %(parts)s. Please write %(whole)s for one, %(parts)s0 for the other.")
TOO_MANY_DECIMALS = N_("At most %(decimals)s decimals.")
NOT_WHOLE = N_("Please write a whole number.")
TOO_SMALL = N_("The smallest value is %(limit)s.")
TOO_LARGE = N_("The largest value is %(limit)s.")

_PLAIN = re.compile(r"([+-]?)([0-9]{1,15})(?:([.,])([0-9]{1,9}))?", re.ASCII)
_ENDLESS = re.compile(r"[+-]?[0-9]{16,}(?:[.,][0-9]*)?", re.ASCII)
"""A number beyond every bound, however many decimals it has."""
_GROUPED = re.compile(r"([+-]?)([0-9]{1,3}(?:[ \u00a0\u202f'][0-9]{3})+)(?:([.,])([0-9]{1,9}))?", re.ASCII)
_BOTH = re.compile(r"([+-]?)([0-9]{1,3}(?:([.,])[0-9]{3})(?:\3[0-9]{3})*)([.,])([0-9]{1,9})", re.ASCII)


class NotReadable(ValueError):
    """The text is not one certain number; `words` and `facts` make the sentence."""

    def __init__(self, words: str, **facts: object) -> None:
        super().__init__(words % facts)
        self.words = words
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Unit:
    """A decimal unit kept as whole numbers: `decimals` places, bounds in the smallest unit, inclusive."""

    decimals: int
    least: int
    most: int

    def text(self, amount: int) -> str:
        """The amount as one types it, with a point: 1250500 g → 1250.5."""
        sign, digits = "-" if amount < 0 else "", str(abs(amount)).zfill(self.decimals + 1)
        whole, parts = (
            digits[: len(digits) - self.decimals],
            digits[len(digits) - self.decimals :].rstrip("0"),
        )
        return f"{sign}{whole}.{parts}" if parts else f"{sign}{whole}"

    def typed(self, amount: int) -> str:
        """The amount as a field shows it, never in doubt when it is sent back unchanged: 311358 g → 311.3580."""
        text = self.text(amount)
        plain = _PLAIN.fullmatch(text)
        return f"{text}0" if plain and _is_in_doubt(plain[2], plain[4] or "") else text


KILOGRAMS = Unit(decimals=3, least=1, most=100_000_000_000)
"""Masses in grams: 1 g to 100,000 t."""
EURO_PER_KG = Unit(decimals=3, least=-1_000_000, most=10_000_000)
"""Unit prices in thousandths of a euro per kg: −1,000 to 10,000 €/kg."""


def read_number(text: str, unit: Unit) -> int:
    """The amount in the unit's smallest parts; raises NotReadable with a sentence."""
    text = text.strip(" \u00a0\t")
    if _ENDLESS.fullmatch(text):
        raise _beyond(unit, below=text.startswith("-"))
    sign, whole, parts = _split(text)
    parts = parts[: unit.decimals] + parts[unit.decimals :].rstrip("0")
    if len(parts) > unit.decimals:
        raise NotReadable(TOO_MANY_DECIMALS, decimals=unit.decimals) if unit.decimals else NotReadable(NOT_WHOLE)
    amount = int(whole + parts.ljust(unit.decimals, "0"))
    amount = -amount if sign == "-" else amount
    if not unit.least <= amount <= unit.most:
        raise _beyond(unit, below=amount < unit.least)
    return amount


def _beyond(unit: Unit, *, below: bool) -> NotReadable:
    words, limit = (TOO_SMALL, unit.least) if below else (TOO_LARGE, unit.most)
    return NotReadable(words, limit=unit.text(limit))


def _is_in_doubt(whole: str, parts: str) -> bool:
    return len(parts) == 3 and len(whole) <= 3 and bool(whole.strip("0"))


def _split(text: str) -> tuple[str, str, str]:
    if plain := _PLAIN.fullmatch(text):
        sign, whole, mark, parts = plain.groups(default="")
        if mark and _is_in_doubt(whole, parts):
            raise NotReadable(AMBIGUOUS, text=text, whole=whole + parts, parts=f"{whole},{parts}")
        return sign, whole, parts
    if grouped := _GROUPED.fullmatch(text):
        sign, whole, _mark, parts = grouped.groups(default="")
        return sign, re.sub(r"[^0-9]", "", whole), parts
    if (both := _BOTH.fullmatch(text)) and both[3] != both[4]:
        return both[1], re.sub(r"[^0-9]", "", both[2]), both[5]
    raise NotReadable(NOT_A_NUMBER, text=shown(text[:40]))
