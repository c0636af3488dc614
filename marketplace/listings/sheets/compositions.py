# SPDX-License-Identifier: AGPL-3.0-or-later
"""What something is made of, as people write it: «lana 85% nylon 15%», «95涤5氨纶», «min 70», «resto»."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise

from marketplace.errors import N_
from marketplace.listings.facts import Problem
from marketplace.listings.sheets.amounts import Unclear, read_decimal, spelled
from marketplace.listings.sheets.lexicon import fibre_words, normal
from marketplace.listings.sheets.table import Cell
from matching.market.vocabulary import (
    Bound,
    Share,
    Wrong,
    format_bounds,
    format_composition,
    parse_bounds,
    parse_composition,
    unscaled,
)

WHOLE = 10_000
NOT_SAID = N_("“%(text)s” does not say which fibres, and how much of each.")
UNKNOWN_FIBRE = N_("“%(fibre)s” is not a fibre that we know. Which one is it?")
NOT_A_HUNDRED = N_("“%(text)s” adds up to %(total)s per cent. What is the rest?")
TWICE = N_("“%(text)s” names a fibre twice.")
NO_BOUND = N_("“%(text)s” is not a limit in per cent.")
READ_AS_LEAST = N_("“%(text)s” was read as the least, since the other fibres may be %(others)s per cent.")

_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)?|[^\W\d_]+(?:[ '][^\W\d_]+)*")
_LEAST = re.compile(r"(?:min|minimo|almeno|at least|>=|≥)[ .]*([0-9]+(?:[.,][0-9]+)?)|([0-9]+(?:[.,][0-9]+)?)\+")
_MOST = re.compile(r"(?:max|massimo|at most|<=|≤)[ .]*([0-9]+(?:[.,][0-9]+)?)")
_RANGE = re.compile(r"([0-9]+(?:[.,][0-9]+)?) ?- ?([0-9]+(?:[.,][0-9]+)?)")
_EXACT = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_REST = frozenset({"resto", "rest", "rimanenza", "其余"})


def read_composition(cell: Cell) -> tuple[str, Problem | None]:
    """The composition in the engine's grammar, or empty with what is asked (missing) or wrong."""
    if cell is None:
        return "", None
    text = spelled(cell)
    try:
        return format_composition(parse_composition(text)), None
    except Wrong:
        return _freely(text)


def _freely(text: str) -> tuple[str, Problem | None]:
    tokens: list[str] = _TOKEN.findall(text.replace("%", " "))
    numbers = [token for token in tokens if token[0].isdigit()]
    names = [token for token in tokens if not token[0].isdigit()]
    alternate = all(a[0].isdigit() != b[0].isdigit() for a, b in pairwise(tokens))
    if not numbers or len(numbers) != len(names) or not alternate:
        return "", _ask(NOT_SAID, text=text[:60])
    codes = [_fibre(name) for name in names]
    for name, code in zip(names, codes, strict=True):
        if code is None:
            return "", _ask(UNKNOWN_FIBRE, fibre=name[:60])
    shares = [Share(code or "", _hundredths(number)) for code, number in zip(codes, numbers, strict=True)]
    return _summed(text, shares)


def _summed(text: str, shares: list[Share]) -> tuple[str, Problem | None]:
    if len({share.fibre for share in shares}) != len(shares):
        return "", Problem("composition", TWICE, {"text": text[:60]})
    total = sum(share.pct for share in shares)
    if abs(total - WHOLE) > 50:
        return "", Problem("composition", NOT_A_HUNDRED, {"text": text[:60], "total_percent": unscaled(total, 2)})
    return format_composition(shares), None


def read_bounds(cells: Mapping[str, Cell]) -> tuple[str, Problem | None, Problem | None]:
    """Bounds from one cell in the engine's grammar (under ""), or from a cell per fibre (`*` for the others).

    Also what is wrong, and a remark on what was assumed.
    """
    if cells.get("") is not None:
        return _whole_bounds(spelled(cells[""]))
    stated = {fibre: spelled(cell) for fibre, cell in cells.items() if cell is not None}
    try:
        most_others = _most_others(stated)
        named = [_bound(fibre, text, most_others) for fibre, text in stated.items() if fibre != "*"]
        others = [_others(stated["*"], named)] if "*" in stated else []
    except Unclear as error:
        return "", Problem("composition", error.words, error.facts), None
    return format_bounds([*named, *others]), None, _remark(stated, most_others)


def _whole_bounds(text: str) -> tuple[str, Problem | None, Problem | None]:
    try:
        return format_bounds(parse_bounds(text)), None, None
    except Wrong:
        return "", _ask(NOT_SAID, text=text[:60]), None


def _most_others(stated: Mapping[str, str]) -> int | None:
    text = stated.get("*", "")
    if not text or normal(text) in _REST:
        return None
    found = _MOST.fullmatch(text.casefold()) or _EXACT.fullmatch(text)
    return _hundredths(found[found.lastindex or 0]) if found else _range(text)[1]


def _others(text: str, named: list[Bound]) -> Bound:
    """`resto` is what the least of the named fibres leaves."""
    if normal(text) in _REST:
        return Bound("*", 0, WHOLE - sum(bound.low for bound in named))
    found = _MOST.fullmatch(text.casefold()) or _EXACT.fullmatch(text)
    return Bound("*", 0, _hundredths(found[found.lastindex or 0])) if found else Bound("*", *_range(text))


def _bound(fibre: str, text: str, most_others: int | None) -> Bound:
    plain = text.casefold().replace("%", "").strip()
    if least := _LEAST.fullmatch(plain):
        return Bound(fibre, _hundredths(least[1] or least[2]), WHOLE)
    if most := _MOST.fullmatch(plain):
        return Bound(fibre, 0, _hundredths(most[1]))
    if _EXACT.fullmatch(plain):
        # «98» beside «others 2» can only mean at least 98; without others it is taken as exact.
        return Bound(fibre, _hundredths(plain), WHOLE if most_others is not None else _hundredths(plain))
    return Bound(fibre, *_range(plain))


def _range(text: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text.replace("%", "").strip())
    if found is None or _hundredths(found[1]) > _hundredths(found[2]):
        raise Unclear(NO_BOUND, text=text[:60])
    return _hundredths(found[1]), _hundredths(found[2])


def _remark(stated: Mapping[str, str], most_others: int | None) -> Problem | None:
    exact = [text for fibre, text in stated.items() if fibre != "*" and _EXACT.fullmatch(text)]
    if not exact or most_others is None:
        return None
    return Problem("composition", READ_AS_LEAST, {"text": exact[0], "others_percent": unscaled(most_others, 2)})


def _fibre(name: str) -> str | None:
    words = fibre_words()
    plain = normal(name)
    for drop in ("", "di ", "e ", "and "):
        code = words.get(plain.removeprefix(drop).removesuffix(" e").removesuffix(" and"))
        if code is not None:
            return code
    return None


def _hundredths(number: str) -> int:
    value = read_decimal(number, ",") * 100 if "," in number else Decimal(number) * 100
    if not 0 <= value <= WHOLE or value != int(value):
        raise Unclear(NO_BOUND, text=number)
    return int(value)


def _ask(words: str, **facts: str) -> Problem:
    return Problem("composition", words, facts, missing=True)
