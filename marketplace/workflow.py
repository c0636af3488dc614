# SPDX-License-Identifier: AGPL-3.0-or-later
"""The story of a deal on one page: which outcome starts what.

A room announces what came out; the rooms further along the deal are named here, by dotted name, so that no room
imports one that comes after it. Handlers run in the caller's transaction and their errors propagate: either the
outcome and all that follows from it are kept, or none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from marketplace.policy import Actor

Handler = Callable[[Session, Actor | None, Any], object]

STORY: dict[str, tuple[str, ...]] = {
    # A listing has no free kilograms left, was withdrawn or has expired: nobody may answer its proposals any more.
    "listing closed": ("marketplace.matches.actions:retire_proposals_of",),
    # The coordinator has published a run: both firms of each proposal are told.
    "run published": ("marketplace.matches.notices:tell_firms_of_run",),
    # A firm said no or the coordinator refused: what that sets free is placed anew, for the coordinator to publish.
    "pair refused": ("marketplace.matches.repairs:ask_for_repair",),
    # Both firms want to talk.
    "both interested": ("marketplace.negotiations.actions:open_from_proposal",),
    # One side accepted the other's terms; the grams are reserved.
    "terms agreed": ("marketplace.approvals.actions:open_case",),
    # A party stepped back, or nobody answered in time.
    "negotiation closed": (
        "marketplace.approvals.actions:void_case_of",
        "marketplace.matches.actions:free_pair",
    ),
    # The coordinator sent the case back: the parties talk on.
    "case returned": ("marketplace.negotiations.actions:reopen",),
    # The coordinator refused: the grams are free again and the pair is not proposed any more.
    "case refused": (
        "marketplace.negotiations.actions:close_refused",
        "marketplace.matches.actions:forbid_pair",
    ),
    # The coordinator approved: the grams are committed and the exchange opens with a copy of the terms.
    "case approved": (
        "marketplace.negotiations.actions:close_approved",
        "marketplace.matches.actions:conclude_pair",
        "marketplace.exchanges.actions:open_exchange",
    ),
}


def announce(session: Session, actor: Actor | None, outcome: str, subject: Any) -> None:
    """Run what follows from an outcome; an outcome that is not in the story is an error."""
    for handler in handlers(outcome):
        handler(session, actor, subject)


@cache
def handlers(outcome: str) -> tuple[Handler, ...]:
    """The functions behind an outcome, resolved once."""
    return tuple(_resolve(name) for name in STORY[outcome])


def _resolve(dotted: str) -> Handler:
    module, _, name = dotted.partition(":")
    handler: Handler = getattr(import_module(module), name)
    return handler
