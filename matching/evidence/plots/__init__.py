# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pictures of a run, one in each file; they need the extra `plots` (matplotlib).

Each draws on the axes it is given, or on a new figure, and returns the axes: `plot_waterfall(x).figure.savefig(...)`.
`label` turns the names of terms and reasons into the reader's words.
"""

from matching.evidence.plots.bounds import plot_bounds
from matching.evidence.plots.kilograms import plot_kilograms
from matching.evidence.plots.map import plot_map
from matching.evidence.plots.moves import plot_moves
from matching.evidence.plots.scores import plot_scores
from matching.evidence.plots.waterfall import plot_waterfall

__all__ = ["plot_bounds", "plot_kilograms", "plot_map", "plot_moves", "plot_scores", "plot_waterfall"]
