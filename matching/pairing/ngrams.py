# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often each n-gram of characters stands in a text, for many texts at once.

Words stand between spaces, and an n-gram never reaches across two words; n-grams are counted by a hash of their
characters, so there is no list of them to keep.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from matching.market.columns import Int64s

BUCKET_BITS: Final = 18
SIZES: Final = (2, 3, 4)
AT_ONCE: Final = 2048  # texts; a text and a bucket fit into 32 bits, which sort fast
_BUCKET: Final = (1 << BUCKET_BITS) - 1
_SPACE: Final = ord(" ")
_TURN: Final = np.uint64(1_000_003)
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: spreads what differs little

Codes = npt.NDArray[np.uint64]
Halves = npt.NDArray[np.uint32]


def counted(texts: Sequence[str]) -> Iterator[tuple[int, Int64s, Int64s, Int64s]]:
    """Some texts after the other: how many, then text (from 0), bucket and number of each n-gram that occurs.

    N-grams are ordered by text, then bucket. Few texts at a time keep everything in the processor's cache.
    """
    for at in range(0, len(texts), AT_ONCE):
        spaced = [f" {'  '.join(text.lower().split())} " for text in texts[at : at + AT_ONCE]]
        text_of = np.repeat(np.arange(len(spaced), dtype=np.uint32), [len(text) for text in spaced])
        codes = np.frombuffer("".join(spaced).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
        keys, times = np.unique(_keys(codes, text_of), return_counts=True)
        yield len(spaced), (keys >> BUCKET_BITS).astype(np.int64), (keys & _BUCKET).astype(np.int64), times


def _keys(codes: Codes, text_of: Halves) -> Halves:
    """Text and bucket of every n-gram as one number; two spaces in a row are a border between words or texts."""
    borders = np.concatenate([[0], np.cumsum((codes[:-1] == _SPACE) & (codes[1:] == _SPACE))])
    found, mixed = [np.zeros(0, dtype=np.uint32)], codes
    for size in SIZES:
        mixed = mixed[:-1] * _TURN + codes[size - 1 :]
        whole = np.flatnonzero(borders[size - 1 :] == borders[: len(borders) - size + 1])
        bucket = (mixed[whole] * _SPREAD) >> np.uint64(64 - BUCKET_BITS)
        found.append((text_of[whole] << np.uint32(BUCKET_BITS)) + bucket.astype(np.uint32))
    return np.concatenate(found)
