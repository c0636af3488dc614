# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tables out of Python values: columns or records, turned into the very texts a file would hold."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from matching.market.table import HEADER_LINE, Layout, Table, check_header
from matching.market.vocabulary import Fault


def table_of_columns(name: str, columns: Mapping[str, Sequence[object]], layout: Layout) -> Table:
    """A table of equally long columns; line numbers are those the rows would have in a CSV file."""
    texts = {column: [text_of(value) for value in values] for column, values in columns.items()}
    rows = max(map(len, texts.values()), default=0)
    table = Table(name, {}, [])
    check_header(table, list(columns), layout)
    for column, values in texts.items():
        if len(values) != rows:
            counts = {"found": str(len(values)), "expected": str(rows)}
            table.note(HEADER_LINE, column, Fault("uneven_column", counts))
    table.raise_problems(layout)
    table.columns, table.lines = dict(texts), range(HEADER_LINE + 1, HEADER_LINE + 1 + rows)
    return table


def table_of_records(name: str, records: Iterable[Mapping[str, object]], layout: Layout) -> Table:
    """A table of one mapping per row; a key that is missing or None is an empty cell."""
    rows = list(records)
    keys = {key for row in rows for key in row} | layout.required
    header = [*(c for c in layout.known if c in keys), *sorted(keys - set(layout.known))]
    return table_of_columns(name, {c: [row.get(c) for row in rows] for c in header}, layout)


def text_of(value: object) -> str:
    """The text a value has in a file: `yes`, `1250.5`, `2027-02-01`, `GRS;OEKOTEX`, empty for None."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (float, Decimal)):
        return _decimal_text(Decimal(repr(value)) if isinstance(value, float) else value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ";".join(map(text_of, value))
    return str(value).strip()


def _decimal_text(value: Decimal) -> str:
    return format(value, "f") if value.is_finite() else str(value)
