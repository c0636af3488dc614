# SPDX-License-Identifier: AGPL-3.0-or-later
"""After a pair is refused: where its grams could go instead, and the run repaired around it without solving it anew.

Everything else keeps its grams. The prices of the run stay a proof, since a task that may do less is worth no more;
they are lowered where the refused pair alone had held them up.
"""

from dataclasses import dataclass, replace

import numpy as np

from matching.allocation.allocate import GAP_OPEN, OPTIMAL
from matching.allocation.favours import no_multipliers
from matching.allocation.firms import solve_within
from matching.allocation.freed import Freed, freed
from matching.allocation.legs import delivered_g
from matching.allocation.policy import Policy
from matching.allocation.problem import Plan, plan
from matching.allocation.relax import eased, is_solved, price_bound, value_of
from matching.allocation.solve import BY_PRICES, BY_SOLVER, Allocation, solve
from matching.allocation.stages import Staged
from matching.evidence.proposal import VALUE_PLACES
from matching.evidence.report import report
from matching.evidence.run import Retained, Run
from matching.evidence.summary import units_of
from matching.evidence.verify import checked
from matching.evidence.view import View
from matching.market.columns import Bools, Int64s


@dataclass(frozen=True, slots=True)
class Alternate:
    """A leg that could take grams a refusal sets free, if nothing else did; value in micro-units x grams."""

    offer_id: str
    need_id: str
    processor_ids: tuple[str, ...]
    mass_g: int
    delivered_g: int
    value: int


def alternates(run: Run, offer: str, need: str) -> tuple[Alternate, ...]:
    """Where the grams of a pair could go instead, the most valuable first."""
    kept = run.retained
    after = _freed(kept, kept.plan, _between(kept.view, run.places(offer, need)))
    most = after.task.most_taken_g()
    columns = (most, delivered_g(most, after.task.legs.rate), after.task.legs.value)
    rows = zip(after.places.tolist(), *(column.tolist() for column in columns), strict=True)
    found = [Alternate(*kept.view.name(leg), grams, arriving, arriving * value) for leg, grams, arriving, value in rows]
    return tuple(sorted(found, key=lambda one: (-one.value, one.need_id, one.offer_id, one.processor_ids)))


def repaired(run: Run, forbid: tuple[str, str], deadline: float) -> Run:
    """The run without a pair, its grams placed anew as well as they can be; verified, or FailedCheckError.

    Raises UnknownListingError, and BadPolicyError for a pair that is pinned.
    """
    kept = run.retained
    refused = _between(kept.view, run.places(*forbid))
    policy = _forbidding(kept.policy, forbid)
    planned = plan(kept.view.sides, kept.view.task, policy, kept.view.earlier, kept.view.kept_g)
    if planned.comparable:
        best = _placed_anew(run, planned, _freed(kept, planned, refused), deadline)
        staged = Staged(best, no_multipliers(planned.task), planned.aims.favours, ())
    else:  # floors, what is favoured and limits of firms depend on the whole
        staged = solve_within(planned.task, planned.aims, planned.firms, deadline, lambda value, bound: None)
    return checked(report(kept.view, policy, planned, staged))


def _placed_anew(run: Run, planned: Plan, after: Freed, deadline: float) -> Allocation:
    """Only what was freed is solved; the rest stays where it is."""
    found = solve(after.task, deadline)
    taken_g = after.with_taken(run.retained.view.task, found.taken_g)
    best = _proven(run, planned, taken_g - planned.pinned_g, len(after.places))
    return replace(best, greedy_value=best.value - found.value + (found.greedy_value or 0))


def _between(view: View, places: tuple[int, int]) -> Bools:
    return np.asarray((view.legs.offer == places[0]) & (view.legs.need == places[1]))


def _forbidding(policy: Policy, pair: tuple[str, str]) -> Policy:
    return policy if pair in policy.forbids else replace(policy, forbids=(*policy.forbids, pair))


def _freed(kept: Retained, planned: Plan, refused: Bools) -> Freed:
    return freed(kept.view.task, kept.taken_g, planned.usable, refused)


def _proven(run: Run, planned: Plan, taken_g: Int64s, considered: int) -> Allocation:
    """The repaired grams with the run's own proof."""
    own = taken_g[planned.usable]
    value = value_of(planned.task, own)
    prices = eased(planned.task, run.retained.prices)
    by_prices = price_bound(planned.task.limits, prices)
    bound = max(min(by_prices, _known_bound(run, planned)), value)
    source = BY_SOLVER if bound < by_prices else BY_PRICES
    status = OPTIMAL if is_solved(value, bound) else GAP_OPEN
    return Allocation(own, prices, value, by_prices, bound, source, status, considered, value)


def _known_bound(run: Run, planned: Plan) -> int:
    """What no plan of the run exceeded, pins left aside."""
    return units_of(run.summary["bound"], VALUE_PLACES) - value_of(run.retained.view.task, planned.pinned_g)
