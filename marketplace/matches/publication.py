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
from marketplace.matches.actions import close_arranged, move_run, set_state
from marketplace.matches.models import Arrangement, Proposal, Run
from marketplace.matches.rules import Move, Role, RunMove, decide_run, is_whole_enough, mass_now
from marketplace.matches.stages import can_be_staged, make_stages
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
    components of a recipe and the stages of a way through processors all together.

    Open proposals of earlier runs are retired: of two runs the firms see the newer. A repair adds to them instead, and
    leaves them what they speak of; so does every run with what belongs to an arrangement that is talked about.
    """
    decide_run(RunMove.PUBLISH, run.state, Role.COORDINATOR)
    done = Publication()
    room = _Room(queries.talked_about_pairs(session) | queries.forbidden_pairs(session))
    talked_about = queries.talked_about_arrangements(session)
    for other in queries.list_open_of_other_runs(session, run):
        if run.is_repair or other.arrangement_id in talked_about:
            room.leave(other)
        else:
            _retire(session, other)
            done.retired += 1
    for together in _together(queries.list_computed(session, run)):
        for proposal, mass_g in zip(together, room.take(together), strict=True):
            _show_or_drop(proposal, mass_g, done)
    for way in queries.list_ways(session, run):
        _show_way(session, way, room, done)
    run.published_at = now(session)
    counts = {name: getattr(done, name) for name in ("opened", "reduced", "dropped", "retired")}
    move_run(session, actor, run, RunMove.PUBLISH, **counts)
    workflow.announce(session, actor, "run published", run)
    return done


def _together(proposals: Iterable[Proposal]) -> list[list[Proposal]]:
    """Each recipe's components, and each other proposal by itself, in the order in which they come."""
    groups: dict[tuple[str, int], list[Proposal]] = defaultdict(list)
    for one in proposals:
        groups[("recipe", one.arrangement_id) if one.arrangement_id else ("proposal", one.id)].append(one)
    return list(groups.values())


@dataclass(slots=True)
class _Room:
    """How many grams of each listing the proposals shown so far have left over."""

    taboo: set[tuple[int, int]]
    shown_g: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def leave(self, shown: Proposal) -> None:
        """A proposal that stays open keeps its pair and its grams."""
        self.taboo.add(shown.pair)
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

    def claim(self, way: Arrangement) -> bool:
        """Whether both ends of a way through processors have all that was computed, and keep it for that."""
        wanted = [*((leg.offer, leg.taken_g) for leg in way.legs), (way.need, way.delivered_g)]
        if any((leg.offer_id, way.need_id) in self.taboo for leg in way.legs):
            return False
        before = self.shown_g.copy()
        for listing, mass_g in wanted:
            if not _is_on_offer(listing) or self._left(listing) < mass_g:
                self.shown_g = before
                return False
            self.shown_g[listing.id] += mass_g
        return True

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


def _retire(session: Session, other: Proposal) -> None:
    set_state(other, Move.RETIRE, Role.SYSTEM)
    close_arranged(session, other)


def _show_way(session: Session, way: Arrangement, room: _Room, done: Publication) -> None:
    """All stages, or none: half of a way is of no use to anybody."""
    if not can_be_staged(way) or not room.claim(way):
        done.dropped += 1
        return
    for stage in make_stages(session, way):
        set_state(stage, Move.SHOW, Role.COORDINATOR)
        done.opened += 1


def _show_or_drop(proposal: Proposal, mass_g: int, done: Publication) -> None:
    if mass_g == 0:
        set_state(proposal, Move.DROP, Role.COORDINATOR)
        done.dropped += 1
        return
    done.opened += 1
    done.reduced += mass_g < proposal.mass_g
    proposal.mass_g = mass_g
    set_state(proposal, Move.SHOW, Role.COORDINATOR)
