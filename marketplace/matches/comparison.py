# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two runs side by side, from what they left in the database: what changed, and whom each serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from marketplace.matches.models import Run

Way = tuple[int, int, tuple[int, ...]]
"""Keys of an offer, a need and the processors between them."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """Grams that a run lets arrive on a way; `firms` are the giver's and the taker's keys."""

    way: Way
    firms: tuple[int, int]
    mass_g: int


@dataclass(frozen=True)
class Outcome:
    """A run and all it ships: in proposals, and in what is left to be arranged."""

    run: Run
    shipments: Sequence[Shipment]

    @cached_property
    def by_way(self) -> Mapping[Way, int]:
        """Grams of each way."""
        return {one.way: one.mass_g for one in self.shipments}

    @property
    def mass_g(self) -> int:
        """All that arrives."""
        return sum(one.mass_g for one in self.shipments)

    @property
    def firms(self) -> frozenset[int]:
        """Firms that give or take something."""
        return frozenset(firm for one in self.shipments for firm in one.firms)

    @property
    def listings(self) -> int:
        """Offers and needs of which something is placed."""
        return len({way[0] for way in self.by_way}) + len({way[1] for way in self.by_way})


@dataclass(frozen=True, slots=True)
class Change:
    """A way that has other grams in the second run than in the first."""

    way: Way
    before_g: int
    after_g: int

    @property
    def more_g(self) -> int:
        """By how much it grew; negative where it shrank."""
        return self.after_g - self.before_g


@dataclass(frozen=True)
class Comparison:
    """From one run to another."""

    before: Outcome
    after: Outcome

    @cached_property
    def changes(self) -> list[Change]:
        """Ways that changed, the most kilograms first."""
        first, second = self.before.by_way, self.after.by_way
        all_of_them = (Change(way, first.get(way, 0), second.get(way, 0)) for way in {**first, **second})
        return sorted((one for one in all_of_them if one.more_g), key=lambda one: (-abs(one.more_g), one.way))

    @property
    def is_one_unit(self) -> bool:
        """Whether both values count the same thing, so that one can be called more than the other."""
        return bool(self.before.run.summary.get("unit") == self.after.run.summary.get("unit"))

    @property
    def counts(self) -> tuple[tuple[str, int, int], ...]:
        """(kind, number, grams) of ways that are new, gone, or have more or less."""
        new = [one for one in self.changes if not one.before_g]
        gone = [one for one in self.changes if not one.after_g]
        other = [one for one in self.changes if one.before_g and one.after_g]
        kept = self.before.by_way.keys() & self.after.by_way.keys()
        same = len(kept) - len(other)
        same_g = sum(self.before.by_way[way] for way in kept) - sum(one.before_g for one in other)
        return (
            ("new", len(new), _moved(new)),
            ("gone", len(gone), _moved(gone)),
            ("other mass", len(other), _moved(other)),
            ("unchanged", same, same_g),
        )


def _moved(changes: Iterable[Change]) -> int:
    return sum(abs(one.more_g) for one in changes)
