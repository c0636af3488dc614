# SPDX-License-Identifier: AGPL-3.0-or-later
"""The terms of a pair as a waterfall: each begins where the one before ended, and together they are the score."""

from itertools import accumulate

from matplotlib.axes import Axes

from matching.evidence.plots.canvas import BLUE, GREY, Label, canvas
from matching.evidence.proposal import SCORE_PLACES, Explanation
from matching.evidence.units import decimal_text
from matching.pairing.score import MICRO


def plot_waterfall(explanation: Explanation, axes: Axes | None = None, label: Label = str) -> Axes:
    """One bar per term from top to bottom, in points, and the score below; ValueError for a pair that has no terms."""
    if not explanation.terms:
        raise ValueError(f"{explanation.offer_id} → {explanation.need_id} has no terms to draw")
    way = [explanation.offer_id, *explanation.processor_ids, explanation.need_id]
    axes = canvas(axes, " → ".join(way))
    amounts = [term.amount_micro for term in explanation.terms]
    starts = [0, *accumulate(amounts)][: len(amounts)]
    rows = range(len(amounts) + 1)
    widths = [micro / MICRO for micro in (*amounts, explanation.score_micro)]
    lefts = [*(start / MICRO for start in starts), 0.0]
    bars = axes.barh(rows, widths, left=lefts, color=[*[BLUE] * len(amounts), GREY])
    texts = [decimal_text(micro, SCORE_PLACES) for micro in (*amounts, explanation.score_micro)]
    axes.bar_label(bars, texts, padding=3)
    axes.set_yticks(rows, [*(label(term.name) for term in explanation.terms), label("score")])
    axes.invert_yaxis()
    axes.set_xlim(0, max(1.0, widths[-1]) * 1.1)
    return axes
