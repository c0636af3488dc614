# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the name of a violated constraint to a refusal that a person understands."""

from __future__ import annotations

import re

from sqlalchemy.exc import IntegrityError

from marketplace.errors import Refused

_REFUSALS: dict[str, type[Refused]] = {}


def refusal_for(constraint: str, refusal: type[Refused]) -> None:
    """Say which refusal a constraint stands for; rooms call this beside their models.

    `constraint` is the full name (`uq_person_email`); for unique constraints of SQLite, which reports columns
    instead of names, the name by convention is rebuilt from the columns.
    """
    _REFUSALS[constraint] = refusal


def explain_violation(error: IntegrityError) -> Refused:
    """The refusal behind a violation; one that no room has named is a conflict in general words."""
    return _REFUSALS.get(violated(error), Refused)()


def violated(error: IntegrityError) -> str:
    """The violated constraint's name, on SQLite and PostgreSQL alike; empty if it cannot be told."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or ""
    message = str(error.orig)
    if unique := re.match(r"UNIQUE constraint failed: (.+)", message):
        columns = [column.strip().split(".") for column in unique[1].split(",")]
        return "uq_" + "_".join([columns[0][0], *(column for _, column in columns)])
    if named := re.match(r"(?:CHECK constraint failed|UNIQUE constraint failed: index): '?([\w]+)'?", message):
        return named[1]
    return ""
