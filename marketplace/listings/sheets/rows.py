# SPDX-License-Identifier: AGPL-3.0-or-later
"""A row of a sheet as it was understood: values, what is missing or wrong, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.errors import N_
from marketplace.listings.facts import Problem, problems
from marketplace.listings.shelves import is_textile
from marketplace.listings.values import DEFAULTS, completed
from matching.market.vocabulary import FORMS

PAID_TO_TAKE = N_("To be paid for taking goods points to waste, for which a firm needs a permit.")
ANSWERED_FOR_ALL = frozenset({"regime", "origin"})
"""What one answer can settle for a whole sheet."""


class Verdict(StrEnum):
    """What becomes of a row."""

    READY = "ready"
    ASKED = "asked"
    """Ready once a question that concerns the whole sheet is answered."""
    INCOMPLETE = "incomplete"
    KEPT_BACK = "kept back"
    SKIPPED = "skipped"


GOOD = frozenset({Verdict.READY, Verdict.ASKED, Verdict.INCOMPLETE})
"""Rows that become drafts."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a row is judged by: the day, the firm's permits, and answers given for the whole sheet."""

    today: date
    permits: frozenset[str] = frozenset()
    regime: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `values` by column of the listing, `cells` as they stood under their headings."""

    number: int
    table: str
    verdict: Verdict
    values: Mapping[str, Any] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    firm: str = ""
    key: int | None = None
    """The listing that the row came from, where the sheet is an export that returned."""

    @property
    def is_empty_line(self) -> bool:
        """A line of the sheet in which nothing stands."""
        return self.verdict is Verdict.SKIPPED and self.number > 0 and not self.cells


def judged(row: Row, side: str, context: Context) -> Row:
    """The row with the sheet's answers filled in where it says nothing, its problems and its verdict.

    `row.problems` are those of single cells; the listing's own rules are added to them.
    """
    if row.verdict is Verdict.SKIPPED:
        return row
    values = {**row.values, **_answers(row.values, side, context)}
    place = {"place_code": "", "lat": 0.0, "lon": 0.0}
    known = {problem.name for problem in row.problems}
    if "forms" in known:
        known.add("category_code")  # it follows from the form
    rules = problems(side, completed(values, place), today=context.today, permits=context.permits)
    found = [*row.problems, *(problem for problem in rules if problem.name not in known)]
    remarks = [*row.remarks, *_warnings(side, values)]
    return replace(row, values=values, problems=tuple(found), remarks=tuple(remarks), verdict=_verdict(found, values))


def _warnings(side: str, values: Mapping[str, Any]) -> Iterator[Problem]:
    if side == "need" and (values.get("price_milli_eur_kg") or 0) < 0 and "WASTE" not in values.get("regime", ""):
        yield Problem("price_milli_eur_kg", PAID_TO_TAKE)


def _verdict(found: list[Problem], values: Mapping[str, Any]) -> Verdict:
    if not found:
        return Verdict.READY
    if any(not problem.missing for problem in found) or not (values.get("mass_g") or values.get("quantity")):
        return Verdict.KEPT_BACK
    return Verdict.ASKED if {problem.name for problem in found} <= ANSWERED_FOR_ALL else Verdict.INCOMPLETE


def _answers(values: Mapping[str, Any], side: str, context: Context) -> dict[str, str]:
    """What comes off a firm's machines is pre-consumer by the form's own definition; the rest is asked."""
    found = {}
    if not values.get("regime") and context.regime:
        found["regime"] = context.regime
    if side == "offer" and not values.get("origin"):
        form = FORMS.get(values.get("forms") or "")
        if form is not None and form.origin_class == "pre-consumer":
            found["origin"] = "pre"
        elif context.origin and form is not None and is_textile(form.code):
            found["origin"] = context.origin
    return found


def as_json(row: Row) -> dict[str, Any]:
    """The row as it is kept between preview and acceptance."""
    return {
        "number": row.number,
        "table": row.table,
        "verdict": row.verdict.value,
        "values": {name: _plain(value) for name, value in row.values.items()},
        "cells": dict(row.cells),
        "problems": [_problem(problem) for problem in row.problems],
        "remarks": [_problem(problem) for problem in row.remarks],
        "firm": row.firm,
        "key": row.key,
    }


def from_json(kept: Mapping[str, Any]) -> Row:
    """The inverse of `as_json`."""
    return Row(
        number=kept["number"],
        table=kept["table"],
        verdict=Verdict(kept["verdict"]),
        values={name: _typed(name, value) for name, value in kept["values"].items() if name in DEFAULTS},
        cells=kept["cells"],
        problems=tuple(Problem(**problem) for problem in kept["problems"]),
        remarks=tuple(Problem(**problem) for problem in kept["remarks"]),
        firm=kept["firm"],
        key=kept["key"],
    )


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "name": problem.name,
        "words": problem.words,
        "facts": dict(problem.facts),
        "missing": problem.missing,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _typed(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in ("from_day", "until_day") and value else value
