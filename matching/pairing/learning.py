# SPDX-License-Identifier: AGPL-3.0-or-later
"""Learning a model of acceptance: logistic regression, calibrated forward in time, tested on what came later.

Calibration is Platt's (1999), a logistic regression on the model's own log-odds; these are predicted for each stretch
of time by a model of what came before, as it will be used. Both are linear in the log-odds, so that what is stored is
one weight per feature. Random folds would let answers of one run tell of each other.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from matching.market.columns import Bools, Floats, Int64s
from matching.pairing.acceptance import (
    FEATURES,
    LEARNT,
    MOST_MICRO,
    NO_BETTER,
    TOO_FEW,
    Acceptance,
    Bin,
    Quality,
)
from matching.pairing.score import MICRO

LEAST_ANSWERS: Final = 80
LEAST_OF_EACH: Final = 12  # yes and no, among the earlier answers
TRAINED_SHARE: Final = 0.7
STRETCHES: Final = 5  # of time, for calibration
BINS: Final = 5
CERTAIN: Final = 2.0  # standard errors by which a model must be better than the prior
_STRENGTH: Final = 1.0  # inverse of the L2 penalty on standardised features
_FREE: Final = 1e6  # as good as no penalty, for the two numbers of the calibration
_STEPS: Final = 1_000

Line = tuple[Floats, float]  # weight per feature and intercept, of log-odds


def learnt(columns: Int64s, accepted: Bools, days: Int64s) -> Acceptance:
    """The model of all answers if one of the earlier answers proves better than the prior on the later ones."""
    if columns.shape != (len(FEATURES), len(accepted)) or len(accepted) != len(days):
        raise ValueError(f"features are (features, answers), here {columns.shape} for {len(accepted)} answers")
    order = np.argsort(days, kind="stable")
    x, yes, days = columns[:, order].T / MICRO, accepted[order], days[order]
    prior = Acceptance(prior_micro=round(_share(yes) * MICRO), answers=len(yes), basis=TOO_FEW)
    if not _is_enough(yes, days):
        return prior
    cut = _cut(days)
    quality = _quality(_line(x[:cut], yes[:cut], days[:cut]), _share(yes[:cut]), (x[cut:], yes[cut:]), cut)
    weights, intercept = _line(x, yes, days)
    if quality.gain <= CERTAIN * quality.gain_error:
        return replace(prior, basis=NO_BETTER, quality=quality)
    named = {name: _micro(weight) for name, weight in zip(FEATURES, weights.tolist(), strict=True)}
    return replace(prior, intercept_micro=_micro(intercept), weight_micro=named, basis=LEARNT, quality=quality)


def _share(yes: Bools) -> float:
    """Share of yes, with one yes and one no added (Laplace)."""
    return (int(yes.sum()) + 1) / (len(yes) + 2)


def _cut(days: Int64s) -> int:
    """How many answers are earlier than the day on which the share to train on is reached: no day is split."""
    return int(np.searchsorted(days, days[int(TRAINED_SHARE * len(days))]))


def _is_enough(yes: Bools, days: Int64s) -> bool:
    if len(yes) < LEAST_ANSWERS:
        return False
    early = yes[: _cut(days)]
    return min(int(early.sum()), int((~early).sum())) >= LEAST_OF_EACH


def _line(x: Floats, yes: Bools, days: Int64s) -> Line:
    """Weights and intercept, calibrated on predictions for later stretches; uncalibrated where there are none."""
    weights, intercept = _plain(x, yes)
    starts = np.searchsorted(days, days[[len(days) * k // STRETCHES for k in range(1, STRETCHES)]])
    told, came = [], []
    for begin, end in pairwise([*starts.tolist(), len(days)]):
        if begin < end and 0 < yes[:begin].sum() < begin:
            before = _plain(x[:begin], yes[:begin])
            told.append(x[begin:end] @ before[0] + before[1])
            came.append(yes[begin:end])
    if not told or len(np.unique(np.concatenate(came))) < 2:
        return weights, intercept
    slope, offset = _plain(np.concatenate(told)[:, None], np.concatenate(came), _FREE)
    steep = max(float(slope[0]), 0.0)
    return weights * steep, intercept * steep + offset


def _plain(x: Floats, yes: Bools, strength: float = _STRENGTH) -> Line:
    """Logistic regression on standardised features, told in the features' own units; constant ones weigh nothing."""
    from sklearn.linear_model import LogisticRegression

    centre, spread = x.mean(axis=0), x.std(axis=0)
    scale = np.where(spread > 1e-9, spread, np.inf)
    found = LogisticRegression(C=strength, max_iter=_STEPS).fit((x - centre) / scale, yes)
    weights = found.coef_[0] / scale
    return weights, float(found.intercept_[0] - (weights * centre).sum())


def _quality(line: Line, prior: float, later: tuple[Floats, Bools], trained_on: int) -> Quality:
    x, yes = later
    said = 1 / (1 + np.exp(-np.clip(x @ line[0] + line[1], -50.0, 50.0)))
    errors, prior_errors = (said - yes) ** 2, (prior - yes) ** 2
    gains = prior_errors - errors
    error = float(gains.std(ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else np.inf
    brier, prior_brier = round(float(errors.mean()), 6), round(float(prior_errors.mean()), 6)
    return Quality(trained_on, len(yes), brier, prior_brier, round(error, 6), _bins(said, yes))


def _bins(said: Floats, yes: Bools) -> tuple[Bin, ...]:
    """Equally many answers each, by ascending prediction."""
    groups = np.array_split(np.argsort(said, kind="stable"), BINS)
    return tuple(
        Bin(len(group), round(float(said[group].mean()), 6), round(float(yes[group].mean()), 6))
        for group in groups
        if len(group)
    )


def _micro(number: float) -> int:
    return int(np.clip(round(number * MICRO), -MOST_MICRO, MOST_MICRO))
