# SPDX-License-Identifier: AGPL-3.0-or-later
"""The market as its inputs say it is, derived afresh: rules and scores applied to every pair and every way."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from matching.allocation.legs import Legs, direct_legs, joined
from matching.allocation.objectives import Objective, values
from matching.allocation.policy import Policy, Stability
from matching.allocation.problem import limits_of
from matching.allocation.recipes import Mix, mix_of
from matching.evidence.view import Chains, View
from matching.market.columns import Int64s, Needs, Offers, Processors
from matching.pairing.chains import Ways, ways_through
from matching.pairing.retrieve import Pairs, compatible_pairs, may_compile
from matching.pairing.score import Scorer, scorer
from matching.pairing.sides import Sides, prepare

if TYPE_CHECKING:
    from matching.evidence.again import Earlier
    from matching.evidence.run import Run

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Who may trade with whom: compatible pairs, and ways through processors with theirs."""

    sides: Sides
    pairs: Pairs
    processors: Processors | None
    ways: Ways | None
    way_sides: Sides | None
    way_pairs: Pairs | None
    known: "Earlier | None" = None


def market_of(
    offers: Offers,
    needs: Needs,
    processors: Processors | None,
    tell: Progress = lambda share: None,
    executor: Executor | None = None,
    previous: "Run | None" = None,
) -> Market:
    """The rules applied to every pair and every way; to direct pairs that an earlier run has kept, not again."""
    sides = prepare(offers, needs)
    known = None if previous is None else _earlier(previous, sides)
    pairs = compatible_pairs(sides, tell, executor) if known is None else known.pairs
    if processors is None:
        return Market(sides, pairs, None, None, None, None, known)
    ways = ways_through(offers, needs, processors)
    way_sides = prepare(ways.offers, needs, ways.before)
    return Market(sides, pairs, processors, ways, way_sides, compatible_pairs(way_sides, executor=executor), known)


def _earlier(previous: "Run", sides: Sides) -> "Earlier | None":
    """What an earlier run knows of a market; None where all pairs are found as soon."""
    if previous.retained.view.listed or not may_compile(len(sides.offers), len(sides.needs)):
        return None
    from matching.evidence.again import earlier  # here, so that small markets load no compiler

    return earlier(previous, sides)


def view_of(offers: Offers, needs: Needs, policy: Policy, processors: Processors | None = None) -> View:
    """Rules and scores applied to every pair the inputs allow."""
    return scored(market_of(offers, needs, processors), policy)


def scored(market: Market, policy: Policy) -> View:
    """The view of a market under a policy; what an earlier run knows of it is not reckoned again."""
    known = market.known
    judge, pairs = scorer(market.sides, policy.weight_micro, None if known is None else known.texts), market.pairs
    chains, parts = _chains(market, policy), [(judge, pairs)]
    parts += [] if chains is None else [(chains.scorer, chains.pairs)]
    *earlier, worth = (_worth(policy, stage, parts, known) for stage in policy.stages)
    legs = direct_legs(pairs.offer, pairs.need, worth[: len(pairs)])
    if chains is not None:
        legs = joined(legs, _legs(chains, worth[len(pairs) :]))
    limits = limits_of(market.sides.offers, market.sides.needs, market.processors)
    mix = _mix(market, len(legs))
    found = market.processors, chains, legs, tuple(earlier), limits, mix
    view = View(judge, policy.stages, pairs, *found, None, policy.acceptance)
    return view if policy.stability is None else replace(view, kept_g=_kept_g(view, policy.stability))


def _kept_g(view: View, stability: Stability) -> Int64s:
    """Grams that each leg delivered before; ways that are gone are left out."""
    before = {(offer, need, through): Decimal(kg) for offer, need, through, kg in stability.kept}
    offers, needs = ({place[end] for place in before} for end in (0, 1))
    at = np.isin(view.legs.offer, [row for row, listing in enumerate(view.sides.offers.ids) if listing in offers])
    at &= np.isin(view.legs.need, [row for row, listing in enumerate(view.sides.needs.ids) if listing in needs])
    kept = np.zeros(len(view.legs), dtype=np.int64)
    for leg in np.flatnonzero(at).tolist():
        offer, need, through = view.name(leg)
        kept[leg] = int(before.get((offer, need, ";".join(through)), Decimal(0)) * 1000)
    return kept


def _worth(
    policy: Policy, stage: tuple[Objective, ...], parts: list[tuple[Scorer, Pairs]], known: "Earlier | None"
) -> Int64s:
    """Micro-units per kg of each leg: of the direct pairs, then of the chains."""
    if known is not None and known.counts_alike(policy):
        judge, pairs = parts[0]
        new = known.source < 0
        fresh = values(stage, judge, pairs.offer[new], pairs.need[new], policy.acceptance)
        columns, parts = [known.worth_with(fresh)], parts[1:]
    else:
        columns = []
    columns += [values(stage, judge, pairs.offer, pairs.need, policy.acceptance) for judge, pairs in parts]
    return np.concatenate(columns)


def _mix(market: Market, legs: int) -> Mix:
    """The recipes over all legs: the pairs in their order, then the chains."""
    sides = [(market.sides, market.pairs)]
    if market.way_sides is not None and market.way_pairs is not None:
        sides.append((market.way_sides, market.way_pairs))
    parts, first = [], 0
    for side, pairs in sides:
        ends = pairs.offer.astype(np.int64), pairs.need.astype(np.int64)
        parts.append((side, *ends, np.arange(first, first + len(pairs))))
        first += len(pairs)
    return mix_of(parts, legs)


def _chains(market: Market, policy: Policy) -> Chains | None:
    if market.ways is None or market.way_sides is None or market.way_pairs is None:
        return None
    return Chains(market.ways, scorer(market.way_sides, policy.weight_micro), market.way_pairs)


def _legs(chains: Chains, worth: Int64s) -> Legs:
    ways, pairs = chains.ways, chains.pairs
    columns = (ways.first, ways.second, ways.rate, ways.first_rate)
    legs = direct_legs(ways.origin[pairs.offer], pairs.need, worth)
    first, second, rate, first_rate = (column[pairs.offer] for column in columns)
    return replace(legs, first=first, second=second, rate=rate, first_rate=first_rate)
