# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run proposes, and the reasons it gives: values that print as sentences and write as rows."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from matching.evidence.measure import BrokenRule
from matching.evidence.units import decimal_text, kg_text

SCORE_PLACES: Final = 6
VALUE_PLACES: Final = 9  # micro-points x grams are billionths of score x kg


class Term(NamedTuple):
    """One reason: its name, what it adds to the score in micro-points, and the values of both sides it compares."""

    name: str
    amount_micro: int
    offer: str
    need: str

    def __str__(self) -> str:
        return f"{self.name} +{decimal_text(self.amount_micro, SCORE_PLACES)} ({self.offer} | {self.need})"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a pair is as good as it is, in terms that add up to the score exactly, or which rules forbid it."""

    offer_id: str
    need_id: str
    terms: tuple[Term, ...] = ()
    broken: tuple[BrokenRule, ...] = ()
    processor_ids: tuple[str, ...] = ()
    chains: "tuple[Explanation, ...]" = ()  # the ways through processors that are possible

    @property
    def score_micro(self) -> int:
        """Sum of the terms, in micro-points; 0 for a pair that breaks a rule."""
        return sum(term.amount_micro for term in self.terms)

    def __str__(self) -> str:
        way = " → ".join([self.offer_id, *self.processor_ids, self.need_id])
        score = decimal_text(self.score_micro, SCORE_PLACES)
        head = f"{way}: not possible" if self.broken else f"{way}: score {score}"
        return "\n".join([head, *map(str, self.broken), *map(str, self.terms), *map(str, self.chains)])


@dataclass(frozen=True, slots=True)
class Proposal:
    """So many grams of an offer to a need; `value` is micro-points x delivered grams, `processor_ids` the way.

    A listed pair has no reasons and no score, only its value.
    """

    offer_id: str
    need_id: str
    processor_ids: tuple[str, ...]
    mass_g: int
    delivered_g: int
    score_micro: int
    value: int
    reasons: tuple[Term, ...]

    @property
    def explanation(self) -> Explanation:
        """The reasons as an explanation."""
        return Explanation(self.offer_id, self.need_id, self.reasons, processor_ids=self.processor_ids)

    def _value_text(self) -> str:
        return f"value {decimal_text(self.value // self.delivered_g, SCORE_PLACES)}"

    def __str__(self) -> str:
        way = " → ".join([self.offer_id, *self.processor_ids, self.need_id])
        worth = f"score {decimal_text(self.score_micro, SCORE_PLACES)}" if self.reasons else self._value_text()
        return f"{way}: {kg_text(self.delivered_g)} kg, {worth}"
