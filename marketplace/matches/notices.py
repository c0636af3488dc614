# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is told of proposals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.queries import list_readers
from marketplace.matches import queries
from marketplace.matches.models import Proposal, Run
from marketplace.outbox.actions import queue
from marketplace.policy import Actor


def tell_firms_of_run(session: Session, _actor: Actor | None, run: Run) -> None:
    """One mail to each manager of each firm that has proposals to answer: how many, and where."""
    sides = select(Proposal.offer_firm_id, Proposal.need_firm_id)
    pairs = session.execute(sides.where(Proposal.run_id == run.id, Proposal.state == "open"))
    counts = Counter(firm_id for pair in pairs for firm_id in pair)
    for firm_id, number in sorted(counts.items()):
        for reader in list_readers(session, firm_id):
            queue(session, reader, "matches/new_proposals", number=number)


def tell_other_firm(session: Session, actor: Actor, proposal: Proposal) -> None:
    """The firm that has not answered yet learns that the other one is interested, without its name."""
    waiting = proposal.need_firm_id if actor.firm_id == proposal.offer_firm_id else proposal.offer_firm_id
    for reader in list_readers(session, waiting):
        queue(session, reader, "matches/other_side_interested", proposal=proposal)


def tell_likely_givers(session: Session, firm_ids: Collection[int], call: Mapping[str, Any]) -> None:
    """Firms that have listed such goods are asked for more; who needs them is not said."""
    needs = queries.listings_by_key(session, call["needs"]).values()
    days = [need.until_day for need in needs]
    until = None if None in days else max(filter(None, days), default=None)
    for firm_id in firm_ids:
        for reader in list_readers(session, firm_id):
            queue(session, reader, "matches/call_for_offers", call=call, until=until)
