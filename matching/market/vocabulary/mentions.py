# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fibres that a text names: by their whole names, or by a word that looks like one."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from matching.market.vocabulary.likeness import Speller
from matching.market.vocabulary.spelling import Token, fold, is_chinese, runs, tokens
from matching.market.vocabulary.thesaurus import CATEGORY, FIBRE, FORM, WASTE_CODE, Phrase, phrases, shade_words

SURE: Final = {"high": 0.95, "medium": 0.9, "low": 0.5}  # by the confidence of the phrase
AMBIGUOUS: Final = 0.5  # the name of a colour too: cammello
CHARACTER: Final = 0.6  # a single Chinese character has other meanings too


@dataclass(frozen=True, slots=True)
class Mention:
    """A fibre, how sure it is that it was meant in 0–1 (two decimals), the word and where it begins."""

    code: str
    confidence: float
    word: str
    start: int


def mentions(folded: str) -> list[Mention]:
    """The fibres that a folded text names, in its order, each once."""
    words = [run for run in runs(folded) if not run.chinese]
    found = [*_in_words(folded, words), *(one for run in runs(folded) if run.chinese for one in _in_chinese(run))]
    by_code: dict[str, Mention] = {}
    for one in sorted(found, key=lambda mention: (mention.start, -mention.confidence)):
        if one.code not in by_code or one.confidence > by_code[one.code].confidence:
            by_code[one.code] = one
    return sorted(by_code.values(), key=lambda mention: mention.start)


def _in_words(folded: str, words: list[Token]) -> list[Mention]:
    found, taken = [], set[int]()
    for size in range(_longest(), 0, -1):
        for at in range(len(words) - size + 1):
            text = " ".join(word.text for word in words[at : at + size])
            if text in _names() and not taken.intersection(range(at, at + size)):
                taken.update(range(at, at + size))
                found.append(_mention(_names()[text], text, words[at].start, 1.0))
    rest = [word for at, word in enumerate(words) if at not in taken and word.text not in _other_words()]
    return [*found, *(one for word in rest for one in _misspelt(word))]


def _misspelt(word: Token) -> list[Mention]:
    return [_mention(_names()[known], word.text, word.start, like) for known, like in _speller().like(word.text)[:1]]


def _in_chinese(run: Token) -> list[Mention]:
    """The longest names first; a single character counts only where no longer word of the trade covers it."""
    found, covered = [], set[int]()
    for text in _chinese():
        at = run.text.find(text)
        while at >= 0:
            places = range(at, at + len(text))
            if text in _names() and not covered.intersection(places):
                sure = CHARACTER if len(text) == 1 else 1.0
                found.append(_mention(_names()[text], text, run.start + at, sure))
                covered.update(places)
            elif text not in _names():
                covered.update(places)
            at = run.text.find(text, at + 1)
    return found


def _mention(phrase: Phrase, word: str, start: int, likeness: float) -> Mention:
    sure = AMBIGUOUS if word in shade_words() else SURE[phrase.confidence]
    return Mention(phrase.code, round(sure * likeness, 2), word, start)


@cache
def fibre_words() -> frozenset[str]:
    """The single words and characters that name a fibre."""
    return frozenset(token.text for name in _names() for token in tokens(name))


@cache
def _names() -> dict[str, Phrase]:
    names: dict[str, Phrase] = {}
    for phrase in phrases(FIBRE):
        names.setdefault(" ".join(run.text for run in runs(fold(phrase.text))), phrase)
    return names


@cache
def _longest() -> int:
    return max(len(name.split()) for name in _names())


@cache
def _speller() -> Speller:
    return Speller(name for name in _names() if " " not in name and not is_chinese(name))


@cache
def _other_words() -> frozenset[str]:
    """Words of the trade that are known as something else, and so are no misspelt fibre."""
    texts = (phrase.text for kind in (FORM, WASTE_CODE, CATEGORY) for phrase in phrases(kind))
    return frozenset(run.text for text in texts for run in runs(fold(text)))


@cache
def _chinese() -> list[str]:
    """Chinese names of fibres by length; before those of one character, the words of the trade that may hide one."""
    names = sorted((name for name in _names() if is_chinese(name)), key=lambda name: (-len(name), name))
    others = {run.text for phrase in phrases(FORM) for run in runs(fold(phrase.text)) if run.chinese}
    hiding = sorted(others - set(names), key=lambda text: (-len(text), text))
    return [*(n for n in names if len(n) > 1), *hiding, *(n for n in names if len(n) == 1)]
