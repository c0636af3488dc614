# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs of the engine, what they found, and pairs that must not be proposed again."""

from marketplace.matches.models.found import (
    ON_SHOW,
    UNFINISHED,
    Arrangement,
    LeftOut,
    Leg,
    Proposal,
    Run,
    Step,
)
from marketplace.matches.models.kept import ForbiddenPair, WhyNot

__all__ = [
    "ON_SHOW",
    "UNFINISHED",
    "Arrangement",
    "ForbiddenPair",
    "LeftOut",
    "Leg",
    "Proposal",
    "Run",
    "Step",
    "WhyNot",
]
