# SPDX-License-Identifier: AGPL-3.0-or-later
"""Columns are written at once as the csv module writes them cell by cell."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from matching.console.folder import cells_of


@given(
    st.lists(st.tuples(*[st.text(st.characters(exclude_characters="\r")) | st.sampled_from(("", ",", '"', "\n"))] * 2))
)
def test_cells_are_written_as_the_csv_module_writes_them(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows(rows)
    columns = [cells_of([row[place] for row in rows]) for place in range(2)]
    assert "".join(f"{first},{second}\n" for first, second in zip(*columns, strict=True)) == file.getvalue()
