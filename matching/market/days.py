# SPDX-License-Identifier: AGPL-3.0-or-later
"""Windows of time in days since 1970-01-01."""

from typing import Final

from matching.market.cells import Cells

DAY_MIN: Final = -1_000_000  # before the year 1: an open start; far from the limits of int32, so days may be subtracted
DAY_MAX: Final = 4_000_000  # after the year 9999: an open end


def refuse_reversed_window(cells: Cells, start: str, end: str) -> None:
    """A window that ends before it starts is noted at its end."""
    for row, (first, last) in cells.rows(start, end):
        if last < first:
            texts = {"value": cells.text(row, end), "column": start, "start": cells.text(row, start)}
            cells.note(row, end, "ends_before_start", **texts)
