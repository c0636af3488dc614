# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one person may read of why a listing keeps kilograms.

A firm reads which rules keep others away and what it could change itself; that prices do not meet it reads as just
that, without a number. Coordinators read the changes others could make too, and who was better served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.listings.models import Listing
from marketplace.matches.models import WhyNot
from marketplace.policy import Actor, can

PRICE = "price"
_SELF_EVIDENT = "own firm"


@dataclass(frozen=True, slots=True)
class Hurdle:
    """A rule, how many listings of the other side it keeps away, and how many it alone (None: just "not met")."""

    rule: str
    listings: int | None
    alone: int | None


@dataclass(frozen=True, slots=True)
class Sight:
    """The reasons of one listing in somebody's eyes."""

    listing: Listing
    found: WhyNot
    actor: Actor

    @property
    def is_full(self) -> bool:
        """Whether the viewer sees what concerns other firms too."""
        return can(self.actor, "matches:see-arrangements")

    @property
    def left_g(self) -> int:
        """Grams that stayed."""
        return self.found.mass_g - self.found.placed_g

    @property
    def hurdles(self) -> list[Hurdle]:
        """Rules that keep others away, the one that alone keeps most away first; a bare one last."""
        shown = [_hurdle(one, self.is_full) for one in self.found.excluded if one["rule"] != _SELF_EVIDENT]
        return sorted(shown, key=lambda one: one.listings is None)

    @property
    def own_changes(self) -> list[Mapping[str, Any]]:
        """What the listing's firm could change."""
        return [one for one in self.found.changes if one["listing"] == self.listing.id]

    @property
    def others_changes(self) -> Sequence[Mapping[str, Any]]:
        """What other firms could change, for the coordinator."""
        return [one for one in self.found.changes if one["listing"] != self.listing.id] if self.is_full else []

    @property
    def rivals(self) -> Sequence[Mapping[str, Any]]:
        """Possible partners that got nothing of it, for the coordinator."""
        return self.found.rivals if self.is_full else []

    @property
    def others(self) -> set[int]:
        """Keys of the other firms' listings that are named."""
        return {one["listing"] for one in (*self.others_changes, *self.rivals)}


def _hurdle(one: Mapping[str, Any], full: bool) -> Hurdle:
    bare = one["rule"] == PRICE and not full
    return Hurdle(one["rule"], None if bare else one["listings"], None if bare else one["alone"])
