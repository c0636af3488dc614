# SPDX-License-Identifier: AGPL-3.0-or-later
"""Publication: what of a run's proposals still holds is shown to the firms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from marketplace import workflow
from marketplace.db import now
from marketplace.listings.models import Listing
from marketplace.matches import queries
from marketplace.matches.actions import move_run, set_state
from marketplace.matches.models import Proposal, Run
from marketplace.matches.rules import Move, Role, RunMove, decide_run, is_whole_enough, mass_now
from marketplace.policy import Actor


@dataclass(slots=True)
class Publication:
    """What became of the proposals of a run when it was published."""

    opened: int = 0
    reduced: int = 0
    dropped: int = 0
    retired: int = 0


def publish_run(session: Session, actor: Actor, run: Run) -> Publication:
    """Show a run's proposals to their firms; what has changed since it was computed is reduced or dropped, the
    components of a recipe all together.

    Open proposals of earlier runs are retired: of two runs the firms see the newer. A repair adds to them instead, and
    leaves them what they speak of; so does every run with what belongs to a recipe that is talked about.
    """
    decide_run(RunMove.PUBLISH, run.state, Role.COORDINATOR)
    done = Publication()
    room = _Room(queries.talked_about_pairs(session) | queries.forbidden_pairs(session))
    talked_about = queries.talked_about_recipes(session)
    for other in queries.list_open_of_other_runs(session, run):
        if run.is_repair or other.recipe_id in talked_about:
            room.leave(other)
        else:
            set_state(other, Move.RETIRE, Role.SYSTEM)
            done.retired += 1
    for together in _together(queries.list_computed(session, run)):
        for proposal, mass_g in zip(together, room.take(together), strict=True):
            _show_or_drop(proposal, mass_g, done)
    run.published_at = now(session)
    counts = {name: getattr(done, name) for name in ("opened", "reduced", "dropped", "retired")}
    move_run(session, actor, run, RunMove.PUBLISH, **counts)
    workflow.announce(session, actor, "run published", run)
    return done


def _together(proposals: Iterable[Proposal]) -> list[list[Proposal]]:
    """Each recipe's components, and each other proposal by itself, in the order in which they come."""
    groups: dict[tuple[str, int], list[Proposal]] = defaultdict(list)
    for one in proposals:
        groups[("recipe", one.recipe_id) if one.recipe_id else ("proposal", one.id)].append(one)
    return list(groups.values())


@dataclass(slots=True)
class _Room:
    """How many grams of each listing the proposals shown so far have left over."""

    taboo: set[tuple[int, int]]
    shown_g: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def leave(self, shown: Proposal) -> None:
        """A proposal that stays open keeps its pair and its grams."""
        self.taboo.add((shown.offer_id, shown.need_id))
        self.shown_g[shown.offer_id] += shown.mass_g
        self.shown_g[shown.need_id] += shown.mass_g

    def take(self, together: Sequence[Proposal]) -> list[int]:
        """Grams that each may speak of now. The components of a recipe get what was computed, or none gets any."""
        before = self.shown_g.copy()
        taken = [self._take(proposal) for proposal in together]
        if len(together) == 1 or taken == [proposal.mass_g for proposal in together]:
            return taken
        self.shown_g = before
        return [0] * len(together)

    def _take(self, proposal: Proposal) -> int:
        """Grams this proposal may speak of now; 0: none, or its listings or the pair are not free any more."""
        offer, need = proposal.offer, proposal.need
        if (offer.id, need.id) in self.taboo or not _is_on_offer(offer) or not _is_on_offer(need):
            return 0
        mass_g = max(mass_now(proposal.mass_g, self._left(offer), self._left(need)), 0)
        whole_g = None if offer.divisible else self._left(offer)
        if mass_g < proposal.mass_g and not is_whole_enough(mass_g, (offer.lot_g, need.lot_g), whole_g):
            return 0
        self.shown_g[offer.id] += mass_g
        self.shown_g[need.id] += mass_g
        return mass_g

    def _left(self, listing: Listing) -> int:
        assert listing.account is not None
        return listing.account.free_g - self.shown_g[listing.id]


def _is_on_offer(listing: Listing) -> bool:
    return listing.state == "published" and listing.account is not None


def _show_or_drop(proposal: Proposal, mass_g: int, done: Publication) -> None:
    if mass_g == 0:
        set_state(proposal, Move.DROP, Role.COORDINATOR)
        done.dropped += 1
        return
    done.opened += 1
    done.reduced += mass_g < proposal.mass_g
    proposal.mass_g = mass_g
    set_state(proposal, Move.SHOW, Role.COORDINATOR)
