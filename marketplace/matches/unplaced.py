# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why listings keep kilograms, as rows of a run, asked of the engine before it forgets the run.

What would tell a price is not kept at all: no change of a price, no price's amount, no measure that a price went into.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from marketplace.matches.market import Market, key_of
from marketplace.matches.models import WhyNot
from matching import Run as Solution
from matching.evidence.relaxations import Relaxation, WhyNotListing
from matching.evidence.whynot import WhyNot as Rival

MOST_SECONDS = 60
"""So long is asked; of listings that did not get their turn by then the page says that time was up."""
LEAST_WORTH_G = 1_000
"""Changes that bring less than a kilogram help nobody."""
PRICE_COLUMN = "price_eur_kg"


def why_not_rows(
    run_id: int, market: Market, solution: Solution, clock: Callable[[], float] = time.monotonic
) -> Iterator[WhyNot]:
    """A row for each listing, those that keep nothing included; with reasons for those whose turn came in time."""
    ends_at = clock() + MOST_SECONDS
    placed: Counter[str] = Counter()
    for found in solution.proposals:
        placed[found.offer_id] += found.mass_g
        placed[found.need_id] += found.delivered_g
    for side, listings in (("offer", market.offers), ("need", market.needs)):
        for listing, mass_g in zip(listings.ids, listings.mass_g.tolist(), strict=True):
            row = WhyNot(run_id=run_id, listing_id=key_of(listing), mass_g=mass_g, placed_g=placed[listing])
            if placed[listing] < mass_g:
                row.is_asked = clock() <= ends_at
                if row.is_asked:
                    _explain(row, solution, {side: listing})
            yield row


def _explain(row: WhyNot, solution: Solution, asked: dict[str, str]) -> None:
    answer = solution.why_not(**asked)
    assert isinstance(answer, WhyNotListing)
    row.compatible = answer.compatible
    row.excluded = [{"rule": one.rule, "listings": one.listings, "alone": one.alone} for one in answer.excluded]
    row.changes = [_change(one) for one in answer.relaxations if _is_worth_telling(one)]
    row.rivals = [_rival(one, asked) for one in answer.rivals]


def _is_worth_telling(one: Relaxation) -> bool:
    return one.column != PRICE_COLUMN and one.mass_g >= LEAST_WORTH_G


def _change(one: Relaxation) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "listing": key_of(one.listing_id),
        "column": one.column,
        "before": one.before,
        "after": one.after,
        "partners": len(one.partner_ids),
        "mass_g": one.mass_g,
    }


def _rival(one: Rival, asked: dict[str, str]) -> dict[str, Any]:
    partner = one.need_id if "offer" in asked else one.offer_id
    return {"listing": key_of(partner), "reason": one.reason, "short_micro": one.shortfall_micro}
