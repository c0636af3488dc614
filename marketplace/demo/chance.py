# SPDX-License-Identifier: AGPL-3.0-or-later
"""Chance that can be repeated: it depends on a seed and on what it is about, not on the order of things."""

from __future__ import annotations

from random import Random as Chance

__all__ = ["Chance", "chance_of"]


def chance_of(seed: int, *about: object) -> Chance:
    """The dice for one question; asked again, they fall alike."""
    # Nothing secret comes of these dice; passwords and tokens have others.
    return Chance(" ".join(map(str, (seed, *about))))  # noqa: S311  # nosec B311
