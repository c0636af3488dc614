# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tables as CSV files that a spreadsheet program shows and never executes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response

_NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?", re.ASCII)
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """The text of a cell; one that a spreadsheet would take for a formula gets an apostrophe before it.

    Numbers, negative ones too, stay numbers.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text


def without_guard(text: str) -> str:
    """The inverse of `safe_cell`: a file that we wrote reads back as it was."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_RISKY) else text


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV file to save: UTF-8 with a byte order mark, which spreadsheet programs need to see it as UTF-8."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(header)
    write.writerows([safe_cell(value) for value in row] for row in rows)
    return Response(
        "\ufeff" + out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
