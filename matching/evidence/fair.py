# SPDX-License-Identifier: AGPL-3.0-or-later
"""The range of prices at which neither side of a proposal could do better elsewhere, in euro per kilogram.

Prices are paid by the need's firm for a kilogram as it leaves the offer's; transport and processing are the need's,
saved disposal is the offer's. At price x, with v the surplus of a delivered kilogram, s the disposal it saves and y
the yields between, the offer gains x - ask + s y a kilogram, the need v - s - (x - ask) / y a delivered one. Neither
accepts less than what its kilogram would bring elsewhere at the least (`allocation/elsewhere.py`).

Nobody has to sell below the ask: where competition alone would bring the price there, it is the ask. Only where the
need would lose at the ask, and the trade lives on the disposal it saves, does the range lie below.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from matching.allocation.elsewhere import Elsewhere
from matching.allocation.legs import WHOLE
from matching.allocation.objectives import Surplus, values
from matching.allocation.policy import Policy
from matching.allocation.problem import Plan
from matching.evidence.proposal import Proposal
from matching.evidence.units import decimal_text
from matching.evidence.view import View
from matching.market.columns import Int64s

FAIR: Final = "fair"
BETTER_ELSEWHERE: Final = "better elsewhere"  # together both could have more with others than they have to share
NO_SURPLUS: Final = "no surplus"  # the trade costs more than it is worth to both together
NO_PRICE: Final = "no price"  # both sides leave the price open, or the pair was only listed

_MILLI: Final = 1000  # micro-euro
_ROUNDING: Final = 100  # micro-euro that yields and linear programmes lose


@dataclass(frozen=True, slots=True)
class FairPrice:
    """What two partners can agree on; `has_core` False: lots, limits, recipes or processors are near.

    Prices are thousandths of a euro per kilogram as it leaves the offer's firm, None where there is no range.
    `offer_elsewhere_micro` and `need_elsewhere_micro` are what a kilogram would bring either side elsewhere, in
    micro-euro per kilogram taken and delivered.
    """

    offer_id: str
    need_id: str
    processor_ids: tuple[str, ...]
    state: str
    low_milli: int | None = None
    high_milli: int | None = None
    surplus_micro: int = 0
    offer_elsewhere_micro: int = 0
    need_elsewhere_micro: int = 0
    has_core: bool = True

    @property
    def middle_milli(self) -> int | None:
        """The price that shares alike what neither side could have elsewhere."""
        if self.low_milli is None or self.high_milli is None:
            return None
        return (self.low_milli + self.high_milli) // 2

    def __str__(self) -> str:
        way = " → ".join([self.offer_id, *self.processor_ids, self.need_id])
        if self.low_milli is None or self.high_milli is None or self.middle_milli is None:
            return f"{way}: {self.state}"
        low, middle, high = (decimal_text(milli, 3) for milli in (self.low_milli, self.middle_milli, self.high_milli))
        doubt = "" if self.has_core else "; lots, limits, recipes or processors are near: no price may be safe from all"
        return f"{way}: {low} to {high} EUR/kg, middle {middle}{doubt}"


def fair_prices(view: View, planned: Plan, policy: Policy, proposals: Iterable[Proposal]) -> tuple[FairPrice, ...]:
    """The fair price of each proposal, out of the surplus of the whole market less what is pinned or forbidden.

    Raises SolverFailedError where a part with recipes or processors is not solved.
    """
    names = [(p.offer_id, p.need_id, p.processor_ids) for p in proposals]
    if view.listed:
        return tuple(FairPrice(*name, NO_PRICE) for name in names)
    terms = _terms(view, policy)
    around = _around(view, planned, terms.surplus)
    place = {view.name(leg): leg for leg in range(len(view.legs))}
    return tuple(_fair(view, terms, around, place[name]) for name in names)


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """Micro-euro of each leg: surplus and saved disposal per delivered kilogram, ask per kilogram taken."""

    surplus: Int64s
    saved: Int64s
    ask: Int64s
    priced: "np.typing.NDArray[np.bool_]"  # either side states a price


def _terms(view: View, policy: Policy) -> _Terms:
    """An open price is the other side's, as in `Surplus`."""
    aim = next((one for one in policy.objective if isinstance(one, Surplus)), Surplus())
    parts = [(view.scorer, view.pairs)]
    parts += [] if view.chains is None else [(view.chains.scorer, view.chains.pairs)]
    surplus = [values((aim,), scorer, pairs.offer, pairs.need) for scorer, pairs in parts]
    saved = [aim.saved(scorer.sides, pairs.offer) for scorer, pairs in parts]
    offers, needs, legs = view.sides.offers, view.sides.needs, view.legs
    asks = offers.priced[legs.offer]
    paid = np.rint(needs.price_milli[legs.need] * (legs.rate / WHOLE) * _MILLI).astype(np.int64)
    ask = np.where(asks, offers.price_milli[legs.offer] * _MILLI, paid)
    return _Terms(np.concatenate(surplus), np.concatenate(saved), ask, asks | needs.priced[legs.need])


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """The market of surplus that pins and forbids leave, and where its legs stand among the view's."""

    elsewhere: Elsewhere
    legs: Int64s

    def loses_by(self, leg: int) -> bool:
        """Whether this leg of the view costs the district more than rounding does; not one that is wholly pinned."""
        at = int(np.searchsorted(self.legs, leg))
        if at == len(self.legs) or self.legs[at] != leg:
            return False
        loss = self.elsewhere.loss_of(at)
        return loss is None or loss > _ROUNDING


def _around(view: View, planned: Plan, surplus: Int64s) -> _Around:
    task, usable = planned.task, np.flatnonzero(planned.usable)
    worth = surplus[usable]
    valued = replace(task, legs=replace(task.legs, value=worth))
    return _Around(Elsewhere(valued.only(worth > 0)), usable[worth > 0])


def _fair(view: View, terms: _Terms, around: _Around, leg: int) -> FairPrice:
    name, surplus, rate = view.name(leg), int(terms.surplus[leg]), int(view.legs.rate[leg])
    if not terms.priced[leg]:
        return FairPrice(*name, NO_PRICE)
    elsewhere, ends = around.elsewhere, (int(view.legs.offer[leg]), int(view.legs.need[leg]))
    offer, need = elsewhere.of_offer(ends[0]), elsewhere.of_need(ends[1])
    found = FairPrice(
        *name,
        NO_SURPLUS if surplus <= 0 else BETTER_ELSEWHERE,
        surplus_micro=surplus,
        offer_elsewhere_micro=offer.price_micro,
        need_elsewhere_micro=need.price_micro,
        has_core=offer.has_core and need.has_core,
    )
    ask, saved = int(terms.ask[leg]), int(terms.saved[leg])
    low = ask - saved * rate // WHOLE + offer.price_micro
    high = ask + (surplus - saved - need.price_micro) * rate // WHOLE
    if surplus <= 0 or low > high + _ROUNDING or around.loses_by(leg):
        return found
    if surplus >= saved:  # the need gains even at the ask
        low, high = max(low, ask), max(high, ask)
    low_milli, high_milli = _in_thousandths(low, high)
    return replace(found, state=FAIR, low_milli=low_milli, high_milli=high_milli)


def _in_thousandths(low: int, high: int) -> tuple[int, int]:
    """Thousandths of a euro within the range; of a range without any, the nearest to its middle."""
    inside = -(-low // _MILLI), high // _MILLI
    nearest = round((low + high) / 2 / _MILLI)
    return inside if inside[0] <= inside[1] else (nearest, nearest)
