# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a picture is drawn, and in which colours."""

from collections.abc import Callable
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

Label = Callable[[str], str]

# Okabe & Ito (2008): told apart by all kinds of colour vision, and in print
BLUE: Final = "#0072b2"
GREEN: Final = "#009e73"
ORANGE: Final = "#e69f00"
VERMILION: Final = "#d55e00"
GREY: Final = "#8c8c8c"


def canvas(axes: Axes | None, title: str) -> Axes:
    """The given axes, or those of a new figure that no window and no global state knows of."""
    axes = axes or Figure(figsize=(8, 4.5), layout="constrained").add_subplot()
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
