# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a greedy market would reach, what the run reaches, and what nothing can exceed."""

from typing import Final

from matplotlib.axes import Axes

from matching.evidence.plots.canvas import BLUE, GREY, ORANGE, Label, canvas
from matching.evidence.run import Run

_COLOURS: Final = {"greedy": ORANGE, "value": BLUE, "bound": GREY}


def plot_bounds(run: Run, axes: Axes | None = None, label: Label = str) -> Axes:
    """Bars in the run's unit: greedy where the policy has one, value and bound; the gap stands in the title."""
    summary = run.summary
    bars_of = {"greedy": "greedy_value", "value": "value", "bound": "bound"}
    told = {name: float(summary[key]) for name, key in bars_of.items() if summary[key] is not None}
    axes = canvas(axes, f"{label('gap')} {100 * summary['gap']:.3f} %")
    bars = axes.bar(range(len(told)), list(told.values()), color=[_COLOURS[name] for name in told])
    axes.bar_label(bars, [f"{height:,.1f}" for height in told.values()])
    axes.set_xticks(range(len(told)), [label(name) for name in told])
    axes.set_ylabel(label(summary["unit"]))
    return axes
