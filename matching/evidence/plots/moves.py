# SPDX-License-Identifier: AGPL-3.0-or-later
"""What changes between two runs: the proposals that gain or lose most."""

from matplotlib.axes import Axes

from matching.evidence.diff import Diff
from matching.evidence.plots.canvas import GREEN, VERMILION, Label, canvas


def plot_moves(diff: Diff, axes: Axes | None = None, label: Label = str, most: int = 20) -> Axes:
    """A bar in kilograms for each of the `most` largest changes, the largest first: gains right, losses left."""
    axes = canvas(axes, label("changes in kg"))
    moved = sorted((*diff.added, *diff.removed, *diff.changed), key=lambda one: -abs(one.after_g - one.before_g))[:most]
    kg = [(one.after_g - one.before_g) / 1000 for one in moved]
    axes.barh(range(len(kg)), kg, color=[GREEN if change > 0 else VERMILION for change in kg])
    axes.set_yticks(range(len(kg)), [" → ".join([m.offer_id, *m.processor_ids, m.need_id]) for m in moved])
    axes.axvline(0, color="black", linewidth=0.8)
    axes.invert_yaxis()
    return axes
