# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person's own words may mean, in lines for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from matching.console.words import say
from matching.market.vocabulary import (
    CATEGORIES,
    FIBRES,
    FORMS,
    WASTE_LIST,
    Suggestion,
    Term,
    suggest,
)

if TYPE_CHECKING:
    from matching.market.vocabulary.meaning import Meaning


def suggestion_lines(text: str, lang: str, semantic: "Meaning | None" = None) -> Iterator[str]:
    """One line per suggestion, best first: code, name, confidence, and the words (≈ the phrase) that speak for it."""
    found = suggest(text, semantic)
    yield from _lines("form", found.forms, FORMS, lang)
    yield from _lines("category", found.categories, CATEGORIES, lang)
    yield from _lines("fibre", found.fibres, FIBRES, lang)
    yield from _lines("waste code", found.waste_codes, WASTE_LIST, lang)
    if found.hazards:
        yield say("suggested_danger", lang, words=", ".join(found.hazards))
    elif not found:
        yield say("suggested_nothing", lang)


def _lines(kind: str, found: Sequence[Suggestion], terms: Mapping[str, Term], lang: str) -> Iterator[str]:
    for one in found:
        yield say(
            "suggested",
            lang,
            kind=say(f"suggested {kind}", lang),
            code=one.code,
            name=terms[one.code].name(lang),
            confidence=f"{one.confidence:.2f}",
            words=", ".join((*one.words, *([f"≈ {one.near}"] if one.near else []))),
        )
