# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bodies of the city's strategy and the associations of firms, from this room's data file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation that is no firm."""

    name: str
    kind: str
    strategy_role: str
    also_known_as: str


@cache
def known_bodies() -> tuple[Body, ...]:
    """All of them, the municipality first."""
    text = files(__package__).joinpath("bodies.csv").read_text(encoding="utf-8")
    return tuple(
        Body(row["name"], row["kind"], row["strategy_role"], row["also_known_as"])
        for row in csv.DictReader(text.splitlines())
    )


def other_names(name: str) -> set[str]:
    """The name itself and the one under which the body of that other name is kept."""
    return {name, *(body.name for body in known_bodies() if body.also_known_as == name)}
