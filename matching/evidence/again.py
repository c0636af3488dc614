# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run that begins where an earlier one ended: what did not change is carried over, what it proves is proven anew."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.allocation.policy import Policy
from matching.allocation.prices import Prices, Start
from matching.allocation.problem import Plan
from matching.evidence.told import Told, still_told
from matching.market.columns import Int64s
from matching.pairing.retrieve import Pairs
from matching.pairing.sides import Sides
from matching.pairing.since import Since, pairs_since, since
from matching.pairing.text import Known

if TYPE_CHECKING:
    from matching.evidence.run import Retained, Run


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """An earlier run beside the market that it is now: `source` is each pair's place among the earlier pairs, or -1."""

    previous: "Run"
    change: Since
    pairs: Pairs
    source: Int64s

    @property
    def kept(self) -> "Retained":
        """The columns of the earlier run."""
        return self.previous.retained

    @property
    def texts(self) -> Known | None:
        """The texts that were read then."""
        texts = self.kept.view.scorer.texts
        return None if texts is None else (texts, self.change.offer, self.change.need)

    def counts_alike(self, policy: Policy) -> bool:
        """Whether a pair is worth what it was."""
        counts = [(one.stages, one.weight_micro, one.acceptance) for one in (self.kept.policy, policy)]
        return counts[0] == counts[1] and len(policy.stages) == 1

    def worth_with(self, fresh: Int64s) -> Int64s:
        """Micro-units per kg of each direct pair: as they were, and `fresh` for the new ones in their order."""
        worth = np.empty(len(self.source), dtype=np.int64)
        kept = self.source >= 0
        worth[kept], worth[~kept] = self.kept.view.legs.value[self.source[kept]], fresh
        return worth

    def told(self, sides: Sides, policy: Policy) -> Told | None:
        """What still holds of what it wrote; None where that was never checked."""
        return still_told(self, sides, policy)

    def start(self, planned: Plan) -> Start | None:
        """Prices and grams as they stood, per usable leg; none where pins or processors make it another problem."""
        if planned.pinned_g.any() or len(planned.usable) > len(self.source):
            return None
        taken_g = _then(self.kept.taken_g, self.source, new=0)[planned.usable]
        sides = (self.kept.prices.offer, self.change.offer), (self.kept.prices.need, self.change.need)
        return Start(Prices(*(_then(price, rows, new=-1) for price, rows in sides)), taken_g)


def _then(column: Int64s, rows: Int64s, *, new: int) -> Int64s:
    """What stood in these rows of an earlier column, which may be empty; -1 is the row of what is new."""
    found, known = np.full(len(rows), new, dtype=np.int64), rows >= 0
    found[known] = column[rows[known]]
    return found


def earlier(previous: "Run", sides: Sides) -> Earlier:
    """What an earlier run says of a market; both in the order of ids."""
    view = previous.retained.view
    change = since(view.sides, sides.offers, sides.needs)
    return Earlier(previous, change, *pairs_since(sides, view.pairs, change))
