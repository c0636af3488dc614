# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which codes a text may mean: its words against the phrases of each code.

A word counts by how few codes know it (inverse frequency) and by how much it looks like the known word (`likeness`):
"soft TF-IDF", Cohen, Ravikumar & Fienberg 2003. A code's score in 0–1 is the mean of two shares: how much of what is
known in the text the code explains, and how well its best phrase stands in the text as a whole. Scores become shares
of one another by the exponential; a text that says little leaves most of the whole to "none of them".
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matching.market.vocabulary.likeness import Speller
from matching.market.vocabulary.spelling import Token, fold, is_chinese, tokens
from matching.market.vocabulary.thesaurus import Phrase

MOST_TOKENS: Final = 100
CHARACTER: Final = 0.3  # a single Chinese character says less than a pair
FAINT: Final = 0.5
SHARPNESS: Final = 14.0  # of the exponential; chosen on the tuning part of the labelled phrases, as is the next
LITTLE: Final = 1.0  # inverse frequencies: a text that says so much leaves half to "none of them"

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A code, its share of the whole in 0–1 and the words of the text that speak for it.

    Where the meaning speaks louder than the words, `near` is the phrase that the text is nearest to.
    """

    code: str
    share: float
    words: tuple[str, ...]
    near: str = ""


@dataclass(frozen=True, slots=True)
class _Heard:
    """A token of the text, the known words it stands for (likeness in 0–1) and what it says for each code."""

    token: Token
    known: Weights
    said: Weights


class Ranker:
    """Ranks the codes of some phrases; `faint` words say little here, `silent` ones nothing.

    Where it `forgives`, a word that is not known may be a misspelling of one.
    """

    def __init__(
        self, phrases: Iterable[Phrase], faint: frozenset[str], silent: frozenset[str], *, forgives: bool
    ) -> None:
        self._phrases: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for phrase in phrases:
            words = (token.text for token in tokens(fold(phrase.text)))
            self._phrases[phrase.code].append(tuple(word for word in words if word not in silent))
        self._codes: dict[str, set[str]] = defaultdict(set)
        for code, found in self._phrases.items():
            for word in (word for phrase_words in found for word in phrase_words):
                self._codes[word].add(code)
        self._weight = {
            word: _rarity(word, len(codes), len(self._phrases)) * (FAINT if word in faint else 1.0)
            for word, codes in self._codes.items()
        }
        self._silent = silent
        self._speller = Speller(word for word in self._weight if forgives and not is_chinese(word))

    def rank(self, folded: str) -> list[Ranked]:
        """The codes that something in the text speaks for, best first; equal ones in the order of their codes."""
        heard = self._hear(tokens(folded))
        known = sum(max(one.said.values()) for one in heard)
        codes = sorted({code for one in heard for code in one.said})
        like = _likest(heard)
        scores = {code: self._score(code, heard, like, known) for code in codes}
        shares = _shares(scores, known)
        ranked = [Ranked(code, shares[code], _reasons(folded, heard, code)) for code in codes]
        return sorted(ranked, key=lambda one: (-one.share, one.code))

    def _hear(self, found: Sequence[Token]) -> list[_Heard]:
        """Each token once, however often it is said."""
        once = list({token.text: token for token in reversed(found)}.values())[::-1][:MOST_TOKENS]
        return [_Heard(token, known, self._said(known)) for token in once if (known := self._known(token))]

    def _known(self, token: Token) -> Weights:
        if token.text in self._weight:
            return {token.text: 1.0}
        if token.chinese or token.text in self._silent or token.text.isdigit():
            return {}
        return dict(self._speller.like(token.text))

    def _said(self, known: Weights) -> Weights:
        """What a token says for each code: the most of what it stands for."""
        said: dict[str, float] = {}
        for word, like in known.items():
            for code in self._codes[word]:
                said[code] = max(said.get(code, 0.0), like * self._weight[word])
        return said

    def _score(self, code: str, heard: Sequence[_Heard], like: Weights, known: float) -> float:
        explained = sum(one.said.get(code, 0.0) for one in heard)
        whole = max(self._stands(phrase, like, known) for phrase in self._phrases[code])
        return (explained / known + whole) / 2

    def _stands(self, phrase: Sequence[str], like: Weights, known: float) -> float:
        """How well a phrase stands in the text: how much of it is there, times how much of the text it is."""
        found = sum(self._weight[word] * like[word] for word in phrase if word in like)
        return found and found / sum(self._weight[word] for word in phrase) * min(found / known, 1.0)


def _likest(heard: Sequence[_Heard]) -> Weights:
    """How much each known word is meant at most, in 0–1."""
    like: dict[str, float] = {}
    for one in heard:
        for word, share in one.known.items():
            like[word] = max(share, like.get(word, 0.0))
    return like


def _rarity(word: str, times: int, codes: int) -> float:
    weight = math.log((1 + codes) / times)
    return weight * CHARACTER if is_chinese(word) and len(word) == 1 else weight


def _shares(scores: Weights, known: float) -> dict[str, float]:
    powers = {code: math.exp(SHARPNESS * (score - 1)) for code, score in scores.items()}
    whole = sum(powers.values())
    certain = known / (known + LITTLE)
    return {code: certain * power / whole for code, power in powers.items()}


def _reasons(folded: str, heard: Sequence[_Heard], code: str) -> tuple[str, ...]:
    """The stretches of the text that carry at least a tenth of what speaks for a code, in their order."""
    enough = sum(one.said.get(code, 0.0) for one in heard) / 10
    places = sorted((one.token.start, one.token.end) for one in heard if one.said.get(code, 0.0) > enough)
    joined: list[list[int]] = []
    for start, end in places:
        if joined and start < joined[-1][1]:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([start, end])
    return tuple(dict.fromkeys(folded[start:end] for start, end in joined))
