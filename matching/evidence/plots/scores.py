# SPDX-License-Identifier: AGPL-3.0-or-later
"""How well the kilograms that move suit: delivered tonnes by score."""

from typing import Final

from matplotlib.axes import Axes

from matching.evidence.plots.canvas import BLUE, Label, canvas
from matching.evidence.run import Run
from matching.pairing.score import MICRO

_BINS: Final = [twentieth / 20 for twentieth in range(21)]


def plot_scores(run: Run, axes: Axes | None = None, label: Label = str) -> Axes:
    """A histogram of delivered tonnes, a bar for each twentieth of a point."""
    axes = canvas(axes, label("tonnes by score"))
    scores = [proposal.score_micro / MICRO for proposal in run.proposals]
    tonnes = [proposal.delivered_g / 1e6 for proposal in run.proposals]
    axes.hist(scores, bins=_BINS, weights=tonnes, color=BLUE)
    axes.set_xlabel(label("score"))
    axes.set_ylabel(label("tonnes"))
    return axes
