# SPDX-License-Identifier: AGPL-3.0-or-later
"""One new listing against a market that stands: its best partners at once, without a run.

market = Standing(offers, needs)
for partner in market.rank(Offers.from_records([typed])):
    print(partner)
"""

import numpy as np

from matching.allocation.objectives import values
from matching.allocation.policy import Policy
from matching.evidence.explain import reasons
from matching.evidence.proposal import Explanation
from matching.market.columns import Needs, Offers
from matching.pairing.near import near_of
from matching.pairing.retrieve import passing
from matching.pairing.score import scorer
from matching.pairing.sides import prepare


class Standing:
    """Offers and needs made ready once; asking changes nothing."""

    def __init__(self, offers: Offers, needs: Needs, policy: Policy | None = None) -> None:
        self._near = near_of(offers, needs)
        self._policy = policy or Policy()

    def rank(self, listing: Offers | Needs, most: int = 20) -> tuple[Explanation, ...]:
        """The direct partners of one listing, best first in the order of the policy's objectives, with their terms.

        Every rule holds; of recipes, those that hold for each component. The listing need not be in the market;
        ValueError for more or fewer than one.
        """
        if len(listing) != 1:
            raise ValueError(f"one listing is ranked at a time, not {len(listing)}")
        sides = self._near.sides
        if isinstance(listing, Offers):
            pair = prepare(listing, sides.needs.take(self._near.needs_of(listing)))
        else:
            pair = prepare(sides.offers.take(self._near.offers_of(listing)), listing)
        everyone = np.indices((len(pair.offers), len(pair.needs))).reshape(2, -1)
        offer, need = passing(pair, *everyone)
        judge = scorer(pair, self._policy.weight_micro)
        worths = [values(stage, judge, offer, need, self._policy.acceptance) for stage in self._policy.stages]
        ids = [(pair.offers.ids[o], pair.needs.ids[n]) for o, n in zip(offer.tolist(), need.tolist(), strict=True)]
        allowed = [k for k in range(len(ids)) if worths[-1][k] > 0 and not self._policy.excludes(ids[k])]
        best = sorted(allowed, key=lambda k: (*(-worth[k] for worth in worths), ids[k]))[:most]
        terms = reasons(judge, offer[best], need[best]).terms()
        return tuple(Explanation(*ids[k], terms=own) for k, own in zip(best, terms, strict=True))
