# SPDX-License-Identifier: AGPL-3.0-or-later
"""What changed between two runs or two policies: proposals that came, went or moved, and what each run comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from matching.allocation.problem import rows_by_id
from matching.evidence.claims import Result
from matching.evidence.proposal import SCORE_PLACES, VALUE_PLACES, Proposal
from matching.evidence.units import decimal_text, from_decimal_text, kg_text
from matching.market.columns import Needs, Offers
from matching.market.vocabulary import FIRM_SIZES

Way = tuple[str, str, tuple[str, ...]]  # need, offer, processors: the order of proposals

SMALL: Final = ("micro", "small")


@dataclass(frozen=True, slots=True)
class Shipment:
    """What one proposal ships: grams delivered, score in micro-points, value in billionths of the run's unit."""

    delivered_g: int
    score_micro: int
    value: int


@dataclass(frozen=True, slots=True)
class Shipped:
    """All that a run ships, the listings it ships between, and the unit of its value."""

    shipments: Mapping[Way, Shipment]
    offers: Offers
    needs: Needs
    unit: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run comes to; `fit` is score x kg under any policy, in billionths.

    A firm is served once, on whichever side; it is small if any of its listings in use says so.
    """

    proposals: int
    delivered_g: int
    value: int
    unit: str
    fit: int
    offering_firms: int
    receiving_firms: int
    firms: int
    small_firms: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A way and the grams it delivers before and after; 0 where it ships nothing."""

    offer_id: str
    need_id: str
    processor_ids: tuple[str, ...]
    before_g: int
    after_g: int

    def __str__(self) -> str:
        way = " → ".join([self.offer_id, *self.processor_ids, self.need_id])
        return f"{way}: {kg_text(self.before_g)} → {kg_text(self.after_g)} kg"


@dataclass(frozen=True, slots=True)
class Diff:
    """From one run to another: what changed, in the order of need, offer, processors, and both standings."""

    added: tuple[Moved, ...]
    removed: tuple[Moved, ...]
    changed: tuple[Moved, ...]
    unchanged: int
    before: Standing
    after: Standing

    def __str__(self) -> str:
        counts = f"{len(self.added)} new, {len(self.removed)} gone, {len(self.changed)} with other kilograms"
        firms = f"firms served: {self.before.firms} → {self.after.firms}"
        small = f"small ones: {self.before.small_firms} → {self.after.small_firms}"
        lines = [f"{counts}, {self.unchanged} as before", f"{self._masses()}", self._values(), f"{firms}, {small}"]
        return "\n".join([*lines, *map(str, (*self.added, *self.removed, *self.changed))])

    def _masses(self) -> str:
        return f"delivered: {kg_text(self.before.delivered_g)} → {kg_text(self.after.delivered_g)} kg"

    def _values(self) -> str:
        both = (f"{decimal_text(side.value, VALUE_PLACES)} {side.unit}" for side in (self.before, self.after))
        return "value: " + " → ".join(both)


def difference(before: Shipped, after: Shipped) -> Diff:
    """What changed from one run to the other; the markets need not be the same."""
    ways = sorted(before.shipments.keys() | after.shipments.keys())
    moved = [_moved(way, before.shipments.get(way), after.shipments.get(way)) for way in ways]
    differing = [one for one in moved if one.before_g != one.after_g]
    return Diff(
        tuple(one for one in differing if not one.before_g),
        tuple(one for one in differing if not one.after_g),
        tuple(one for one in differing if one.before_g and one.after_g),
        len(moved) - len(differing),
        standing(before),
        standing(after),
    )


def _moved(way: Way, before: Shipment | None, after: Shipment | None) -> Moved:
    need, offer, through = way
    return Moved(offer, need, through, before.delivered_g if before else 0, after.delivered_g if after else 0)


def standing(trade: Shipped) -> Standing:
    """What it comes to."""
    shipped = trade.shipments.values()
    giving = _firms(trade.offers, (offer for _, offer, _ in trade.shipments))
    receiving = _firms(trade.needs, (need for need, _, _ in trade.shipments))
    every = {**giving, **receiving}
    small = {firm for firms in (giving, receiving) for firm, is_small in firms.items() if is_small}
    return Standing(
        len(shipped),
        sum(one.delivered_g for one in shipped),
        sum(one.value for one in shipped),
        trade.unit,
        sum(one.score_micro * one.delivered_g for one in shipped),
        len(giving),
        len(receiving),
        len(every),
        len(small),
    )


def _firms(side: Offers | Needs, used: Iterable[str]) -> dict[str, bool]:
    """The firms behind these listings, and whether any of them says that the firm is small."""
    row_of = rows_by_id(side.ids)
    found: dict[str, bool] = {}
    for listing in used:
        row = row_of[listing]
        firm, size = side.firms[row], int(side.firm_sizes[row])
        found[firm] = found.get(firm, False) or (size >= 0 and FIRM_SIZES[size] in SMALL)
    return found


def shipped_by_proposals(proposals: Iterable[Proposal], offers: Offers, needs: Needs, unit: str) -> Shipped:
    """What a run in memory ships."""
    shipments = {
        (p.need_id, p.offer_id, p.processor_ids): Shipment(p.delivered_g, p.score_micro, p.value) for p in proposals
    }
    return Shipped(shipments, offers, needs, unit)


def shipped_by_result(result: Result) -> Shipped:
    """What a written result ships; ValueError for rows that can't be read or name no listing of its inputs."""
    shipments, known = {}, ({*result.offers.ids}, {*result.needs.ids})
    for row in result.proposal_rows:
        if row["offer_id"] not in known[0] or row["need_id"] not in known[1]:
            raise ValueError(f"{row['offer_id']} → {row['need_id']} names a listing that is not in the market")
        through = tuple(step for step in row["processor_ids"].split(";") if step)
        numbers = (
            from_decimal_text(row["delivered_kg"], 3),
            from_decimal_text(row["score"] or "0", SCORE_PLACES),
            from_decimal_text(row["value"], VALUE_PLACES),
        )
        shipments[row["need_id"], row["offer_id"], through] = Shipment(*numbers)
    return Shipped(shipments, result.offers, result.needs, str(result.summary.get("unit", "")))
