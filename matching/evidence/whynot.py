# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why a pair got nothing: the rules it breaks, or who outbid it and by how much."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.allocation.relax import charged, slack
from matching.evidence.measure import NOT_STATED, BrokenRule, broken_rules
from matching.evidence.outcome import Outcome, Share
from matching.evidence.proposal import SCORE_PLACES
from matching.evidence.units import decimal_text, kg_text
from matching.pairing.rules import OF_A_MIX, distance_m
from matching.pairing.score import TERM_NAMES, distance_closeness, price_closeness, weighed
from matching.pairing.sides import Sides

PROPOSED: Final = "proposed"
RULE: Final = "rule"
POLICY: Final = "policy"  # forbidden, or worth nothing under its weights
NOT_COMPETITIVE: Final = "not competitive"  # the prices of both sides exceed what the pair is worth
EXHAUSTED: Final = "exhausted"  # as good as others, and they have it all
BELOW_LOT: Final = "below lot"  # both have some left, but lots, limits or a recipe keep it apart
UNLISTED: Final = "not listed"  # pairs were listed, and this is not one of them
REASONS: Final = (PROPOSED, RULE, POLICY, NOT_COMPETITIVE, EXHAUSTED, BELOW_LOT, UNLISTED)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The one reason a pair ships nothing (more), with the values it rests on; micro-points per kg.

    `nearer_m` and `cheaper_milli` say how many metres nearer, or how much lower an ask in thousandths of a euro
    per kg, would make up the shortfall alone; None where no distance or price would, or no price is stated.
    """

    offer_id: str
    need_id: str
    reason: str
    broken: tuple[BrokenRule, ...] = ()
    proposed_g: int = 0
    score_micro: int = 0
    offer_price_micro: int = 0
    need_price_micro: int = 0
    nearer_m: int | None = None
    cheaper_milli: int | None = None
    takers: tuple[Share, ...] = ()
    suppliers: tuple[Share, ...] = ()
    processor_ids: tuple[str, ...] = ()  # the way that comes closest, where it is no direct one

    @property
    def shortfall_micro(self) -> int:
        """By how much the pair's score falls short of the prices of its two sides."""
        return max(0, self.offer_price_micro + self.need_price_micro - self.score_micro)

    def __str__(self) -> str:
        way = " → ".join([self.offer_id, *self.processor_ids, self.need_id])
        return "\n".join([f"{way}: {self.reason}", *self._details()])

    def _details(self) -> list[str]:
        if self.reason == PROPOSED:
            return [f"{kg_text(self.proposed_g)} kg, worth {_points(self.score_micro)} a kilogram"]
        if self.reason in (RULE, UNLISTED):
            return [str(rule) for rule in self.broken]
        return [f"worth {_points(self.score_micro)} a kilogram", *self._market()]

    def _market(self) -> list[str]:
        worth = f"a kilogram of the offer brings {_points(self.offer_price_micro)} elsewhere"
        lines = [f"{worth}, of the need {_points(self.need_price_micro)}: short by {_points(self.shortfall_micro)}"]
        if self.nearer_m is not None:
            lines.append(f"{decimal_text(self.nearer_m, 3)} km nearer would make up for it")
        if self.cheaper_milli is not None:
            lines.append(f"{decimal_text(self.cheaper_milli, 3)} EUR/kg less would make up for it")
        lines += [f"{self.offer_id} goes to {_shares(self.takers)}"] if self.takers else []
        lines += [f"{self.need_id} is served by {_shares(self.suppliers)}"] if self.suppliers else []
        return lines


def why_not_pair(outcome: Outcome, offer: int, need: int) -> WhyNot:
    """The reason of one pair, given by the rows of both listings."""
    view, sides = outcome.view, outcome.view.sides
    ids = sides.offers.ids[offer], sides.needs.ids[need]
    leg = _best_leg(outcome, offer, need)
    if leg is None and view.listed:
        return WhyNot(*ids, UNLISTED)
    if leg is None:
        return WhyNot(*ids, RULE, broken=broken_rules_of_component(sides, offer, need))
    if view.mix.unfit[leg]:
        unstated = tuple(rule for rule in broken_rules(sides, offer, need) if rule.measured == NOT_STATED)
        return WhyNot(*ids, RULE, broken=unstated)
    proposed_g, score, through = outcome.between_g(offer, need), int(view.legs.value[leg]), view.name(leg)[2]
    if proposed_g:
        return WhyNot(*ids, PROPOSED, proposed_g=proposed_g, score_micro=score, processor_ids=through)
    if outcome.policy.excludes(ids) or score <= 0:
        return WhyNot(*ids, POLICY, score_micro=score, processor_ids=through)
    return _outbid(outcome, leg)


def broken_rules_of_component(sides: Sides, offer: int, need: int) -> tuple[BrokenRule, ...]:
    """The rules a direct pair breaks; of a recipe those that hold for each component."""
    broken = broken_rules(sides, offer, need)
    if sides.needs.blend[need]:
        return tuple(rule for rule in broken if rule.name not in OF_A_MIX)
    return broken


def _best_leg(outcome: Outcome, offer: int, need: int) -> int | None:
    """The way between two listings that ships, or else comes closest to its prices."""
    legs = outcome.view.legs
    ways = np.flatnonzero((legs.offer == offer) & (legs.need == need))
    if not len(ways):
        return None
    short = slack(outcome.view.task.only(ways), outcome.prices)
    return int(ways[np.lexsort((ways, short, -outcome.taken_g[ways]))[0]])


def _outbid(outcome: Outcome, leg: int) -> WhyNot:
    view, prices, legs = outcome.view, outcome.prices, outcome.view.legs
    offer, need, score = int(legs.offer[leg]), int(legs.need[leg]), int(legs.value[leg])
    offer_id, need_id, through = view.name(leg)
    task = view.task.only(np.array([leg]))
    offer_price, need_price = int(charged(task, prices)[0]), int(prices.need[need])
    short = offer_price + need_price - score
    left = outcome.left_g()
    both_left = bool(left[0][offer] and left[1][need])
    nearer = short > 0 and not through and outcome.policy.is_fit and not view.listed
    return WhyNot(
        offer_id,
        need_id,
        NOT_COMPETITIVE if short > 0 else BELOW_LOT if both_left else EXHAUSTED,
        score_micro=score,
        offer_price_micro=offer_price,
        need_price_micro=need_price,
        nearer_m=_nearer_m(outcome, offer, need, short) if nearer else None,
        cheaper_milli=_cheaper_milli(outcome, offer, need, short) if nearer else None,
        takers=outcome.takers(offer),
        suppliers=outcome.suppliers(need),
        processor_ids=through,
    )


def _nearer_m(outcome: Outcome, offer: int, need: int, short: int) -> int | None:
    """Fewest metres by which a shorter way makes up the shortfall."""
    weight = int(outcome.view.scorer.weight_micro[TERM_NAMES.index("distance")])
    metres = int(distance_m(outcome.view.sides, np.array([offer]), np.array([need]))[0])

    def gained(nearer: int) -> int:
        there, here = (weighed(distance_closeness(np.array(way)), weight) for way in (metres - nearer, metres))
        return int(there - here)

    return _least(gained, metres, short)


def _cheaper_milli(outcome: Outcome, offer: int, need: int, short: int) -> int | None:
    """Least reduction of the ask that makes up the shortfall."""
    sides = outcome.view.sides
    if not (sides.offers.priced[offer] and sides.needs.priced[need]):
        return None
    weight = int(outcome.view.scorer.weight_micro[TERM_NAMES.index("price")])
    ask, highest = int(sides.offers.price_milli[offer]), int(sides.needs.price_milli[need])

    def gained(less: int) -> int:
        then, now = (
            weighed(price_closeness(np.array(price), np.array(highest)), weight) for price in (ask - less, ask)
        )
        return int(then - now)

    return _least(gained, 2 * max(abs(ask), abs(highest), 1), short)


def _least(gained: Callable[[int], int], most: int, wanted: int) -> int | None:
    """Smallest step whose gain reaches what is wanted, for gains that never fall; None if even `most` does not."""
    if gained(most) < wanted:
        return None
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if gained(middle) >= wanted else (middle + 1, high)
    return low


def _points(micro: int) -> str:
    return decimal_text(micro, SCORE_PLACES)


def _shares(shares: tuple[Share, ...]) -> str:
    return ", ".join(f"{share.listing_id} ({kg_text(share.mass_g)} kg)" for share in shares)
