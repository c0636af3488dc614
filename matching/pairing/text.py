# SPDX-License-Identifier: AGPL-3.0-or-later
"""How alike two descriptions are: TF-IDF over character n-grams, which needs no spaces and so reads Chinese.

The weights of n-grams come from the vocabulary's own words and not from the market at hand, so a pair's
likeness depends on its two texts alone. They are whole numbers, so that a likeness is the same however pairs
are cut into stripes. Text only ranks: nothing here decides what a listing is.

It is scikit-learn's TF-IDF (`char_wb` n-grams of 2 to 4 characters, `sublinear_tf`, fitted on the vocabulary's names),
held to it by a test, without loading scikit-learn for every run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matching.market.columns import Floats, Int32s, Int64s
from matching.market.vocabulary.tables import rows_of
from matching.pairing.ngrams import BUCKET_BITS, counted

_UNIT: Final = 1 << 15  # a text of one n-gram has this weight
_STRIPE: Final = 20_000  # pairs compared at once; a text has some 150 n-grams
_COMPILED_FROM: Final = 50_000  # pairs; below, loading compiled code would take longer

Index = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Rows of whole numbers of length `_UNIT`: the n-grams of row k stand at `start[k]:start[k + 1]`, by bucket."""

    row: Int64s  # of each listing: equal texts share one
    start: Int64s
    bucket: Int32s
    weight: Int32s


@dataclass(frozen=True, slots=True, eq=False)
class TextVectors:
    """Vectors of the texts of each side."""

    offers: Vectors
    needs: Vectors

    def likeness(self, o: Index, n: Index) -> Floats:
        """Cosine in 0–1 of each pair of texts; 0 where one says nothing."""
        product = _compiled_products if len(o) >= _COMPILED_FROM else _products
        dots = product(self.offers, self.needs, self.offers.row[o], self.needs.row[n])
        return np.minimum(dots / float(_UNIT * _UNIT), 1.0)


Known = tuple[TextVectors, Int64s, Int64s]  # vectors, and the row of each offer and each need in them, -1: new


def text_vectors(offers: Sequence[str], needs: Sequence[str], known: "Known | None" = None) -> TextVectors | None:
    """Vectors of both sides' descriptions; None where a side says nothing, so that nothing is loaded."""
    if not any(offers) or not any(needs):
        return None
    if known is None:
        return TextVectors(_vectors(offers), _vectors(needs))
    vectors, *rows = known
    return TextVectors(_joined(vectors.offers, offers, rows[0]), _joined(vectors.needs, needs, rows[1]))


def _joined(known: Vectors, texts: Sequence[str], rows: Int64s) -> Vectors:
    """The vectors known, and after them those of the texts that are new."""
    new = np.flatnonzero(rows < 0)
    row, old = np.zeros(len(rows), dtype=np.int64), rows >= 0
    row[old] = known.row[rows[old]]
    if not len(new):
        return replace(known, row=row)
    added = _vectors([texts[k] for k in new.tolist()])
    row[new] = added.row + len(known.start) - 1
    start = np.concatenate([known.start, added.start[1:] + known.start[-1]])
    columns = ((known.bucket, added.bucket), (known.weight, added.weight))
    return Vectors(row, start, *(np.concatenate(column) for column in columns))


def _vectors(texts: Sequence[str]) -> Vectors:
    place = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    sizes, buckets, weights = [], [], []
    for count, text, bucket, times in counted(list(place)):
        weight = (1 + np.log(times)) * _rarity()[bucket]
        length = np.sqrt(np.bincount(text, weight * weight, minlength=count))
        sizes.append(np.bincount(text, minlength=count))
        buckets.append(bucket.astype(np.int32))
        weights.append(np.rint(weight / length[text] * _UNIT).astype(np.int32))
    row = np.array([place[text] for text in texts], dtype=np.int64)
    start = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    return Vectors(row, start, np.concatenate(buckets), np.concatenate(weights))


@cache
def _rarity() -> Floats:
    """Weight of each bucket by how few of the vocabulary's words contain it (smoothed inverse frequency)."""
    rows = [row for table in ("forms", "fibres") for row in rows_of(table)]
    names = [row[f"name_{lang}"] for row in rows for lang in ("it", "en", "zh")]
    containing = sum(np.bincount(bucket, minlength=1 << BUCKET_BITS) for _, _, bucket, _ in counted(names))
    return np.asarray(np.log((1 + len(names)) / (1 + containing)) + 1)


def _products(offers: Vectors, needs: Vectors, o: Int64s, n: Int64s) -> Int64s:
    """Scalar products of rows `o[k]` and `n[k]`."""
    parts = [
        _rows(offers, o[at : at + _STRIPE]).multiply(_rows(needs, n[at : at + _STRIPE])).sum(axis=1)
        for at in range(0, len(o), _STRIPE)
    ]
    return np.concatenate([np.asarray(part, dtype=np.int64).ravel() for part in parts] or [np.zeros(0, np.int64)])


def _rows(side: Vectors, rows: Int64s) -> Any:
    """Some rows as SciPy CSR; the others are not looked at."""
    from scipy.sparse import csr_array

    sizes = side.start[rows + 1] - side.start[rows]
    start = np.concatenate([[0], np.cumsum(sizes)])
    at = np.arange(start[-1]) + np.repeat(side.start[rows] - start[:-1], sizes)
    return csr_array((side.weight[at].astype(np.int64), side.bucket[at], start), shape=(len(rows), 1 << BUCKET_BITS))


def _compiled_products(offers: Vectors, needs: Vectors, o: Int64s, n: Int64s) -> Int64s:
    """The same for many pairs."""
    from matching.pairing.kernel import products

    left, right = ((side.start, side.bucket, side.weight) for side in (offers, needs))
    return products(left, right, o, n)
