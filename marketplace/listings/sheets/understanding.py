# SPDX-License-Identifier: AGPL-3.0-or-later
"""From lines of cells to rows of listings: what is a header, what is a row, what is neither, and says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from marketplace.errors import N_
from marketplace.listings.facts import Problem
from marketplace.listings.sheets.amounts import decimal_mark
from marketplace.listings.sheets.cells import Reading, understood
from marketplace.listings.sheets.headers import Header, find_header
from marketplace.listings.sheets.lexicon import normal
from marketplace.listings.sheets.rows import Context, Row, Verdict, judged
from marketplace.listings.sheets.table import Cell, Line, Sheet, Table, UnreadableSheet

NO_HEADER = N_("No line names the columns. There must be one for the quantity and one for the material.")
A_TITLE = N_("The header, or above it.")
A_TOTAL = N_("A total.")
A_NOTE = N_("A heading or a note.")
EMPTY_LINE = N_("Empty.")
ANOTHER_TABLE = N_("The sheet “%(table)s” has no header with a quantity and was not read.")
UNKNOWN_COLUMN = N_("The column “%(column)s” is not known and was not read.")
TWICE = N_("“%(id)s” stands on line %(line)s already.")
MOST_LIKELY = N_("“%(text)s” is not a form that we know. Is it “%(form)s”, as on other lines?")

_TOTAL = re.compile(r"^(totale|subtotale|sub totale|total|subtotal|somma|小计|合计|总计)\b|^(小计|合计|总计)")


def understand(sheet: Sheet, side: str, context: Context) -> list[Row]:
    """Every line of every table as a row with its verdict; raises UnreadableSheet if no table has a header."""
    return [judged(row, side, context) for row in read_rows(sheet, side, context.today)]


def read_rows(sheet: Sheet, side: str, today: date) -> list[Row]:
    """What each line says by itself; `judged` gives the verdicts, again when an answer has come."""
    rows = [_skipped(0, "", Problem("", words, facts), {}) for words, facts in sheet.remarks]
    found = False
    for table in sheet.tables:
        header = find_header(table)
        if header is not None:
            found = True
            rows += _rows(table, header, side, today, sheet.separator)
        elif table.lines:
            rows.append(_remark(table, ANOTHER_TABLE, {"table": table.name}))
    if not found:
        raise UnreadableSheet(NO_HEADER)
    return rows


def _rows(table: Table, header: Header, side: str, today: date, separator: str) -> list[Row]:
    reading = Reading(side, header, _mark(table, header, separator), today)
    rows = [_row(place, line, table, reading) for place, line in enumerate(table.lines)]
    rows = _without_repeated_ids(rows)
    rows = _with_likely_forms(rows)
    unknown = [_remark(table, UNKNOWN_COLUMN, {"column": name[:60]}) for name in header.unknown]
    return [*unknown, *rows]


def _row(place: int, line: Line, table: Table, reading: Reading) -> Row:
    why = _why_skipped(place, line, reading.header)
    if why is None:
        return understood(line, table.name, reading)
    text = " · ".join(str(cell) for cell in line.cells if cell is not None)
    return _skipped(line.number, table.name, Problem("", why), {"": text[:200]} if text else {})


def _why_skipped(place: int, line: Line, header: Header) -> str | None:
    filled = [cell for cell in line.cells if cell is not None]
    if not filled:
        return EMPTY_LINE
    if place <= header.last:
        return A_TITLE
    if any(isinstance(cell, str) and _TOTAL.search(normal(cell)) for cell in filled):
        return A_TOTAL
    if len(filled) == 1 and _column_of(line, "mass_kg", header) is None:
        return A_NOTE
    return None


def _column_of(line: Line, column: str, header: Header) -> Cell:
    return next((line.cell(i) for i, name in header.columns.items() if name == column), None)


def _mark(table: Table, header: Header, separator: str) -> str:
    """The decimal mark: the engine's own files and the comma-separated ones have points, other sheets commas."""
    usual = "." if separator == "," and header.engine else ","
    columns = [i for i, name in header.columns.items() if name in ("mass_kg", "price_eur_kg", "lot_kg")]
    return decimal_mark((line.cell(i) for line in table.lines[header.last + 1 :] for i in columns), usual)


def _without_repeated_ids(rows: Iterable[Row]) -> list[Row]:
    first: dict[str, int] = {}
    kept = []
    for row in rows:
        name = row.values.get("reference", "")
        if name and name in first:
            problem = Problem("reference", TWICE, {"id": name, "line": str(first[name])})
            row = replace(row, problems=(*row.problems, problem))
        elif name:
            first[name] = row.number
        kept.append(row)
    return kept


def _with_likely_forms(rows: list[Row]) -> list[Row]:
    """An unknown form is asked about; what the other lines mostly are is proposed, never taken."""
    common = Counter(row.values["forms"] for row in rows if row.values.get("forms"))
    if not common:
        return rows
    likely = common.most_common(1)[0][0]
    return [_proposing(row, likely) for row in rows]


def _proposing(row: Row, likely: str) -> Row:
    def better(problem: Problem) -> Problem:
        if problem.name != "forms" or "text" not in problem.facts or "form" in problem.facts:
            return problem
        return replace(problem, words=MOST_LIKELY, facts={**problem.facts, "form": likely})

    return replace(row, problems=tuple(better(problem) for problem in row.problems))


def _remark(table: Table, words: str, facts: Mapping[str, str]) -> Row:
    return _skipped(0, table.name, Problem("", words, facts), {})


def _skipped(number: int, table: str, why: Problem, cells: Mapping[str, str]) -> Row:
    return Row(number, table, Verdict.SKIPPED, cells=cells, remarks=(why,))
