# SPDX-License-Identifier: AGPL-3.0-or-later
"""Likeness of texts at scale: compiled or not, in whatever stripes, it is the same whole number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.pairing import ngrams, text
from matching.pairing.ngrams import counted
from matching.pairing.text import text_vectors

TEXTS = st.lists(st.text(st.sampled_from("ab è 羊毛\u2003"), max_size=9), min_size=1, max_size=6)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_compiled_products_are_the_sparse_products(offers: list[str], needs: list[str]) -> None:
    vectors = text_vectors(offers, needs)
    if vectors is None:
        return
    o, n = np.indices((len(offers), len(needs))).reshape(2, -1)
    rows = vectors.offers.row[o], vectors.needs.row[n]
    plain = text._products(vectors.offers, vectors.needs, *rows)
    assert np.array_equal(text._compiled_products(vectors.offers, vectors.needs, *rows), plain)


@given(TEXTS)
def test_ngrams_are_those_within_words(texts: list[str]) -> None:
    def grams(text: str) -> list[str]:
        words = [f" {word} " for word in text.casefold().split()]
        return [word[at : at + size] for size in ngrams.SIZES for word in words for at in range(len(word) - size + 1)]

    times = np.concatenate([times for _, _, _, times in counted(texts)])
    assert times.sum() == sum(len(grams(text)) for text in texts)
    assert len(times) == sum(len(set(grams(text))) for text in texts)


def test_a_likeness_depends_on_its_two_texts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [f"lana {k} verde" for k in range(50)]
    alone = text_vectors(["lana 7 verde"], ["wool"])
    monkeypatch.setattr(ngrams, "AT_ONCE", 3)
    among = text_vectors(some, ["cotone", "wool"])
    assert alone is not None
    assert among is not None
    assert alone.likeness(np.array([0]), np.array([0])) == among.likeness(np.array([7]), np.array([1]))


def test_equal_texts_are_alike_and_empty_ones_like_nothing() -> None:
    vectors = text_vectors(["羊毛 边角料", ""], ["羊毛 边角料", ""])
    assert vectors is not None
    likeness = vectors.likeness(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert likeness == pytest.approx([1, 0, 0, 0], abs=1e-3)
