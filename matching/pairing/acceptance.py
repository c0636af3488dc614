# SPDX-License-Identifier: AGPL-3.0-or-later
"""How probable it is that both sides say yes to a pair: a logistic model as plain numbers, learnt from past answers.

A pair is known by its features alone, whole millionths of 0-1: the closeness of each term of the score whatever its
weight, and few facts beside. Nothing tells a firm. Weights are whole millionths too, so that a probability can be
recomputed by hand from what is stored: 1 / (1 + exp(-(intercept + sum of weight x feature))).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Final, Self

import numpy as np

from matching.market.columns import Bools, Int64s
from matching.pairing.rules import Index
from matching.pairing.score import MICRO, TERM_NAMES, Scorer, weighed
from matching.pairing.sides import Sides

FACTS: Final = ("both priced", "both colours measured", "masses alike")
FEATURES: Final = (*TERM_NAMES, *FACTS)
MOST_MICRO: Final = 1_000_000_000  # of a weight or intercept: beyond a thousand nothing changes a probability
LEARNT: Final = "learnt"
TOO_FEW: Final = "too few answers"
STATED: Final = "stated by the policy"
NO_BETTER: Final = "no better than the prior"
_STRIPE: Final = 1 << 18


def features(scorer: Scorer, o: Index, n: Index) -> Int64s:
    """(features, pairs) millionths of each feature."""
    closeness = weighed(scorer.closeness(o, n), MICRO)
    return np.concatenate([closeness, _facts(scorer.sides, o, n)])


def _facts(sides: Sides, o: Index, n: Index) -> Int64s:
    offers, needs = sides.offers, sides.needs
    less, more = (pick(offers.mass_g[o], needs.mass_g[n]) for pick in (np.minimum, np.maximum))
    rows = (
        (offers.priced[o] & needs.priced[n]) * MICRO,
        (offers.colour_measured[o] & needs.colour_measured[n]) * MICRO,
        weighed(less / np.maximum(more, 1), MICRO),
    )
    return np.stack(rows).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Bin:
    """Some of the answers that were kept back, those with the most similar predictions."""

    answers: int
    predicted: float  # mean probability
    accepted: float  # share that both sides accepted


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a model was that knew the earlier answers, on the later ones; a Brier score of 0 is perfect."""

    trained_on: int
    tested_on: int
    brier: float
    prior_brier: float  # of the earlier answers' share of yes, said of every pair
    gain_error: float  # standard error of the mean gain
    bins: tuple[Bin, ...]

    @property
    def gain(self) -> float:
        """By how much the model's Brier score is smaller than the prior's."""
        return self.prior_brier - self.brier


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A model, or without weights the prior: the same probability for every pair. All numbers in millionths."""

    intercept_micro: int = 0
    weight_micro: Mapping[str, int] = field(default_factory=dict)
    prior_micro: int = MICRO // 2
    basis: str = TOO_FEW
    answers: int = 0
    quality: Quality | None = None

    def __post_init__(self) -> None:
        numbers = (self.intercept_micro, self.prior_micro, *self.weight_micro.values())
        unknown = sorted(set(self.weight_micro) - set(FEATURES))
        if unknown or not all(type(one) is int and abs(one) <= MOST_MICRO for one in numbers):
            raise ValueError(f"not a model of acceptance: {', '.join(unknown) or 'a number is out of range'}")
        if not 0 <= self.prior_micro <= MICRO:
            raise ValueError(f"not a model of acceptance: prior {self.prior_micro}")
        object.__setattr__(self, "weight_micro", MappingProxyType(dict(self.weight_micro)))

    @classmethod
    def fit(cls, columns: Int64s, accepted: Bools, days: Int64s) -> "Acceptance":
        """The model of some answers: (features, answers) millionths, whether both said yes, the day of each.

        The prior where history is too short, or where on the later answers the model is no better; `basis` says which.
        """
        from matching.pairing.learning import learnt  # here, so that only learning loads scikit-learn

        return learnt(columns, accepted, days)

    def probability_micro(self, columns: Int64s) -> Int64s:
        """Millionths for each of (features, pairs)."""
        if not self.weight_micro:
            return np.full(columns.shape[1], self.prior_micro, dtype=np.int64)
        logit = np.full(columns.shape[1], self.intercept_micro * MICRO, dtype=np.int64)
        for row, name in enumerate(FEATURES):
            logit += self.weight_micro.get(name, 0) * columns[row]
        steep = np.clip(logit / MICRO**2, -50.0, 50.0)
        return np.rint(MICRO / (1 + np.exp(-steep))).astype(np.int64)

    def expected_micro(self, scorer: Scorer, o: Index, n: Index, value: Int64s) -> Int64s:
        """Value x probability of each pair, rounded down to whole micro-points."""
        parts, reading = [], scorer.with_texts()
        for at in range(0, len(o), _STRIPE):
            here = slice(at, at + _STRIPE)
            parts.append(value[here] * self.probability_micro(features(reading, o[here], n[here])) // MICRO)
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    @property
    def stated(self) -> "Acceptance":
        """The same probabilities without the history behind them: what a policy states."""
        return Acceptance(self.intercept_micro, self.weight_micro, self.prior_micro, STATED)

    def as_json(self) -> dict[str, Any]:
        """Plain numbers and texts, to be stored and audited; `from_json` reads them back."""
        quality = None if self.quality is None else asdict(self.quality)
        return {
            "intercept_micro": self.intercept_micro,
            "weight_micro": dict(self.weight_micro),
            "prior_micro": self.prior_micro,
            "basis": self.basis,
            "answers": self.answers,
            "quality": quality,
        }

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Self:
        """The inverse of `as_json`."""
        found = read["quality"]
        quality = Quality(**{**found, "bins": tuple(Bin(**one) for one in found["bins"])}) if found else None
        return cls(**{**read, "quality": quality})


def columns_of(rows: Sequence[Mapping[str, int]]) -> Int64s:
    """(features, pairs) from stored features by name; KeyError for one that is missing."""
    return np.array([[row[name] for row in rows] for name in FEATURES], dtype=np.int64).reshape(len(FEATURES), -1)
