# SPDX-License-Identifier: AGPL-3.0-or-later
"""From an allocation to a run: proposals with reasons, and the figures that sum them up."""

from typing import TYPE_CHECKING, Any

import numpy as np

from matching.allocation.legality import sums
from matching.allocation.legs import delivered_g
from matching.allocation.policy import Policy
from matching.allocation.problem import Plan
from matching.allocation.relax import value_of
from matching.allocation.solve import Allocation
from matching.allocation.stages import Staged
from matching.evidence.proposal import VALUE_PLACES
from matching.evidence.proposed import Proposed
from matching.evidence.run import Retained, Run
from matching.evidence.staged import aim_figures
from matching.evidence.summary import market_figures, mass_figures, number, proof_figures
from matching.evidence.view import View
from matching.evidence.written import written
from matching.market.columns import Int64s

if TYPE_CHECKING:
    from matching.evidence.told import Told


def report(view: View, policy: Policy, plan: Plan, staged: Staged, told: "Told | None" = None) -> Run:
    """The run that proposes what the pins and the allocation ship; `told` is what an earlier run told already."""
    allocation, taken_g = staged.allocation, plan.pinned_g.copy()
    taken_g[plan.usable] += allocation.taken_g
    used = view.in_order(np.flatnonzero(taken_g))
    proposed = Proposed(view, used, taken_g[used])
    kept = Retained(view, policy, plan, taken_g, allocation.prices, staged.multipliers, staged.favours)
    summary = _summary(view, plan, allocation, taken_g)
    summary |= aim_figures(plan, view, staged.reached, allocation.taken_g)
    return Run(proposed, written(proposed, kept.price_rows(), told), summary, kept)


def _summary(view: View, plan: Plan, allocation: Allocation, taken_g: Int64s) -> dict[str, Any]:
    pinned, greedy = value_of(view.task, plan.pinned_g), allocation.greedy_value if plan.comparable else None
    used = np.flatnonzero(taken_g)
    arriving = delivered_g(taken_g[used], view.legs.rate[used])
    masses = sums(view.legs.offer[used], taken_g[used]), sums(view.legs.need[used], arriving)
    value, bound, by_prices = (pinned + k for k in (allocation.value, allocation.bound, allocation.price_bound))
    return {
        "status": allocation.status,
        **proof_figures(value, bound, by_prices, view.unit),
        **mass_figures(view, plan.allowed, *masses),
        **market_figures(view),
        "pairs_considered": allocation.pairs_considered,
        "greedy_value": None if greedy is None else number(pinned + greedy, VALUE_PLACES),
    }
