# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures that policies reckon with (costs, emissions, replacement), each with its range, source and confidence.

They are defaults that a policy may replace; "from memory" means that no source was found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from matching.market.vocabulary.tables import rows_of

_AVOIDED: Final = "avoided."


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure in `unit`, between `low` and `high`, and where it comes from."""

    code: str
    what: str
    value: Decimal
    low: Decimal
    high: Decimal
    unit: str
    year: str
    note: str
    confidence: str
    source: str

    def __str__(self) -> str:
        return f"{self.value} {self.unit} ({self.confidence}: {self.source})"


def _facts() -> dict[str, Fact]:
    return {row["code"]: _fact(row) for row in rows_of("facts")}


def _fact(row: dict[str, str]) -> Fact:
    value, low, high = (Decimal(row[column]) for column in ("value", "low", "high"))
    words = (row[column] for column in ("unit", "year", "note", "confidence", "source"))
    return Fact(row["code"], row["what"], value, low, high, *words)


FACTS: Final[Mapping[str, Fact]] = MappingProxyType(_facts())
AVOIDED: Final[Mapping[str, Fact]] = MappingProxyType(
    {code.removeprefix(_AVOIDED): fact for code, fact in FACTS.items() if code.startswith(_AVOIDED)}
)
