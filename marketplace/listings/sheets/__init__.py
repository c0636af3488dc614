# SPDX-License-Identifier: AGPL-3.0-or-later
"""Spreadsheets as firms send them: read without trusting them, understood without inventing anything.

rows = read_confined("cascami.xlsx", data, "offer", today)
judged(rows[0], "offer", Context(today=…, permits=…))

A file that is our own needs no child process: understand(read_sheet(name, data), "offer", Context(…)).
"""

from marketplace.listings.sheets.confined import read_confined
from marketplace.listings.sheets.reading import read_sheet
from marketplace.listings.sheets.rows import GOOD, Context, Row, Verdict, as_json, from_json, judged
from marketplace.listings.sheets.table import Sheet, UnreadableSheet
from marketplace.listings.sheets.understanding import read_rows, understand

__all__ = [
    "GOOD",
    "Context",
    "Row",
    "Sheet",
    "UnreadableSheet",
    "Verdict",
    "as_json",
    "from_json",
    "judged",
    "read_confined",
    "read_rows",
    "read_sheet",
    "understand",
]
