# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the kilograms of both sides are: placed, or left and why."""

from typing import Final

from matplotlib.axes import Axes

from matching.evidence.plots.canvas import BLUE, GREY, ORANGE, VERMILION, Label, canvas
from matching.evidence.run import Run
from matching.evidence.unmatched import NO_PARTNER, NOT_WORTH, PARTNERS_TAKEN

PLACED: Final = "placed"
_COLOURS: Final = {PLACED: BLUE, PARTNERS_TAKEN: ORANGE, NO_PARTNER: VERMILION, NOT_WORTH: GREY}
_SIDES: Final = ("offers", "needs")


def plot_kilograms(run: Run, axes: Axes | None = None, label: Label = str) -> Axes:
    """A bar for each side in tonnes, stacked by what became of them."""
    axes = canvas(axes, label("tonnes"))
    placed_g = sum(p.mass_g for p in run.proposals), sum(p.delivered_g for p in run.proposals)
    left = [run.summary[f"unmatched_{side}"] for side in _SIDES]
    bottoms = [0.0, 0.0]
    for reason, colour in _COLOURS.items():
        kg = [grams / 1000 for grams in placed_g] if reason == PLACED else [side.get(reason, 0) for side in left]
        tonnes = [part / 1000 for part in kg]
        if any(tonnes):
            axes.bar(range(2), tonnes, bottom=bottoms, color=colour, label=label(reason))
        bottoms = [bottom + part for bottom, part in zip(bottoms, tonnes, strict=True)]
    axes.set_xticks(range(2), [label(side) for side in _SIDES])
    if any(bottoms):
        axes.legend()
    return axes
