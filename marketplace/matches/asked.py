# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is asked of a solution before the engine forgets it: no transaction is open meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplace.matches import fair, shortages
from marketplace.matches.market import Market
from marketplace.matches.models import WhyNot
from marketplace.matches.unplaced import why_not_rows
from matching import Run as Solution


@dataclass(frozen=True, slots=True)
class Asked:
    """Why listings keep kilograms, what is missing, and the fair range of each proposal by offer and need.

    `fair` is None where the ranges were asked for and not found.
    """

    why_not: Sequence[WhyNot] = ()
    shortage: Mapping[str, Any] = field(default_factory=dict)
    fair: Mapping[fair.Pair, Mapping[str, Any]] | None = field(default_factory=dict)


def ask(run_id: int, market: Market, solution: Solution) -> Asked:
    """All of it."""
    reasons = list(why_not_rows(run_id, market, solution))
    return Asked(reasons, shortages.as_json(solution.shortage()), fair.ranges(market, solution))
