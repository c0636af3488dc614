# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reasons of many legs, column by column: a market has hundreds of thousands of terms, few of them looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from typing import NamedTuple

from matching.evidence.proposal import Term
from matching.pairing.score import MICRO


class Column(NamedTuple):
    """One term of each leg: its name there, what it adds in micro-points, and what both sides say."""

    names: Sequence[str]
    amounts_micro: Sequence[int]
    offers: Sequence[str]
    needs: Sequence[str]

    def texts(self) -> list[str]:
        """Each as JSON: what `json.dumps` writes of it, in a fraction of the time."""
        sides = map(quoted, self.offers), map(quoted, self.needs)
        return [
            f'{{"name": {name}, "amount": {amount / MICRO}, "offer": {offer}, "need": {need}}}'
            for name, amount, offer, need in zip(map(quoted, self.names), self.amounts_micro, *sides, strict=True)
        ]

    def only(self, places: Sequence[int]) -> "Column":
        """The same of these legs, in this order."""
        names, amounts = [self.names[place] for place in places], [self.amounts_micro[place] for place in places]
        return Column(names, amounts, [self.offers[place] for place in places], [self.needs[place] for place in places])

    def then(self, other: "Column") -> "Column":
        """The same, and after it that of other legs."""
        names, amounts = [*self.names, *other.names], [*self.amounts_micro, *other.amounts_micro]
        return Column(names, amounts, [*self.offers, *other.offers], [*self.needs, *other.needs])


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why legs are as good as they are; a listed pair has no column at all."""

    legs: int
    columns: tuple[Column, ...]

    def terms(self) -> list[tuple[Term, ...]]:
        """The terms of each leg; their amounts add up to its score."""
        if not self.columns:
            return [()] * self.legs
        return list(zip(*(map(Term, *column) for column in self.columns), strict=True))

    def scores_micro(self) -> list[int]:
        """The score of each leg."""
        amounts = [column.amounts_micro for column in self.columns]
        return list(map(sum, zip(*amounts, strict=True))) if amounts else [0] * self.legs

    def texts(self) -> list[str]:
        """The JSON list of each leg's terms that `proposals.csv` has."""
        if not self.columns:
            return ["[]"] * self.legs
        columns = (column.texts() for column in self.columns)
        return [f"[{', '.join(terms)}]" for terms in zip(*columns, strict=True)]

    def then(self, other: "Reasons") -> "Reasons":
        """These legs, and after them those of another with as many columns."""
        both = zip(self.columns, other.columns, strict=True)
        return Reasons(self.legs + other.legs, tuple(mine.then(theirs) for mine, theirs in both))

    def only(self, places: Sequence[int]) -> "Reasons":
        """Those of these legs, in this order."""
        return Reasons(len(places), tuple(column.only(places) for column in self.columns))
