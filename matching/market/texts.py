# SPDX-License-Identifier: AGPL-3.0-or-later
"""The listings as they were typed, kept beside the columns for explanations and for copies of the input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Texts:
    """Cells by column, seen through a choice of rows."""

    columns: Mapping[str, Sequence[str]]
    rows: Sequence[int]

    def record(self, row: int) -> dict[str, str]:
        """One listing, column by column."""
        return {column: cells[self.rows[row]] for column, cells in self.columns.items()}

    def cells(self, column: str, rows: npt.NDArray[np.integer[Any]]) -> list[str]:
        """What a column says of these rows as it was typed, "" where there is no such column."""
        cells = self.columns.get(column)
        return [""] * len(rows) if cells is None else [cells[self.rows[row]] for row in rows.tolist()]

    def take(self, rows: Sequence[int]) -> "Texts":
        """The same cells seen through fewer or reordered rows."""
        return Texts(self.columns, [self.rows[row] for row in rows])
