# SPDX-License-Identifier: AGPL-3.0-or-later
"""The thesaurus: what people of the trade call things, in three languages, and the code each phrase points to."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from matching.market.vocabulary.faults import LANGUAGES
from matching.market.vocabulary.spelling import fold, is_chinese, parts_of_a_name, runs, tokens
from matching.market.vocabulary.tables import rows_of

VERSION: Final = "2"
"""Of thesaurus.csv; a test holds the file to it, so that whoever changes the words also changes the number."""

FORM: Final = "form"
FIBRE: Final = "fibre"
WASTE_CODE: Final = "waste_code"
CATEGORY: Final = "category"
HAZARD: Final = "hazard"
GRAMMAR: Final = "grammar"
_NAMES_OF: Final = {FORM: "forms", FIBRE: "fibres", WASTE_CODE: "waste_codes", CATEGORY: "categories"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase in one language, what it points to and how sure we are of it: high, medium or low."""

    code: str
    text: str
    confidence: str


@cache
def phrases(kind: str) -> tuple[Phrase, ...]:
    """All phrases that point to a code of this kind: the vocabulary's own names, then the thesaurus."""
    return (*_names(kind), *own_phrases(kind))


@cache
def own_phrases(kind: str) -> tuple[Phrase, ...]:
    """The phrases of the thesaurus itself."""
    own = (row for row in rows_of("thesaurus") if row["kind"] == kind)
    return tuple(Phrase(row["code"], text, row["confidence"]) for row in own for text in row["words"].split(";"))


@cache
def own_codes(kind: str) -> frozenset[str]:
    """The codes that the thesaurus itself has phrases for."""
    return frozenset(phrase.code for phrase in own_phrases(kind))


@cache
def things() -> tuple[Phrase, ...]:
    """Phrases of forms, and of the categories of what has no form: they compete for the same words."""
    without_form = own_codes(CATEGORY)
    return (*phrases(FORM), *(phrase for phrase in phrases(CATEGORY) if phrase.code in without_form))


def hazards(folded: str) -> tuple[str, ...]:
    """The words of a folded text that may mean danger, in their order: a word as it stands, Chinese anywhere."""
    found: dict[str, None] = {}
    for run in runs(folded):
        found.update(dict.fromkeys(_dangers_in(run.text)))
    return tuple(found)


@cache
def shade_words() -> frozenset[str]:
    """Words and characters of the names of colours."""
    names = (row[f"name_{language}"] for row in rows_of("shades") for language in LANGUAGES)
    return frozenset(token.text for name in names for token in tokens(fold(name)))


@cache
def silent_words() -> frozenset[str]:
    """Words that say nothing of the goods themselves: grammar, and colours."""
    return shade_words() | {fold(phrase.text) for phrase in phrases(GRAMMAR)}


def _dangers_in(word: str) -> list[str]:
    if is_chinese(word):
        return [danger for danger in _dangers() if is_chinese(danger) and danger in word]
    return [word] if word in _dangers() else []


@cache
def _dangers() -> tuple[str, ...]:
    return tuple(fold(phrase.text) for phrase in phrases(HAZARD))


def _names(kind: str) -> Iterator[Phrase]:
    if kind not in _NAMES_OF:
        return
    for row in rows_of(_NAMES_OF[kind]):
        for language in LANGUAGES:
            yield from (Phrase(row["code"], part, "high") for part in parts_of_a_name(row[f"name_{language}"]))
