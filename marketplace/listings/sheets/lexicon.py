# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words people write in sheets, in three languages and the slang of the trade, and the codes they mean."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from matching.market.vocabulary import FIBRES, FORMS, LANGUAGES, REGIME_LIST, SHADES, Term, fold

_NOT_WORDS = re.compile(r"[^\w\u3400-\u9fff]+|_")
_PARTS_OF_A_NAME = re.compile(r"[/,;()（）、]| or ")
_CHINESE = re.compile(r"[\u3400-\u9fff]")

REGIME_WORDS = {
    "sottoprodotto": "BYPRODUCT",
    "sottoprodotti": "BYPRODUCT",
    "by product": "BYPRODUCT",
    "byproduct": "BYPRODUCT",
    "副产品": "BYPRODUCT",
    "rifiuto": "WASTE",
    "rifiuti": "WASTE",
    "waste": "WASTE",
    "废物": "WASTE",
    "prodotto": "PRODUCT",
    "prodotti": "PRODUCT",
    "product": "PRODUCT",
    "产品": "PRODUCT",
    "eow": "EOW",
    "end of waste": "EOW",
    "usato": "USED_GOOD",
    "used good": "USED_GOOD",
    "二手": "USED_GOOD",
    "soa": "ABP",
    "abp": "ABP",
}


def normal(text: str) -> str:
    """Words with single spaces between them: no case, accents or punctuation."""
    return " ".join(_NOT_WORDS.sub(" ", fold(text)).split())


@cache
def headings() -> Mapping[str, str]:
    """Heading in normal words → column."""
    found = dict(_words("headings"))
    return {**found, **{normal(column): column for column in found.values()}}


@cache
def form_words() -> Mapping[str, str]:
    """Word or phrase → form code: our own list, the vocabulary's names, the codes."""
    return {**dict(_names(FORMS)), **dict(_words("form_words"))}


@cache
def fibre_words() -> Mapping[str, str]:
    """Word or phrase → fibre code."""
    return {**dict(_names(FIBRES)), **dict(_words("fibre_words"))}


@cache
def shade_words() -> Mapping[str, str]:
    """Word or phrase → shade code."""
    return {**dict(_names(SHADES)), **dict(_words("shade_words"))}


@cache
def regime_words() -> Mapping[str, str]:
    """Word or phrase → regime."""
    return {**dict(_names(REGIME_LIST)), **REGIME_WORDS}


def found_in(text: str, words: Mapping[str, str]) -> list[str]:
    """The codes whose words stand in the text, in their order; of overlapping words the longest counts."""
    rest = f" {normal(text)} "
    places: dict[str, int] = {}
    for word in sorted(words, key=len, reverse=True):
        needle = word if _CHINESE.search(word) else f" {word} "
        place = rest.find(needle)
        if place >= 0:
            places.setdefault(words[word], place)
            rest = rest.replace(needle, " " * len(needle))
    return sorted(places, key=lambda code: places[code])


def _words(table: str) -> Iterator[tuple[str, str]]:
    text = files(__package__).joinpath(f"{table}.csv").read_text(encoding="utf-8")
    for row in csv.reader(text.splitlines()[1:]):
        yield from ((normal(word), row[0]) for word in row[1].split(";"))


def _names(terms: Mapping[str, Term]) -> Iterator[tuple[str, str]]:
    for code, term in terms.items():
        for language in LANGUAGES:
            for part in _PARTS_OF_A_NAME.split(term.name(language)):
                if len(normal(part)) > 1 or _CHINESE.search(part):
                    yield normal(part), code
        yield normal(code), code
