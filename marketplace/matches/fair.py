# SPDX-License-Identifier: AGPL-3.0-or-later
"""What either side of a proposal reads of its range of fair prices: its own end, where its own price alone sets it.

Without competition the lower end is what the giver asks, and the upper end what the taker pays at most, less the
transport. Competition moves an end to one other firm's price, less the transport: the partner's or a third firm's.
Which one, and whether its firm shows it, is not known here, and rounding would not hide it: such an end is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from marketplace.matches.market import Market
from matching import FairPrice
from matching import Run as Solution
from matching.allocation.flow import SolverFailedError
from matching.evidence.fair import FAIR

log = structlog.get_logger(__name__)

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class FairEnd:
    """What one side, offer or need, reads: the giver its least price, the taker its highest, in thousandths of a euro
    per kg; None for one that would tell another firm's price.
    """

    side: str
    price_milli: int | None
    has_core: bool
    """False: lots, recipes or processors are near, so that no price may be safe from every alternative."""


def ranges(market: Market, solution: Solution) -> dict[Pair, dict[str, Any]] | None:
    """By offer and need, for direct proposals between two stated prices: what each side may read.

    None where the solver fails: a plan that is proven is not lost for want of them.
    """
    direct = [found for found in solution.proposals if not found.processor_ids]
    try:
        prices = solution.fair_prices(*direct) if direct else ()
    except SolverFailedError as error:
        log.warning("fair-prices-not-solved", error=type(error).__name__)
        return None
    asks, limits = dict(_stated(market.offers)), dict(_stated(market.needs))
    fair = (one for one in prices if one.state == FAIR)
    return {
        (one.offer_id, one.need_id): _kept(one, asks[one.offer_id])
        for one in fair
        if one.offer_id in asks and one.need_id in limits
    }


def _stated(side: Any) -> Iterator[tuple[str, int]]:
    rows = zip(side.ids, side.price_milli.tolist(), side.priced.tolist(), strict=True)
    return ((listing, price) for listing, price, priced in rows if priced)


def _kept(one: FairPrice, ask_milli: int) -> dict[str, Any]:
    # Competition that would bring less than the ask leaves the end at the ask.
    low_is_own = one.offer_elsewhere_micro == 0 or one.low_milli == ask_milli
    return {
        "offer": one.low_milli if low_is_own else None,
        "need": one.high_milli if one.need_elsewhere_micro == 0 else None,
        "has_core": one.has_core,
    }


def seen_from(fair: Mapping[str, Any], side: str) -> FairEnd | None:
    """What the firm on a side, offer or need, may read; None where there is no range."""
    return FairEnd(side, fair[side], fair["has_core"]) if side in fair else None
