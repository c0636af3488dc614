# SPDX-License-Identifier: AGPL-3.0-or-later
"""A table of volumes with its words, ready for the page, its chart and its file: one source for all three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from marketplace.analytics.queries import list_contributions
from marketplace.analytics.rules import STEP_WORDS, TABLE_WORDS, Column, Step, Table, protected
from marketplace.listings.materials import MATERIALS
from marketplace.web.languages import page_language
from matching.market import vocabulary


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its code, its name, and grams per step (None where withheld)."""

    code: str
    name: str
    grams: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Volumes:
    """One of the tables: lines in order, totals, and how many cells are withheld."""

    table: Table
    title: str
    lines: Sequence[Line]
    totals: tuple[int | None, ...]
    withheld: int

    def chart(self) -> dict[str, object]:
        """The same figures for the chart, in tonnes; withheld cells have no mark."""
        return {
            "kind": "line" if self.table is Table.MONTH else "bar",
            "unit": "t",
            "categories": [line.name for line in self.lines],
            "series": [
                {
                    "name": _(STEP_WORDS[step]),
                    "values": [_tonnes(line.grams[i]) for line in self.lines],
                }
                for i, step in enumerate(Step)
            ],
        }


def volumes(session: Session, table: Table) -> Volumes:
    """Build one table; small cells are withheld here, before anything can show them."""
    columns = [protected(list_contributions(session, step, table)) for step in Step]
    codes = {code for column in columns for code in column.grams}
    lines = [Line(code, _name(table, code), tuple(_shown(column, code) for column in columns)) for code in codes]
    lines.sort(key=lambda line: line.code if table is Table.MONTH else line.name)
    return Volumes(
        table=table,
        title=_(TABLE_WORDS[table]),
        lines=lines,
        totals=tuple(column.total for column in columns),
        withheld=sum(len(column.withheld) for column in columns),
    )


def mass(grams: int | None) -> str:
    """A figure of the table in kilograms, or the word for a withheld one."""
    return str(_("withheld")) if grams is None else str(format_decimal(grams / 1000, "#,##0.###"))


def _tonnes(grams: int | None) -> float | None:
    return None if grams is None else grams / 1_000_000


def _shown(column: Column, code: str) -> int | None:
    return None if code in column.withheld else column.grams.get(code, 0)


def _name(table: Table, code: str) -> str:
    if table is Table.THEME:
        return vocabulary.name(vocabulary.THEMES, code, page_language()[:2])
    if table is Table.MATERIAL:
        return str(_(MATERIALS[code]))
    if table is Table.MONTH:
        return str(format_skeleton("yMMM", date.fromisoformat(f"{code}-01"), locale=get_locale()))
    return code or str(_("municipality not stated"))
