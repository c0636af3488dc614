# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that a run proposes, column by column: rows for a file, or values to look at."""

from dataclasses import dataclass
from typing import Final

from matching.evidence.proposal import SCORE_PLACES, VALUE_PLACES, Proposal
from matching.evidence.reasons import Reasons
from matching.evidence.units import decimal_text, kg_text
from matching.evidence.view import Name

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


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """Proposals in the order of need, offer, processors; values are micro-points x delivered grams."""

    names: list[Name]
    mass_g: list[int]
    delivered_g: list[int]
    value: list[int]
    reasons: Reasons

    def __len__(self) -> int:
        return len(self.names)

    def proposals(self) -> tuple[Proposal, ...]:
        """One value for each."""
        offers, needs, ways = self._ids()
        figures = self.mass_g, self.delivered_g, self.reasons.scores_micro(), self.value
        return tuple(map(Proposal, offers, needs, ways, *figures, self.reasons.terms()))

    def rows(self) -> list[dict[str, str]]:
        """The rows of `proposals.csv`; a listed pair has no score."""
        offers, needs, ways = self._ids()
        scores = [decimal_text(score, SCORE_PLACES) for score in self.reasons.scores_micro()]
        columns = (
            offers,
            needs,
            map(";".join, ways),
            map(kg_text, self.mass_g),
            map(kg_text, self.delivered_g),
            scores if self.reasons.columns else [""] * len(scores),
            [decimal_text(value, VALUE_PLACES) for value in self.value],
            self.reasons.texts(),
        )
        return [dict(zip(PROPOSAL_COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]

    def _ids(self) -> tuple[list[str], list[str], list[tuple[str, ...]]]:
        names = self.names
        return [name[0] for name in names], [name[1] for name in names], [name[2] for name in names]
