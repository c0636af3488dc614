# SPDX-License-Identifier: AGPL-3.0-or-later
"""First come, first served, compiled: what a greedy market does with hundreds of thousands of pairs."""

from matching.market.columns import Int64s
from matching.pairing.compiled import compiled


@compiled
def taken_in_order(order: Int64s, ends: tuple[Int64s, Int64s], left: Int64s, lacking: Int64s, taken: Int64s) -> None:
    """Fills in the grams that each pair takes, one after the other, of what is left on both sides."""
    offers, needs = ends
    for k in order:
        grams = min(left[offers[k]], lacking[needs[k]])
        left[offers[k]] -= grams
        lacking[needs[k]] -= grams
        taken[k] = grams
