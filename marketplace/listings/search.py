# SPDX-License-Identifier: AGPL-3.0-or-later
"""Search in three languages without a search engine: words in one spelling, Chinese as pairs of characters.

Chinese has no spaces, so its text is kept as overlapping pairs (边角料 → 边角 角料) and two characters find each other.
A word also finds what it may misspell (cashmire) and the forms that the thesaurus calls so (shoddy, garnettato).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from matching.market.vocabulary import fold, forms_called, respelt

MOST_TERMS = 8
_CHINESE = r"\u3400-\u4dbf\u4e00-\u9fff"
_TERM = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+")


@dataclass(frozen=True, slots=True)
class Sought:
    """One word of a query, found by all of its LIKE patterns, or by one it may misspell, or by a form it names.

    No term holds a wildcard, so none is escaped.
    """

    patterns: tuple[str, ...]
    respelt: tuple[str, ...]
    forms: tuple[str, ...]


def index_text(parts: Iterable[str]) -> str:
    """What search looks at: each word once, with spaces around every one."""
    words: dict[str, None] = {}
    for part in parts:
        for term in _TERM.findall(fold(part)):
            words.update(dict.fromkeys(_pairs(term) if _is_chinese(term) else [term]))
    return f" {' '.join(words)} " if words else ""


def sought(query: str) -> list[Sought]:
    """The words of a query, all of which must be found; at most MOST_TERMS."""
    terms = list(dict.fromkeys(_TERM.findall(fold(query[:200]))))[:MOST_TERMS]
    return [Sought(tuple(_patterns_of(term)[:MOST_TERMS]), _respelt(term), _forms(term)) for term in terms]


def _respelt(term: str) -> tuple[str, ...]:
    return tuple(pattern for word in respelt(term) for pattern in _patterns_of(word))


def _forms(term: str) -> tuple[str, ...]:
    return tuple(sorted(forms_called(term)))


def _patterns_of(term: str) -> list[str]:
    if not _is_chinese(term):
        return [f"% {term}%"]
    return [f"%{term}%"] if len(term) == 1 else [f"% {pair} %" for pair in _pairs(term)]


def _pairs(term: str) -> list[str]:
    return [term] if len(term) == 1 else [term[i : i + 2] for i in range(len(term) - 1)]


def _is_chinese(term: str) -> bool:
    return bool(re.match(rf"[{_CHINESE}]", term))
