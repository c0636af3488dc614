# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one person may see of a proposal: a firm sees itself, the goods and the reasons, not the other's name or price.

The other firm's name is shown once both want to talk. Of the price only "met" is shown, and no total from which its
points could be worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.accounts.models import Organisation
from marketplace.audit.queries import Happening
from marketplace.listings.models import Listing
from marketplace.matches.models import Proposal
from marketplace.policy import Actor

PRIVATE = frozenset({"price", "price open"})
"""Reasons that depend on the other firm's price."""
_MICRO = -6


@dataclass(frozen=True, slots=True)
class ShownTerm:
    """A reason as a page shows it: `amount` in points, None where it is private; the values of both sides, or ""."""

    name: str
    amount: Decimal | None
    offer: str = ""
    need: str = ""


def shown_terms(reasons: Iterable[Mapping[str, Any]], side: str | None) -> list[ShownTerm]:
    """Reasons in the engine's order as a firm on this side reads them (None: a coordinator, who reads no price)."""
    return [_shown(reason, side) for reason in reasons]


def _shown(reason: Mapping[str, Any], side: str | None) -> ShownTerm:
    amount = Decimal(reason["amount_micro"]).scaleb(_MICRO)
    if reason["name"] not in PRIVATE:
        return ShownTerm(reason["name"], amount, reason["offer"], reason["need"])
    if side is None:
        return ShownTerm(reason["name"], amount)
    return ShownTerm("price", None, **{side: reason[side]})


def total(terms: Iterable[ShownTerm]) -> Decimal:
    """The sum of the points that are shown."""
    return sum((term.amount for term in terms if term.amount is not None), Decimal(0))


@dataclass(frozen=True, slots=True)
class Sight:
    """A proposal in somebody's eyes."""

    proposal: Proposal
    actor: Actor

    @property
    def side(self) -> str | None:
        """Which side the viewer's firm is on: offer or need; None for a coordinator of neither firm."""
        sides = {self.proposal.offer_firm_id: "offer", self.proposal.need_firm_id: "need"}
        return sides.get(self.actor.firm_id) if self.actor.firm_id is not None else None

    @property
    def own(self) -> Listing | None:
        """The listing of the viewer's firm."""
        return {"offer": self.proposal.offer, "need": self.proposal.need, None: None}[self.side]

    @property
    def other(self) -> Listing | None:
        """The listing of the other firm."""
        return {"offer": self.proposal.need, "need": self.proposal.offer, None: None}[self.side]

    @property
    def other_firm(self) -> Organisation | None:
        """The other firm, once both have said yes; before that None."""
        return self.other.firm if self.other is not None and self.both_want_to_talk else None

    @property
    def both_want_to_talk(self) -> bool:
        """Both firms said yes."""
        return self.proposal.offer_answer == "yes" and self.proposal.need_answer == "yes"

    @property
    def own_answer(self) -> str | None:
        """What the viewer's firm said."""
        return getattr(self.proposal, f"{self.side}_answer") if self.side else None

    @property
    def other_answer(self) -> str | None:
        """What the other firm said."""
        opposite = {"offer": "need", "need": "offer"}
        return getattr(self.proposal, f"{opposite[self.side]}_answer") if self.side else None

    def of_the_viewer(self, components: Iterable[Proposal]) -> list[Proposal]:
        """The parts of an arrangement that the viewer's firm is asked about; for a coordinator of neither, all."""
        firm_id = self.actor.firm_id
        return [one for one in components if self.side is None or firm_id in (one.offer_firm_id, one.need_firm_id)]

    def may_want_all(self, components: Iterable[Proposal]) -> bool:
        """Whether the viewer's firm has several parts of an arrangement left to say yes to."""
        firm_id = self.actor.firm_id
        return self.side is not None and firm_id is not None and sum(one.waits_for(firm_id) for one in components) > 1

    @property
    def terms(self) -> list[ShownTerm]:
        """The reasons, in the engine's order."""
        return shown_terms(self.proposal.reasons, self.side)

    @property
    def total(self) -> Decimal:
        """The sum of the points that are shown."""
        return total(self.terms)

    def happenings(self, all_of_them: Iterable[Happening]) -> Sequence[Happening]:
        """The history lines meant for the viewer's firm; a coordinator of neither firm reads all."""
        firm = self.actor.firm_id
        if self.side is None:
            return list(all_of_them)
        return [one for one in all_of_them if firm in (one.event.firm_a_id, one.event.firm_b_id)]
