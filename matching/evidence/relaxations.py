# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why a listing stays unmatched: which rules keep partners away, and the smallest changes that bring kilograms.

Each change is verified: the changed listing is read again through the front door and the rules are asked anew.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, Final

import numpy as np

from matching.allocation.relax import slack
from matching.evidence.changes import STATE_IT, Change, Whose, change_for
from matching.evidence.outcome import Outcome
from matching.evidence.room import Room
from matching.evidence.units import kg_text
from matching.evidence.whynot import PROPOSED, WhyNot, why_not_pair
from matching.market.columns import Int64s, Needs, Offers
from matching.market.errors import BadInput
from matching.pairing.rules import RULE_NAMES, Index, RuleBits, component_bits
from matching.pairing.sides import prepare

LEAST_TOTAL: Final = "least total"
_STEPS: Final = 3  # changes shown of one column
_FAR: Final = 2.0  # a change of more than this size helps nobody
_PARTNERS_TRIED: Final = 200  # near misses of one rule that are looked at, the smallest changes first
_RIVALS: Final = 3
_LEAST_G: Final = 1_000  # what is less, of a listing that has more, is what rounding left
_UNLISTED: Final = np.uint32(1 << 31)  # the bit of pairs that are not listed where pairs are; no rule has it


@dataclass(frozen=True, slots=True)
class Excluded:
    """A rule, how many of the other side's listings it keeps away, and how many it alone keeps away."""

    rule: str
    listings: int
    alone: int


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One cell to change, and the grams that then have a partner; verified against the rules.

    `listing_id` is the listing to change, `whose` its side; `after` is "?" where the listing must state a value.
    """

    rule: str
    whose: Whose
    listing_id: str
    column: str
    before: str
    after: str
    partner_ids: tuple[str, ...]
    mass_g: int
    size: float  # of the change: 1 is a number doubled, a month, ten percentage points, or another code

    def __str__(self) -> str:
        partners = ", ".join(self.partner_ids)
        change = f"{self.whose} {self.listing_id}, {self.column}: {self.before or '–'} → {self.after or '–'}"
        return f"{change}: +{kg_text(self.mass_g)} kg ({partners})"


@dataclass(frozen=True, slots=True)
class WhyNotListing:
    """What keeps a listing's kilograms where they are."""

    side: Whose
    listing_id: str
    mass_g: int
    matched_g: int
    compatible: int  # partners that pass every rule
    excluded: tuple[Excluded, ...]  # the rule that alone keeps most away first
    relaxations: tuple[Relaxation, ...]  # the smallest change first
    rivals: tuple[WhyNot, ...]  # compatible partners that got nothing of it, the closest first

    def __str__(self) -> str:
        lines = [f"{self.listing_id}: {kg_text(self.matched_g)} of {kg_text(self.mass_g)} kg matched"]
        lines += [f"{self.compatible} compatible partners"]
        lines += [f"{rule.rule} excludes {rule.listings}, alone {rule.alone}" for rule in self.excluded]
        return "\n".join([*lines, *map(str, self.relaxations), *map(str, self.rivals)])


def why_not_listing(outcome: Outcome, side: Whose, row: int) -> WhyNotListing:
    """What keeps the listing in this row of a side unmatched, and what would help."""
    asked = _Asked(outcome, side, row)
    return WhyNotListing(
        side,
        asked.mine.ids[row],
        int(asked.mine.mass_g[row]),
        int(asked.mine.mass_g[row]) - asked.own_left_g,
        int((asked.bits == 0).sum()),
        _excluded(asked.bits),
        tuple(sorted(_relaxations(asked), key=lambda found: (found.size, -found.mass_g))),
        _rivals(asked),
    )


class _Asked:
    """The listing asked about, with what every answer needs: the rules it breaks with each of the other side."""

    def __init__(self, outcome: Outcome, side: Whose, row: int) -> None:
        self.outcome, self.side, self.row = outcome, side, row
        self.sides = outcome.view.sides
        self.room = Room(outcome)
        left = self.room.offers_left_g, self.room.needs_left_g
        self.mine: Offers | Needs = self.sides.offers if side == "offer" else self.sides.needs
        self.others: Offers | Needs = self.sides.needs if side == "offer" else self.sides.offers
        own, self.partners_left_g = left if side == "offer" else left[::-1]
        self.own_left_g = int(own[row])
        self.bits = self._listed_bits() if outcome.view.listed else self._rule_bits()

    def _rule_bits(self) -> RuleBits:
        return component_bits(self.sides, *self.pairs_with(np.arange(len(self.others))))

    def _listed_bits(self) -> RuleBits:
        legs, bits = self.outcome.view.legs, np.full(len(self.others), _UNLISTED, dtype=np.uint32)
        own, other = (legs.offer, legs.need) if self.side == "offer" else (legs.need, legs.offer)
        bits[other[own == self.row]] = 0
        return bits

    def pairs_with(self, partners: Index) -> tuple[Index, Index]:
        """Rows of offers and needs of the pairs with these partners."""
        own = np.full(len(partners), self.row)
        return (own, partners) if self.side == "offer" else (partners, own)

    def change(self, rule: str, partner: int) -> Change | None:  # what would mend this rule
        pair = (self.row, partner) if self.side == "offer" else (partner, self.row)
        return change_for(self.sides, rule, *pair, self.side)

    def passing(self, change: Change, partners: Int64s) -> Int64s:
        """The partners that break no rule once this listing, or the only partner, is changed and read again."""
        own = change.whose == self.side
        mine: Any
        others: Any
        try:
            changed = _reread(self.mine, self.row, change) if own else _reread(self.others, partners[0], change)
        except BadInput:  # a listing may not say that, e.g. a by-product at a negative price
            return partners[:0]
        mine, others = (changed, self.others.take(partners)) if own else (self.mine.take([self.row]), changed)
        each, one = np.arange(len(partners)), np.zeros(len(partners), dtype=np.int64)
        if self.side == "offer":
            bits = component_bits(prepare(mine, others), one, each)
        else:
            bits = component_bits(prepare(others, mine), each, one)
        return np.asarray(partners[bits == 0])


def _reread(listings: Any, row: int, change: Change) -> Any:
    """One listing with the changed cell, through the same checks as any input."""
    return type(listings).from_records([{**listings.record(int(row)), change.column: change.after}])


def _excluded(bits: RuleBits) -> tuple[Excluded, ...]:
    counted = [
        Excluded(name, int((bits >> np.uint32(k) & 1).sum()), int((bits == 1 << k).sum()))
        for k, name in enumerate(RULE_NAMES)
    ]
    return tuple(sorted((rule for rule in counted if rule.listings), key=lambda rule: (-rule.alone, -rule.listings)))


def _relaxations(asked: _Asked) -> Iterator[Relaxation]:
    """The smallest changes that mend the one rule that keeps partners with kilograms away."""
    if not asked.own_left_g:
        return
    yield from _least_total(asked)
    for k, rule in enumerate(RULE_NAMES):
        near = np.flatnonzero((asked.bits == 1 << k) & (asked.partners_left_g > 0))
        near = near[np.argsort(-asked.partners_left_g[near], kind="stable")][:_PARTNERS_TRIED]
        found = [(asked.change(rule, partner), partner) for partner in near.tolist()]
        mends = [(change, partner) for change, partner in found if change and change.size <= _FAR]
        own = [(change, partner) for change, partner in mends if change.whose == asked.side]
        theirs = [(change, partner) for change, partner in mends if change.whose != asked.side]
        yield from _own_changes(asked, rule, own, near)
        yield from _partners_changes(asked, rule, theirs)


def _own_changes(asked: _Asked, rule: str, mends: list[tuple[Change, int]], near: Int64s) -> Iterator[Relaxation]:
    """Of each column the few smallest changes, each with every partner it brings."""
    votes = Counter(change for change, _ in mends)
    ordered = sorted(votes, key=lambda change: (change.column, change.size, -votes[change], change.after))
    for _, same_column in groupby(ordered, key=lambda change: change.column):
        for change in list(same_column)[:_STEPS]:
            if change.after == STATE_IT:
                partners = np.array([partner for mend, partner in mends if mend == change])
            else:
                partners = asked.passing(change, near)
            yield from _worth_it(asked, rule, change, asked.mine.ids[asked.row], partners)


def _partners_changes(asked: _Asked, rule: str, mends: list[tuple[Change, int]]) -> Iterator[Relaxation]:
    """The changes of the partners that have most kilograms left."""
    for change, partner in mends[:_STEPS]:
        alone = np.array([partner])
        partners = alone if change.after == STATE_IT else asked.passing(change, alone)
        yield from _worth_it(asked, rule, change, asked.others.ids[partner], partners)


def _worth_it(asked: _Asked, rule: str, change: Change, listing: str, partners: Int64s) -> Iterator[Relaxation]:
    """The change with the partners whose kilograms then fit, if it brings more than rounding leaves."""
    own = change.whose == asked.side
    partners, mass_g = _fitting(asked, change, partners)
    if mass_g >= min(_LEAST_G, int(asked.mine.mass_g[asked.row])):
        row = asked.row if own else int(partners[0])
        before = (asked.mine if own else asked.others).record(row).get(change.column, "")
        ids = tuple(asked.others.ids[partner] for partner in partners)
        yield Relaxation(rule, change.whose, listing, change.column, before, change.after, ids, mass_g, change.size)


def _fitting(asked: _Asked, change: Change, partners: Int64s) -> tuple[Int64s, int]:
    """The partners that could ship beside what is proposed, and the grams they bring together."""
    room, pairs = asked.room, asked.pairs_with(partners)
    offer, need = (np.asarray(rows, dtype=np.int64) for rows in pairs)
    grams = room.each_g(change, offer, need)
    if asked.side == "offer":
        grams = np.where(room.filled(change, need, grams), grams, 0)
        return partners[grams > 0], min(asked.own_left_g, int(grams.sum()))
    few = np.argsort(-grams, kind="stable")[: int(room.suppliers_left(need[:1]).sum())]
    fits = np.isin(np.arange(len(partners)), few) & (grams > 0)
    mass_g = min(int(grams[fits].sum()), asked.own_left_g + int(room.more_g(change, need[:1]).sum()))
    return partners[fits], mass_g if room.filled(change, need[:1], np.full(1, mass_g)).all() else 0


def _least_total(asked: _Asked) -> Iterator[Relaxation]:
    """A least total beyond all that compatible partners have."""
    if asked.side != "need":
        return
    partners = np.flatnonzero(asked.bits == 0)
    there_g = int(asked.sides.offers.mass_g[partners].sum())
    least_g = int(asked.sides.needs.min_fill_g[asked.row])
    if 0 < there_g < least_g:
        change = Change("need", "min_fill_kg", kg_text(there_g), (least_g - there_g) / least_g)
        yield from _worth_it(asked, LEAST_TOTAL, change, asked.mine.ids[asked.row], partners)


def _rivals(asked: _Asked) -> tuple[WhyNot, ...]:
    """The compatible partners that ship nothing to or from this listing, the least outbid first."""
    if not asked.own_left_g:
        return ()
    task = asked.outcome.view.task
    own = task.legs.offer if asked.side == "offer" else task.legs.need
    legs = np.flatnonzero(own == asked.row)
    short = slack(task.only(legs), asked.outcome.prices)
    ordered = legs[np.lexsort((legs, short))]
    pairs = dict.fromkeys(zip(task.legs.offer[ordered].tolist(), task.legs.need[ordered].tolist(), strict=True))
    found = (why_not_pair(asked.outcome, *pair) for pair in islice(pairs, 2 * _RIVALS))
    return tuple(answer for answer in found if answer.reason != PROPOSED)[:_RIVALS]
