# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person may mean by their own words: form, fibres, waste code, category, each with a confidence and its words.

Suggestions are for a person to pick from. Nothing here decides fibre, colour, contamination, regime or permit, and a
wrong waste code is worse than none: below `SAID` nothing is said, hazardous codes never, and a word that may mean
danger silences every code.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

from matching.market.vocabulary.codes import normalised_waste_code
from matching.market.vocabulary.lists import CATEGORIES, FORMS, WASTE_LIST
from matching.market.vocabulary.mentions import fibre_words, mentions
from matching.market.vocabulary.ranking import Ranked, Ranker
from matching.market.vocabulary.spelling import fold
from matching.market.vocabulary.thesaurus import CATEGORY, FORM, WASTE_CODE, hazards, phrases, silent_words, things

if TYPE_CHECKING:
    from matching.market.vocabulary.meaning import Meaning

LONGEST: Final = 500  # characters that are looked at
MOST: Final = 5
SAID: Final = {FORM: 0.1, CATEGORY: 0.3, WASTE_CODE: 0.5}  # the least confidence at which anything is said
FIRST_OF_SEVERAL: Final = 0.6  # of a form's confidence goes to the first of its codes where no word tells them apart
NO_FIBRES: Final = 0.5  # from which confidence a form without composition silences fibres
_CODE: Final = re.compile(r"(?<!\d)\d\d[ .\-_/]?\d\d[ .\-_/]?\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code, how likely it is right in 0–1 (two decimals), and the words that speak for it.

    Where the text's meaning speaks louder than its words, `near` is the phrase of the thesaurus that is nearest.
    """

    code: str
    confidence: float
    words: tuple[str, ...]
    near: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What was understood, best first, at most MOST of a kind; `hazards` are the words that silence waste codes."""

    forms: tuple[Suggestion, ...] = ()
    fibres: tuple[Suggestion, ...] = ()
    waste_codes: tuple[Suggestion, ...] = ()
    categories: tuple[Suggestion, ...] = ()
    hazards: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.forms, self.fibres, self.waste_codes, self.categories))


def suggest(text: str, semantic: "Meaning | None" = None) -> Suggestions:
    """What a text in Italian, English or Chinese may mean; the same text gets the same answer.

    With `semantic` (`meaning.Meaning`), its meaning helps where its words are not sure of form or category.
    """
    folded = fold(text[:LONGEST])
    by_words = _things().rank(folded)
    ranked = by_words if semantic is None else semantic.heard(folded, by_words)
    dangerous = hazards(folded)
    return Suggestions(
        forms=_forms(ranked),
        fibres=_fibres(folded, _forms(by_words)),
        waste_codes=() if dangerous else _waste_codes(folded, ranked),
        categories=_best((one for one in ranked if one.code in CATEGORIES), SAID[CATEGORY]),
        hazards=dangerous,
    )


@cache
def _things() -> Ranker:
    """Forms, and the categories of what has no form."""
    return Ranker(things(), fibre_words(), silent_words(), forgives=True)


@cache
def _codes() -> Ranker:
    """Entries of the list of waste, whose words tell apart the usual codes of a form."""
    return Ranker(phrases(WASTE_CODE), fibre_words(), silent_words(), forgives=False)


def _forms(ranked: Iterable[Ranked]) -> tuple[Suggestion, ...]:
    return _best((one for one in ranked if one.code in FORMS), SAID[FORM])


def _best(ranked: Iterable[Ranked], least: float) -> tuple[Suggestion, ...]:
    said = [Suggestion(one.code, round(one.share, 2), one.words, one.near) for one in ranked if one.share >= least]
    return tuple(said[:MOST])


def _fibres(folded: str, forms: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
    """The fibres that are named, in their order; none where the goods have no composition."""
    if forms and forms[0].confidence >= NO_FIBRES and not FORMS[forms[0].code].textile:
        return ()
    return tuple(Suggestion(one.code, one.confidence, (one.word,)) for one in mentions(folded)[:MOST])


def _waste_codes(folded: str, ranked: list[Ranked]) -> tuple[Suggestion, ...]:
    stated = [code for found in _CODE.findall(folded) if (code := normalised_waste_code(found))]
    if stated:
        return tuple(Suggestion(code, 1.0, (code,)) for code in stated if WASTE_LIST[code].listable)
    named = {one.code: one for one in _codes().rank(folded)}
    shares: dict[str, float] = defaultdict(float)
    speaking: dict[str, Ranked] = {}
    for thing in ranked:
        for code, part in _parts(_usual_codes(thing.code), named):
            shares[code] += thing.share * part
            speaking.setdefault(code, thing)
    usual = [replace(speaking[code], code=code, share=share) for code, share in shares.items()]
    return _best(sorted(usual, key=lambda one: (-one.share, one.code)), SAID[WASTE_CODE])


def _usual_codes(code: str) -> list[str]:
    codes = FORMS[code].waste_codes if code in FORMS else CATEGORIES[code].waste_codes
    return [one for one in codes if one in WASTE_LIST and WASTE_LIST[one].listable]


def _parts(codes: list[str], named: dict[str, Ranked]) -> list[tuple[str, float]]:
    """How a thing's share is divided among its usual codes: to those named in the text, else mostly to the first."""
    if not codes:
        return []
    said = sum(named[code].share for code in codes if code in named)
    if said:
        return [(code, named[code].share / said if code in named else 0.0) for code in codes]
    rest = (1 - FIRST_OF_SEVERAL) / (len(codes) - 1) if len(codes) > 1 else 0.0
    return [(code, FIRST_OF_SEVERAL if at == 0 and rest else rest or 1.0) for at, code in enumerate(codes)]
