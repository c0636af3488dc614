# SPDX-License-Identifier: AGPL-3.0-or-later
"""A finished run: its proposals, its proof, and what can be asked of it."""

import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matching.allocation.favours import Favours, Multipliers
from matching.allocation.policy import Policy
from matching.allocation.problem import Plan, possible
from matching.allocation.relax import RowPrices
from matching.evidence.claims import Result, Row
from matching.evidence.diff import Diff, Shipped, difference, shipped_by_proposals
from matching.evidence.explain import explain
from matching.evidence.fair import FairPrice, fair_prices
from matching.evidence.outcome import Outcome
from matching.evidence.proposal import SCORE_PLACES, Explanation, Proposal
from matching.evidence.proposed import Proposed
from matching.evidence.recipe import Recipe, recipe_of
from matching.evidence.relaxations import WhyNotListing, why_not_listing
from matching.evidence.shortage import Shortage, shortage_of
from matching.evidence.staged import multiplier_rows, of_every, priced_view
from matching.evidence.units import decimal_text
from matching.evidence.view import View
from matching.evidence.whynot import WhyNot, why_not_pair
from matching.evidence.written import PriceRow, Written
from matching.market.columns import Int64s
from matching.pairing.acceptance import FEATURES

if TYPE_CHECKING:
    from matching.evidence.refusal import Alternate

PRICE_COLUMNS: Final = ("side", "id", "price")
PAIR_COLUMNS: Final = ("offer_id", "need_id", "processor_ids", "value")


class UnknownListingError(LookupError):
    """An id that is in neither side of the run."""


@dataclass(frozen=True, slots=True, eq=False)
class Retained:
    """The columns a run keeps, so that it can explain on demand; listings are in the order of their ids."""

    view: View
    policy: Policy
    plan: Plan
    taken_g: Int64s  # per leg of the view
    prices: RowPrices
    multipliers: Multipliers
    favours: Favours

    def price_rows(self) -> tuple[PriceRow, ...]:
        """(side, id, micro-points per kg) of each listing, processor and row of a recipe; then the multipliers."""
        prices = self.prices
        columns = (prices.offer, prices.need, prices.processor, prices.recipe)
        sides = zip(self.view.priced_ids.items(), columns, strict=True)
        rows = (
            (side, listing, price)
            for (side, ids), column in sides
            for listing, price in zip(ids, column.tolist(), strict=True)
        )
        return (*rows, *multiplier_rows(self.view, self.plan.usable, self.multipliers, self.favours))


@dataclass(frozen=True, eq=False)  # no slots: what is made of its columns is made once, when first asked for
class Run:
    """What is proposed, and why; `summary` as docs/formats.md describes summary.json."""

    proposed: Proposed
    written: Written
    summary: dict[str, Any]
    retained: Retained

    @cached_property
    def proposals(self) -> tuple[Proposal, ...]:
        """Ordered by need, offer, processors."""
        return self.proposed.proposals()

    def __str__(self) -> str:
        summary = self.summary
        return (
            f"{len(self.proposed):,} proposals, {summary['matched_kg'] / 1000:,.1f} t, "
            f"value {summary['value']:,.3f} {summary['unit']}, "
            f"proven within {100 * summary['gap']:.2f} % of the best possible, scope: {summary['scope']}"
        )

    @property
    def prices(self) -> tuple[PriceRow, ...]:
        """(side, id, micro-points per kg) of each listing, processor and row of a recipe; then the multipliers."""
        return self.retained.price_rows()

    def proposal_rows(self) -> tuple[Row, ...]:
        """The rows of `proposals.csv`: those that are checked are those that are written."""
        return self.written.proposals

    def price_rows(self) -> tuple[Row, ...]:
        """The rows of `prices.csv`: with them anyone can recompute the bound."""
        return self.written.prices

    def pair_rows(self) -> Iterator[dict[str, str]]:
        """The rows of `pairs.csv`: every compatible pair and chain with its value per kg."""
        view = self.retained.view
        names = view.names(np.arange(len(view.legs)))
        for (offer, need, through), value in zip(names, view.legs.value.tolist(), strict=True):
            ids = {"offer_id": offer, "need_id": need, "processor_ids": ";".join(through)}
            yield {**ids, "value": decimal_text(value, SCORE_PLACES)}

    def features(self) -> list[dict[str, int]]:
        """What a model of acceptance may know of each proposal, millionths by name: to be kept with its answers."""
        kept = self.retained
        columns = kept.view.features(kept.view.in_order(np.flatnonzero(kept.taken_g)))
        return [dict(zip(FEATURES, column, strict=True)) for column in columns.T.tolist()]

    def as_result(self) -> Result:
        """What was written, for `verify`."""
        view = self.retained.view
        rows = self.proposal_rows(), self.price_rows()
        sides, policy = view.sides, self.retained.policy
        return Result(sides.offers, sides.needs, policy, *rows, self.summary, view.processors, view.own_pairs)

    def explain(self, offer: str, need: str) -> Explanation:
        """Why this pair is as good as it is, or which rules it breaks; UnknownListingError for an unknown id."""
        return explain(self.retained.view, *self.places(offer, need))

    def why_not(self, *, offer: str | None = None, need: str | None = None) -> WhyNot | WhyNotListing:
        """Why a pair ships nothing, or what keeps one listing unmatched and the smallest changes that would help."""
        kept = self.retained
        outcome = Outcome(
            priced_view(kept.view, of_every(kept.multipliers, kept.plan.usable)), kept.policy, kept.taken_g, kept.prices
        )
        if offer is not None and need is not None:
            return why_not_pair(outcome, *self.places(offer, need))
        if need is not None:
            return why_not_listing(outcome, "need", place_of_id(kept.view.sides.needs.ids, need))
        if offer is not None:
            return why_not_listing(outcome, "offer", place_of_id(kept.view.sides.offers.ids, offer))
        raise TypeError("why_not() asks about an offer, a need, or both")

    def diff(self, other: "Run") -> Diff:
        """What changes from this run to another one: of another day, or under another policy."""
        return difference(self._shipped(), other._shipped())

    def _shipped(self) -> Shipped:
        sides = self.retained.view.sides
        return shipped_by_proposals(self.proposals, sides.offers, sides.needs, str(self.summary["unit"]))

    def shortage(self) -> Shortage:
        """What is missing: needs that compete for too few offers, and calls for what needs lack after this run."""
        kept = self.retained
        lacking = Outcome(kept.view, kept.policy, kept.taken_g, kept.prices).left_g()[1]
        return shortage_of(kept.view, possible(kept.view.sides, kept.view.task, kept.policy), lacking)

    def alternates(self, offer: str, need: str) -> "tuple[Alternate, ...]":
        """Where the grams of a pair could go if it were refused, the most valuable way first."""
        from matching.evidence.refusal import alternates  # here: what repairs a run makes runs

        return alternates(self, offer, need)

    def repaired(self, *, forbid: tuple[str, str], seconds: float = 10) -> "Run":
        """The run without this pair: its grams are placed anew, every other proposal keeps its own, all is verified."""
        from matching.evidence.refusal import repaired

        return repaired(self, forbid, time.monotonic() + seconds)

    def fair_price(self, proposal: Proposal) -> FairPrice:
        """The prices at which neither side of a proposal could do better elsewhere; KeyError for one of another run."""
        return self.fair_prices(proposal)[0]

    def fair_prices(self, *proposals: Proposal) -> tuple[FairPrice, ...]:
        """The same for several proposals, all where none is named: what they share of the market is solved once."""
        kept = self.retained
        return fair_prices(kept.view, kept.plan, kept.policy, proposals or self.proposals)

    def recipe(self, need: str) -> Recipe | None:
        """The recipe a need gets, None where it asks for none or gets nothing."""
        kept = self.retained
        delivered = Outcome(kept.view, kept.policy, kept.taken_g, kept.prices).delivered_g
        return recipe_of(kept.view, delivered, place_of_id(kept.view.sides.needs.ids, need))

    def places(self, offer: str, need: str) -> tuple[int, int]:
        """Rows of both listings in the retained columns."""
        sides = self.retained.view.sides
        return place_of_id(sides.offers.ids, offer), place_of_id(sides.needs.ids, need)


def place_of_id(ids: tuple[str, ...], wanted: str) -> int:
    """Where an id stands among sorted ids."""
    at = bisect_left(ids, wanted)
    if at == len(ids) or ids[at] != wanted:
        raise UnknownListingError(wanted)
    return at
