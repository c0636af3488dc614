# SPDX-License-Identifier: AGPL-3.0-or-later
"""One cell → one checked value in the engine's small units. Every function raises `Wrong`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar
from unicodedata import category

import numpy as np

from matching.market.bulk import UNREAD, all_or_unread, decimals, kept
from matching.market.vocabulary import (
    WASTE_LIST,
    WASTE_NUMBER,
    Wrong,
    checked_waste_code,
    normalised_waste_code,
    plain,
    scaled,
)
from matching.market.vocabulary.faults import Fault, each, wrong

MASS_PLACES: Final = 3  # kilograms to grams
PRICE_PLACES: Final = 3  # euro to thousandths
LENGTH_PLACES: Final = 3  # millimetres to micrometres, microns and CIEDE2000 to thousandths
DISTANCE_PLACES: Final = 3  # kilometres to metres
DEGREE_PLACES: Final = 9
LARGEST: Final = 10**9  # kg, EUR/kg, km, mm: what is more is a slip; sums of a million such stay within int64

_iso_date = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_epoch: Final = date(1970, 1, 1).toordinal()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Number:
    """A reader of numbers, times 10**places; below `least` (in these units) is the fault `too_low`."""

    places: int
    least: int | None = None
    too_low: str = ""

    def __call__(self, text: str) -> int:
        """The value of one cell."""
        value = _bounded(text, self.places)
        if self.least is not None and value < self.least:
            raise wrong(self.too_low, value=plain(text))
        return value

    def many(self, texts: Sequence[str]) -> list[Any]:
        """As `bulk.ReadsMany`."""
        values, sure = decimals(texts, self.places)
        limit = LARGEST * 10**self.places
        sure &= (values <= limit) & (values >= (-limit if self.least is None else self.least))
        return kept(values.tolist(), sure)


def above_zero(places: int) -> Number:
    """A reader of numbers > 0, times 10**places."""
    return Number(places, 1, "not_above_zero")


def zero_or_more(places: int) -> Number:
    """A reader of numbers >= 0, times 10**places."""
    return Number(places, 0, "below_zero")


def any_number(places: int) -> Number:
    """A reader of numbers of either sign, times 10**places."""
    return Number(places)


@dataclass(frozen=True, slots=True)
class Degrees:
    """A reader of degrees from -limit to limit."""

    limit: int

    def __call__(self, text: str) -> float:
        """The value of one cell."""
        scaled(text, places=30)  # only to be sure that it is a plain decimal number
        value = float(text)
        if not -self.limit <= value <= self.limit:
            raise wrong("not_between", value=plain(text), low=-self.limit, high=self.limit)
        return value

    def many(self, texts: Sequence[str]) -> list[Any]:
        """As `bulk.ReadsMany`."""
        micro, sure = decimals(texts, DEGREE_PLACES)
        sure &= np.abs(micro) <= self.limit * 10**DEGREE_PLACES
        return [float(text) if good else UNREAD for text, good in zip(texts, sure.tolist(), strict=True)]


def degrees(limit: int) -> Degrees:
    """A reader of degrees from -limit to limit."""
    return Degrees(limit)


def whole_from_one(text: str) -> int:
    """A whole number >= 1."""
    if not (text.isascii() and text.isdigit() and int(text[:9]) and len(text) <= 9):
        raise wrong("not_from_one", value=text)
    return int(text)


def share(text: str) -> int:
    """A number in (0, 1], in parts per million."""
    value = scaled(text, places=6)
    if not 0 < value <= 10**6:
        raise wrong("not_a_share", value=plain(text))
    return value


def day(text: str) -> int:
    """`2027-02-01` as days since 1970-01-01."""
    if not _iso_date(text):
        raise wrong("not_a_date", value=text)
    try:
        return date.fromisoformat(text).toordinal() - _epoch
    except ValueError:
        raise wrong("no_such_day", value=text) from None


def one_of(allowed: Sequence[str]) -> Callable[[str], int]:
    """A reader of one word out of a few, giving its place among them."""
    number = {word: place for place, word in enumerate(allowed)}

    def parse(text: str) -> int:
        if text not in number:
            raise wrong("not_one_of", value=text, allowed=", ".join(allowed))
        return number[text]

    return parse


def known_waste_code(text: str) -> int:
    """The number of a waste code."""
    return WASTE_NUMBER[checked_waste_code(text)]


def listable_waste_code(text: str) -> int:
    """The number of a waste code under which goods may be offered: never a hazardous one, however it is spelt."""
    code = normalised_waste_code(text)
    if code is not None and WASTE_LIST[code].hazardous:
        raise wrong("hazardous", value=code)
    return known_waste_code(text)


def yes_no(text: str) -> bool:
    """`yes` or `no`."""
    return one_of(("no", "yes"))(text) == 1


class _Line:
    """A reader of one line of text: an id, a firm."""

    def __call__(self, text: str) -> str:
        """The value of one cell."""
        if not text.isprintable() and any(category(c) in ("Cc", "Zl", "Zp") for c in text):
            raise wrong("control_character", value=text)
        return text

    def many(self, texts: Sequence[str]) -> list[Any]:
        """As `bulk.ReadsMany`."""
        return all_or_unread(texts, "".join(texts).isprintable())


class _Prose:
    """A reader of any text."""

    def __call__(self, text: str) -> str:
        """The value of one cell."""
        return text

    def many(self, texts: Sequence[str]) -> list[Any]:
        """As `bulk.ReadsMany`."""
        whole = "".join(texts)
        return all_or_unread(texts, "\0" not in whole and (whole.isascii() or whole.isprintable()))


name: Final = _Line()
prose: Final = _Prose()


def code(number: Mapping[str, int], check: Callable[[str], str]) -> Callable[[str], int]:
    """A reader of one code, giving its number."""
    return lambda text: number[check(text)]


def codes(parse: Callable[[str], T]) -> Callable[[str], frozenset[T]]:
    """A reader of codes separated by `;`, none of them twice."""

    def parse_all(text: str) -> frozenset[T]:
        parts = [part.strip() for part in text.split(";")]
        _refuse_repeats(parts)
        return frozenset(each(parts, parse))

    return parse_all


def bits(parse: Callable[[str], int]) -> Callable[[str], int]:
    """A reader of codes separated by `;` as a bit set of their numbers."""
    parse_all = codes(parse)
    return lambda text: sum(1 << number for number in parse_all(text))


def certificate(text: str) -> str:
    """The code of a certification scheme; schemes come and go, so the list isn't closed."""
    if not text.isprintable() or " " in text or not text:
        raise wrong("not_a_certificate", value=text)
    return text


def _refuse_repeats(parts: Sequence[str]) -> None:
    repeated = sorted({part for part in parts if parts.count(part) > 1})
    if repeated:
        raise Wrong(*(Fault("listed_twice", {"value": part}) for part in repeated))


def _bounded(text: str, places: int) -> int:
    value = scaled(text, places)
    if abs(value) > LARGEST * 10**places:
        raise wrong("too_large", value=text)
    return value
