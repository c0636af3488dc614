# SPDX-License-Identifier: AGPL-3.0-or-later
"""The listings as they were typed, kept beside the columns for explanations and for copies of the input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """Cells by column, seen through a choice of rows."""

    columns: Mapping[str, Sequence[str]]
    rows: Sequence[int]

    def record(self, row: int) -> dict[str, str]:
        """One listing, column by column."""
        return {column: cells[self.rows[row]] for column, cells in self.columns.items()}

    def take(self, rows: Sequence[int]) -> "Texts":
        """The same cells seen through fewer or reordered rows."""
        return Texts(self.columns, [self.rows[row] for row in rows])
