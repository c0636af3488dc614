# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a text means where its words say little: its nearness to the phrases of the thesaurus, by an embedder.

An embedder turns texts into vectors whose cosines say how alike they mean. How near is near differs from one embedder
to the next, so each is measured by the thesaurus itself: by how near every phrase has another of its own code. A text
counts by the share of phrases that have none nearer, and codes share by the exponential of their nearest phrases.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from matching.market.vocabulary.ranking import Ranked
from matching.market.vocabulary.spelling import fold
from matching.market.vocabulary.thesaurus import Phrase, things

SURE: Final = 0.8  # from this share on the words alone decide; below, the meaning speaks the more the less they say
SHARPNESS: Final = 4.0  # of the exponential, in deviations of nearness; chosen on the tuning parts, as is the next
ENOUGH: Final = 0.125  # of the phrases have no nearer one: then the meaning is heard in full
SAME: Final = 0.9999  # the cosine of phrases that are one and the same
UNIT: Final = 1e-3  # how far from 1 the length of a unit vector may be

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to vectors: shape (texts, any width), each of length 1, or 0 for a text of which nothing is known."""

    def __call__(self, texts: Sequence[str], /) -> NDArray[Any]:
        """The vectors, in the order of the texts."""


class Meaning:
    """The phrases of the thesaurus as an embedder has them; embeds them once, then each text that is asked for."""

    def __init__(self, embedder: Embedder, phrases: Sequence[Phrase] | None = None) -> None:
        self._embedder = embedder
        self._phrases = sorted(things() if phrases is None else phrases, key=lambda phrase: (phrase.code, phrase.text))
        codes = [phrase.code for phrase in self._phrases]
        self._codes = sorted(set(codes))
        self._begins = np.searchsorted(codes, self._codes)
        self._vectors = _embedded(embedder, [fold(phrase.text) for phrase in self._phrases])
        self._nearness = np.sort(self._own_nearest(np.searchsorted(self._codes, codes)))

    def heard(self, folded: str, ranked: Sequence[Ranked]) -> list[Ranked]:
        """What the words say, joined by what the text means where they are not sure; best first."""
        surest = max((one.share for one in ranked), default=0.0)
        if surest >= SURE or not any(letter.isalpha() for letter in folded):
            return list(ranked)
        cosines = self._vectors @ _embedded(self._embedder, [folded])[0]
        part = (1 - surest / SURE) * self._certain(cosines)
        found = {one.code: replace(one, share=one.share * (1 - part)) for one in ranked}
        for one in self._meant(cosines, part):
            words = found.get(one.code, Ranked(one.code, 0.0, ()))
            near = one.near if one.share > words.share else ""
            found[one.code] = Ranked(one.code, words.share + one.share, words.words, near)
        return sorted(found.values(), key=lambda one: (-one.share, one.code))

    def _meant(self, cosines: Vectors, part: float) -> list[Ranked]:
        """A part of the whole divided among all codes, each with its nearest phrase."""
        nearest = np.maximum.reduceat(cosines, self._begins)
        powers = np.exp(SHARPNESS * (nearest - nearest.max()) / self._nearness.std())
        shares = part * powers / powers.sum()
        ends = [*self._begins[1:], len(cosines)]
        best = [begin + int(cosines[begin:end].argmax()) for begin, end in zip(self._begins, ends, strict=True)]
        named = zip(self._codes, shares, best, strict=True)
        return [Ranked(code, float(share), (), self._phrases[at].text) for code, share, at in named]

    def _certain(self, cosines: Vectors) -> float:
        """How sure it is in 0–1 that the text means anything here."""
        nearer = np.searchsorted(self._nearness, cosines.max()) / len(self._nearness)
        return min(1.0, float(nearer) / ENOUGH)

    def _own_nearest(self, of: NDArray[np.intp]) -> Vectors:
        """How near each phrase has another of its own code."""
        cosines = self._vectors @ self._vectors.T
        cosines[cosines > SAME] = -1.0
        own: Vectors = np.maximum.reduceat(cosines, self._begins, axis=1)[np.arange(len(of)), of]
        return own


def _embedded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """The vectors of some texts; `ValueError` where they are no unit vectors."""
    vectors = np.asarray(embedder(texts), dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise ValueError(f"an embedder of {len(texts)} texts gave an array of shape {vectors.shape}")
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.all((lengths == 0) | (np.abs(lengths - 1) < UNIT)):
        raise ValueError("an embedder gave vectors whose length is neither 1 nor 0")
    return vectors
