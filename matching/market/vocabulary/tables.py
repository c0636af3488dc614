# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads this package's own data files."""

import csv
from importlib.resources import files

Row = dict[str, str]


def rows_of(table: str) -> list[Row]:
    """Rows of one data file of the vocabulary, e.g. `rows_of("forms")`, keyed by its header."""
    text = files(__package__).joinpath(f"{table}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
