# SPDX-License-Identifier: AGPL-3.0-or-later
"""From compatible legs to the task a policy leaves: pins kept, forbids dropped."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from matching.allocation.aims import Aims, worth
from matching.allocation.favours import Favours
from matching.allocation.firm_limit import FirmLimit
from matching.allocation.legs import Legs, Limits, Task, delivered_g
from matching.allocation.objectives import micro
from matching.allocation.policy import BadPolicyError, Policy
from matching.allocation.policy_words import objection
from matching.market.columns import Bools, Int64s, Needs, Offers, Processors
from matching.market.vocabulary import FIRM_SIZES
from matching.pairing.rules import RULE_NAMES, broken_bits
from matching.pairing.sides import Sides

SMALL: Final = FIRM_SIZES.index("medium")  # sizes before it are small: micro and small firms (Rec. 2003/361/EC)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is fixed and what is to be decided: grams of each leg that a pin takes, and the rest."""

    pinned_g: Int64s  # per leg
    allowed: Bools  # per leg: it is worth something, states what a recipe bounds, and is not forbidden
    usable: Bools  # per leg: it is allowed and the pins leave enough on both sides
    task: Task  # over the usable legs, with the masses the pins leave
    aims: Aims  # over the usable legs
    firms: FirmLimit | None  # over the usable legs

    @property
    def comparable(self) -> bool:
        """Whether a greedy market can be compared: one aim, and no limit that it doesn't know."""
        return self.aims.simple and self.firms is None


def limits_of(offers: Offers, needs: Needs, processors: Processors | None) -> Limits:
    """What the listings allow, before any pin."""
    none = np.zeros(0, dtype=np.int64)
    return Limits(
        offers.mass_g,
        np.where(offers.divisible, offers.lot_g, offers.mass_g),
        needs.mass_g,
        needs.lot_g,
        needs.max_suppliers.astype(np.int64),
        needs.min_fill_g,
        none if processors is None else processors.capacity_g,
        none if processors is None else processors.min_batch_g,
    )


def plan(
    sides: Sides, everything: Task, policy: Policy, earlier: tuple[Int64s, ...] = (), kept_g: Int64s | None = None
) -> Plan:
    """The task of a run; BadPolicyError names each pin that can't be kept.

    `earlier` are the values per kg of each leg by the objectives before the last, `kept_g` the grams it had before.
    """
    legs, limits, mix = everything.legs, everything.limits, everything.mix
    pinned_g = np.zeros(len(legs), dtype=np.int64)
    left = replace(limits, supply_g=limits.supply_g.copy(), demand_g=limits.demand_g.copy())
    places = list(dict.fromkeys(_places(sides, legs, policy)))  # one that is named twice is one pin
    for place in places:
        offer, need = legs.offer[place], legs.need[place]
        grams = min(left.supply_g[offer], left.demand_g[need])
        if grams >= max(limits.least_g[offer], limits.lot_g[need], 1):
            pinned_g[place] = grams
            left.supply_g[offer] -= grams
            left.demand_g[need] -= grams
    _all_kept(sides, legs, places, pinned_g)
    left = _after_pins(sides, legs, left, pinned_g)
    columns = (*earlier, legs.value)
    allowed = np.any([column > 0 for column in columns], axis=0) & possible(sides, everything, policy)
    if policy.around:
        allowed &= _at(sides, legs, policy.around)
    usable = allowed & fits(Task(legs, left))
    aims = _aims(sides, Task(legs, left, mix), policy, columns, pinned_g)
    if policy.stability is not None and kept_g is not None:
        kept = np.maximum(kept_g - delivered_g(pinned_g, legs.rate), 0)
        aims = replace(aims, favours=replace(aims.favours, leg_g=kept, tax=micro(policy.stability.tax)))
    firms = _firm_limit(sides, legs, policy, pinned_g)
    task = Task(legs, left, mix, float(policy.close_enough)).only(usable)
    return Plan(pinned_g, allowed, usable, task, aims.only(usable), None if firms is None else firms.only(usable))


def _all_kept(sides: Sides, legs: Legs, places: list[int], pinned_g: Int64s) -> None:
    """BadPolicyError names each pin for which those before it leave too little."""
    ids = [(sides.offers.ids[legs.offer[place]], sides.needs.ids[legs.need[place]]) for place in places]
    left_out = [pair for pair, place in zip(ids, places, strict=True) if not pinned_g[place]]
    if left_out:
        raise BadPolicyError(objection("pins", "pins_compete", offer=offer, need=need) for offer, need in left_out)


def _firm_limit(sides: Sides, legs: Legs, policy: Policy, pinned_g: Int64s) -> FirmLimit | None:
    """How many proposals the pins leave each firm; BadPolicyError where they are too many already."""
    if policy.max_proposals_per_firm is None:
        return None
    offer_firm, need_firm = (column.astype(np.int64) for column in (sides.offer_firm, sides.need_firm))
    names = dict(
        zip([*offer_firm.tolist(), *need_firm.tolist()], [*sides.offers.firms, *sides.needs.firms], strict=True)
    )
    most = min(policy.max_proposals_per_firm, 2 * len(legs))  # more than there are limits nobody
    limit = FirmLimit(offer_firm[legs.offer], need_firm[legs.need], np.full(len(names), most, dtype=np.int64))
    too_many = limit.too_many(pinned_g > 0).tolist()
    if too_many:
        raise BadPolicyError(
            objection("max_proposals_per_firm", "too_many_pins", firm=names[firm], most=limit.left[firm])
            for firm in too_many
        )
    for end in (limit.offer_firm, limit.need_firm):
        np.subtract.at(limit.left, end[pinned_g > 0], 1)
    return limit


def _aims(sides: Sides, task: Task, policy: Policy, columns: tuple[Int64s, ...], pinned_g: Int64s) -> Aims:
    """What is left to aim for beside the pins."""
    fairness, legs = policy.fairness, task.legs
    share = Fraction(0) if fairness is None else Fraction(str(fairness.share))
    max_price = None if fairness is None else Fraction(str(fairness.max_price))
    arriving, none = delivered_g(pinned_g, legs.rate), np.zeros(len(legs), dtype=np.int64)
    first_g = []
    for side, end in ((sides.offers, legs.offer), (sides.needs, legs.need)):
        first = np.zeros(len(side), dtype=np.int64)
        if share:
            small = np.flatnonzero((side.firm_sizes >= 0) & (side.firm_sizes < SMALL))
            first[small] = [mass * share.numerator // share.denominator for mass in side.mass_g[small].tolist()]
        np.subtract.at(first, end, arriving)
        first_g.append(np.maximum(first, 0))
    return Aims(
        columns,
        (*(Fraction(str(stage[-1].tolerance)) for stage in policy.stages[:-1]), max_price or Fraction(0)),
        tuple(worth(task, column, pinned_g) for column in columns),
        Favours(first_g[0], first_g[1], none),
        max_price,
    )


def fits(task: Task) -> Bools:
    """Legs that could ship something legal if no other did."""
    most = task.most_taken_g()
    return np.asarray((most > 0) & (most >= task.least_taken_g()) & (delivered_g(most, task.legs.rate) > 0))


def _after_pins(sides: Sides, legs: Legs, left: Limits, pinned_g: Int64s) -> Limits:
    """Suppliers and least totals as the pins leave them; a pin alone must reach the least total of its need."""
    if not pinned_g.any():
        return left
    suppliers, fill, demand = left.max_suppliers.copy(), left.min_fill_g.copy(), left.demand_g.copy()
    np.subtract.at(fill, legs.need, pinned_g)
    pinned_needs = np.unique(legs.need[pinned_g > 0])
    short = [need for need in pinned_needs.tolist() if fill[need] > 0]
    if short:
        raise BadPolicyError(
            objection("pins", "pinned_breaks", need=sides.needs.ids[need], rule="least total") for need in short
        )
    np.subtract.at(suppliers, legs.need[pinned_g > 0], 1)
    full = (left.max_suppliers > 0) & (suppliers <= 0)
    too_many = np.flatnonzero((left.max_suppliers > 0) & (suppliers < 0)).tolist()
    if too_many:
        raise BadPolicyError(
            objection("pins", "pinned_breaks", need=sides.needs.ids[need], rule="suppliers") for need in too_many
        )
    demand[full] = 0
    suppliers = np.where(left.max_suppliers > 0, np.maximum(suppliers, 1), 0)
    return replace(left, max_suppliers=suppliers, min_fill_g=np.maximum(fill, 0), demand_g=demand)


def possible(sides: Sides, everything: Task, policy: Policy) -> Bools:
    """The legs that neither an unstated bound of a recipe nor a refused pair rules out, whatever they are worth."""
    stated = True if everything.mix is None else ~everything.mix.unfit
    return np.asarray(stated & ~_forbidden(sides, everything.legs, policy))


def _forbidden(sides: Sides, legs: Legs, policy: Policy) -> Bools:
    """The legs between the two listings of a forbidden pair, whatever way they go."""
    if not policy.forbids:
        return np.zeros(len(legs), dtype=np.bool_)
    offer_of, need_of = rows_by_id(sides.offers.ids), rows_by_id(sides.needs.ids)
    keys = [
        offer_of[offer] * len(need_of) + need_of[need]
        for offer, need in policy.forbids
        if offer in offer_of and need in need_of  # a listing that is gone needs no forbidding
    ]
    return np.isin(legs.offer * len(need_of) + legs.need, keys)


def _at(sides: Sides, legs: Legs, ids: tuple[str, ...]) -> Bools:
    """The legs at one of these listings."""
    named = set(ids)
    ends = ((sides.offers.ids, legs.offer), (sides.needs.ids, legs.need))
    offers, needs = (np.array([one in named for one in known], dtype=np.bool_)[end] for known, end in ends)
    return np.asarray(offers | needs)


def _places(sides: Sides, legs: Legs, policy: Policy) -> list[int]:
    """Where the pinned direct pairs stand; every pin that can't be kept is named."""
    if not policy.pins:
        return []
    offer_of, need_of = rows_by_id(sides.offers.ids), rows_by_id(sides.needs.ids)
    places, problems = [], []
    for offer_id, need_id in policy.pins:
        pair = {"offer": offer_id, "need": need_id}
        if offer_id not in offer_of or need_id not in need_of:
            problems.append(objection("pins", "not_in_market", **pair))
            continue
        offer, need = offer_of[offer_id], need_of[need_id]
        bits = int(broken_bits(sides, np.array([offer]), np.array([need]))[0])
        if sides.needs.blend[need]:
            problems.append(objection("pins", "fixes_component", **pair))
        elif bits:
            broken = ", ".join(name for k, name in enumerate(RULE_NAMES) if bits >> k & 1)
            problems.append(objection("pins", "breaks_rule", rule=broken, **pair))
        else:
            here = legs.direct & (legs.offer == offer) & (legs.need == need)
            places += np.flatnonzero(here).tolist()
    if problems:
        raise BadPolicyError(problems)
    return places


def rows_by_id(ids: tuple[str, ...]) -> dict[str, int]:
    """Where each id stands."""
    return {listing: row for row, listing in enumerate(ids)}
