# SPDX-License-Identifier: AGPL-3.0-or-later
"""Likeness of texts at scale: compiled or not, in whatever stripes, it is the same whole number, and scikit-learn's."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from matching.market.vocabulary.tables import rows_of
from matching.pairing import ngrams, text
from matching.pairing.ngrams import counted
from matching.pairing.text import Vectors, text_vectors

SAID = st.lists(
    st.text(max_size=40) | st.text(st.sampled_from("aAbß è\tİ羊毛\u2003"), max_size=40), min_size=1, max_size=6
)
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
        words = [f" {word} " for word in text.lower().split()]
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


def bucket_of(gram: str) -> int:
    """Where an n-gram is counted."""
    mixed = 0
    for sign in gram:
        mixed = mixed * int(ngrams._TURN) + ord(sign)
    return (mixed * int(ngrams._SPREAD) % (1 << 64)) >> (64 - ngrams.BUCKET_BITS)


def by_scikit_learn(texts: Sequence[str]) -> Any:
    """Counts of n-grams by text and bucket, by scikit-learn's own analyzer."""
    grams = CountVectorizer(analyzer="char_wb", ngram_range=(2, 4)).build_analyzer()
    cells = [(row, bucket_of(gram)) for row, said in enumerate(texts) for gram in grams(said)]
    row, bucket = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    found = csr_array((np.ones(len(cells)), (row, bucket)), shape=(len(texts), 1 << ngrams.BUCKET_BITS))
    found.sum_duplicates()
    return found


@cache
def weigher() -> TfidfTransformer:
    """scikit-learn's weights, fitted on the names of the vocabulary."""
    rows = [row for table in ("forms", "fibres") for row in rows_of(table)]
    names = [row[f"name_{lang}"] for row in rows for lang in ("it", "en", "zh")]
    return TfidfTransformer(sublinear_tf=True).fit(by_scikit_learn(names))


def weights(vectors: Vectors) -> Any:
    """Ours of each text, by bucket, between 0 and 1."""
    cells = (vectors.weight / text._UNIT, vectors.bucket, vectors.start)
    return csr_array(cells, shape=(len(vectors.start) - 1, 1 << ngrams.BUCKET_BITS))[vectors.row]


@settings(deadline=None)
@given(SAID)
def test_ngrams_are_counted_as_scikit_learn_counts_them(texts: list[str]) -> None:
    (count, row, bucket, times) = next(counted(texts))
    ours = csr_array((times, (row, bucket)), shape=(count, 1 << ngrams.BUCKET_BITS))
    assert abs(ours - by_scikit_learn(texts)).max() == 0


@settings(deadline=None)
@given(SAID)
def test_weights_are_scikit_learn_s_but_for_rounding(texts: list[str]) -> None:
    vectors = text_vectors(texts, ["lana"])
    if vectors is not None:
        theirs = weigher().transform(by_scikit_learn(texts))
        assert abs(weights(vectors.offers) - theirs).max() <= 0.5 / text._UNIT + 1e-12


def test_weights_of_whole_descriptions_are_scikit_learn_s_but_for_rounding() -> None:
    said = [row["watch_for"] for row in rows_of("forms")]
    vectors = text_vectors(said, said)
    assert vectors is not None
    assert abs(weights(vectors.needs) - weigher().transform(by_scikit_learn(said))).max() <= 0.5 / text._UNIT + 1e-12
