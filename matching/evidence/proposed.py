# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that a run proposes, column by column: rows for a file, or values to look at."""

from dataclasses import dataclass
from functools import cached_property
from operator import mul
from typing import Final

from matching.allocation.legs import delivered_g
from matching.evidence.explain import leg_reasons
from matching.evidence.proposal import SCORE_PLACES, VALUE_PLACES, Proposal
from matching.evidence.reasons import Reasons
from matching.evidence.units import decimal_text, kg_text
from matching.evidence.view import Name, View
from matching.market.columns import Bools, Int64s

PROPOSAL_COLUMNS: Final = (
    "offer_id",
    "need_id",
    "processor_ids",
    "mass_kg",
    "delivered_kg",
    "score",
    "value",
    "reasons",
)


@dataclass(frozen=True, eq=False)  # no slots: what is made of its columns is made once, when first asked for
class Proposed:
    """The legs that ship something, in the order of need, offer, processors, and the grams each takes."""

    view: View
    legs: Int64s
    taken_g: Int64s

    def __len__(self) -> int:
        return len(self.legs)

    @cached_property
    def reasons(self) -> Reasons:
        """Why they are as good as they are."""
        return leg_reasons(self.view, self.legs)

    def only(self, which: Bools) -> "Proposed":
        """Some of them."""
        return self if which.all() else Proposed(self.view, self.legs[which], self.taken_g[which])

    def proposals(self) -> tuple[Proposal, ...]:
        """One value for each."""
        offers, needs, ways = self._ids()
        figures = self.taken_g.tolist(), *self._arriving()
        scores, terms = self.reasons.scores_micro(), self.reasons.terms()
        return tuple(map(Proposal, offers, needs, ways, *figures[:2], scores, figures[2], terms))

    def rows(self) -> list[dict[str, str]]:
        """The rows of `proposals.csv`; a listed pair has no score."""
        offers, needs, ways = self._ids()
        arriving, value = self._arriving()
        scores = [decimal_text(score, SCORE_PLACES) for score in self.reasons.scores_micro()]
        columns = (
            offers,
            needs,
            map(";".join, ways),
            map(kg_text, self.taken_g.tolist()),
            map(kg_text, arriving),
            [""] * len(scores) if self.view.listed else scores,
            [decimal_text(units, VALUE_PLACES) for units in value],
            self.reasons.texts(),
        )
        return [dict(zip(PROPOSAL_COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]

    def _arriving(self) -> tuple[list[int], list[int]]:
        """Grams each delivers, and its value in micro-units x delivered grams, past 64 bits where prices are high."""
        legs = self.view.legs
        arriving = delivered_g(self.taken_g, legs.rate[self.legs]).tolist()
        return arriving, list(map(mul, legs.value[self.legs].tolist(), arriving))

    def _ids(self) -> tuple[list[str], list[str], list[tuple[str, ...]]]:
        names: list[Name] = self.view.names(self.legs)
        return [name[0] for name in names], [name[1] for name in names], [name[2] for name in names]
