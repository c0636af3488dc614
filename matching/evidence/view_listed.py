# SPDX-License-Identifier: AGPL-3.0-or-later
"""The view of a market whose pairs were listed with values of their own."""

from dataclasses import replace

import numpy as np

from matching.allocation.legs import MILLION, direct_legs
from matching.allocation.policy import Policy
from matching.allocation.problem import limits_of, rows_by_id
from matching.allocation.recipes import mix_of
from matching.evidence.view import View
from matching.market.columns import Needs, Offers
from matching.market.listed import ListedPairs
from matching.pairing.retrieve import Pairs
from matching.pairing.score import scorer
from matching.pairing.sides import prepare


def listed_view(offers: Offers, needs: Needs, listed: ListedPairs) -> View:
    """A market of listed pairs with their values and yields; the rules of pairs are not asked."""
    no_recipe = replace(needs, blend=np.zeros(len(needs), dtype=np.bool_))
    sides = prepare(offers, no_recipe)
    offer, need = (
        np.array([row[listing] for listing in ids], dtype=np.int64)
        for row, ids in ((rows_by_id(offers.ids), listed.offer_ids), (rows_by_id(needs.ids), listed.need_ids))
    )
    order = np.lexsort((offer, need))
    legs = direct_legs(offer[order], need[order], listed.value_micro[order])
    legs = replace(legs, rate=listed.yield_ppm[order] * MILLION)
    pairs = Pairs(legs.offer.astype(np.int32), legs.need.astype(np.int32), len(listed))
    mix = mix_of([(sides, legs.offer, legs.need, np.arange(len(legs)))], len(legs))
    limits = limits_of(offers, no_recipe, None)
    return View(scorer(sides, {}), Policy().stages, pairs, None, None, legs, (), limits, mix, None, None, listed)
