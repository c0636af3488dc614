# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who delivers to whom on the ground: a line for each proposal, the wider the more it carries."""

import math
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from matching.evidence.plots.canvas import BLUE, GREEN, ORANGE, Label, canvas
from matching.evidence.run import Run
from matching.market.columns import Needs, Offers, Processors

Place = tuple[float, float]  # longitude, latitude

WIDEST: Final = 6.0  # points


def plot_map(run: Run, axes: Axes | None = None, label: Label = str) -> Axes:
    """Offers, needs and the ways between them, through processors where there are any; degrees true to scale."""
    sides, processors = run.retained.view.sides, run.retained.view.processors
    axes = canvas(axes, label("map"))
    for side, colour, name in ((sides.offers, GREEN, "offers"), (sides.needs, ORANGE, "needs")):
        axes.scatter(side.lon, side.lat, s=9, color=colour, label=label(name), zorder=2)
    at = _places(sides.offers), _places(sides.needs), {} if processors is None else _places(processors)
    ways = [[at[0][p.offer_id], *(at[2][step] for step in p.processor_ids), at[1][p.need_id]] for p in run.proposals]
    most = max((p.delivered_g for p in run.proposals), default=1)
    widths = [WIDEST * math.sqrt(p.delivered_g / most) for p in run.proposals]
    axes.add_collection(LineCollection(ways, linewidths=widths, colors=BLUE, alpha=0.4, zorder=1))
    latitudes = np.concatenate([sides.offers.lat, sides.needs.lat])
    if len(latitudes):
        axes.set_aspect(1 / math.cos(math.radians(float(latitudes.mean()))))
        axes.legend()
    return axes


def _places(side: Offers | Needs | Processors) -> dict[str, Place]:
    """Where each listing lies."""
    return dict(zip(side.ids, zip(side.lon.tolist(), side.lat.tolist(), strict=True), strict=True))
