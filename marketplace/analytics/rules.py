# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which figures may be shown: the finite list of tables, and the protection of small cells.

A cell is open when at least LEAST_FIRMS firms stand on each side of it and no firm could work out another's share
from it: without the two largest, what is left must be at least MARGIN_PER_CENT of the largest (the p % rule). What
the totals would give away is withheld too: the withheld cells of a column, taken together, must be open as well,
since their sum is the total less what is shown. See Hundepool et al., "Statistical Disclosure Control" (Wiley, 2012),
chapter 4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.errors import N_

TABLES_VERSION = 1
"""Raised whenever the list of tables, steps or limits changes; written into every export."""
LEAST_FIRMS = 3
MARGIN_PER_CENT = 10


class Table(StrEnum):
    """The tables there are; filters choose among them and never make a new cut."""

    MONTH = "month"
    THEME = "theme"
    MATERIAL = "material"
    MUNICIPALITY = "municipality"


class Step(StrEnum):
    """How far along the deal the kilograms got."""

    OFFERED = "offered"
    PROPOSED = "proposed"
    AGREED = "agreed"
    APPROVED = "approved"
    DELIVERED = "delivered"


STEP_WORDS = {
    Step.OFFERED: N_("Offered"),
    Step.PROPOSED: N_("Proposed"),
    Step.AGREED: N_("Agreed"),
    Step.APPROVED: N_("Approved"),
    Step.DELIVERED: N_("Delivered"),
}
TABLE_WORDS = {
    Table.MONTH: N_("Month"),
    Table.THEME: N_("Theme"),
    Table.MATERIAL: N_("Material"),
    Table.MUNICIPALITY: N_("Municipality"),
}
EVENTS: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Contribution:
    """Grams of one giver (and, from the proposal on, one taker) in one row of a table."""

    row: str
    giver_id: int
    taker_id: int | None
    grams: int


@dataclass(frozen=True, slots=True)
class Column:
    """One step's figures: grams by row, the rows withheld, and the total (None when withheld)."""

    grams: Mapping[str, int]
    withheld: frozenset[str]
    total: int | None


def is_open(contributions: Sequence[Contribution]) -> bool:
    """Whether the sum of these contributions may be shown; an empty cell may."""
    if not contributions:
        return True
    sides = [_by_firm((c.giver_id, c.grams) for c in contributions)]
    if any(c.taker_id is not None for c in contributions):
        sides.append(_by_firm((c.taker_id, c.grams) for c in contributions if c.taker_id is not None))
    return all(len(side) >= LEAST_FIRMS and _nobody_dominates(side) for side in sides)


def protected(contributions: Iterable[Contribution]) -> Column:
    """One column of a table with its small cells, and what would give them away, withheld."""
    cells: dict[str, list[Contribution]] = defaultdict(list)
    for contribution in contributions:
        cells[contribution.row].append(contribution)
    grams = {row: sum(c.grams for c in cell) for row, cell in cells.items()}
    withheld = {row for row, cell in cells.items() if not is_open(cell)}
    while withheld and not is_open([c for row in withheld for c in cells[row]]):
        shown = [row for row in cells if row not in withheld]
        if not shown:
            return Column(grams, frozenset(withheld), None)
        withheld.add(min(shown, key=lambda row: (grams[row], row)))
    return Column(grams, frozenset(withheld), sum(grams.values()))


def _by_firm(parts: Iterable[tuple[int, int]]) -> list[int]:
    sums: dict[int, int] = defaultdict(int)
    for firm_id, grams in parts:
        sums[firm_id] += grams
    return sorted((grams for grams in sums.values() if grams > 0), reverse=True)


def _nobody_dominates(firms: Sequence[int]) -> bool:
    return 100 * sum(firms[2:]) >= MARGIN_PER_CENT * firms[0]
