# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which known words a typed word may be a misspelling of.

TF-IDF over character n-grams finds the few that may be meant; the share of letters in common, in their order, judges
them (an exchange of two letters spoils most n-grams and few letters).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from typing import Final

SIZES: Final = (2, 3, 4)
SHORTEST: Final = 4  # letters; shorter words are taken as they are
CANDIDATES: Final = 4
LEAST_COSINE: Final = 0.25
LEAST: Final = 0.8  # of the letters; below, words are different words
REMEMBERED: Final = 4096  # typed words

Vector = Mapping[str, float]


class Speller:
    """Known words, found by those that look like them; the same answer for the same words in any order."""

    def __init__(self, words: Iterable[str]) -> None:
        self._like = lru_cache(REMEMBERED)(self._judge)
        self.words = sorted(set(words))
        counts = {word: Counter(_ngrams(word)) for word in self.words}
        containing = Counter(ngram for found in counts.values() for ngram in found)
        self._rarity = {n: math.log((1 + len(self.words)) / (1 + times)) + 1 for n, times in containing.items()}
        self._unseen = math.log(1 + len(self.words)) + 1
        self._holding: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for word, found in counts.items():
            for ngram, weight in self._vector(found).items():
                self._holding[ngram].append((word, weight))

    def like(self, word: str) -> list[tuple[str, float]]:
        """The known words it may be, with the share of letters in common (LEAST–1), best first."""
        return self._like(word) if len(word) >= SHORTEST else []

    def _judge(self, word: str) -> list[tuple[str, float]]:
        found = [(known, SequenceMatcher(None, word, known).ratio()) for known in self._candidates(word)]
        return sorted((pair for pair in found if pair[1] >= LEAST), key=lambda pair: (-pair[1], pair[0]))

    def _candidates(self, word: str) -> list[str]:
        cosines: dict[str, float] = defaultdict(float)
        for ngram, weight in self._vector(Counter(_ngrams(word))).items():
            for known, other in self._holding.get(ngram, ()):
                cosines[known] += weight * other
        best = nlargest(CANDIDATES, cosines.items(), key=lambda pair: (pair[1], pair[0]))
        return [known for known, cosine in best if cosine >= LEAST_COSINE]

    def _vector(self, counts: Mapping[str, int]) -> Vector:
        weights = {n: (1 + math.log(times)) * self._rarity.get(n, self._unseen) for n, times in counts.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {ngram: weight / length for ngram, weight in weights.items()}


def _ngrams(word: str) -> list[str]:
    framed = f"^{word}$"
    return [framed[at : at + size] for size in SIZES for at in range(len(framed) - size + 1)]
