# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run must not change lightly: what firms see proposed and have not answered to the end, as it stands now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from marketplace.matches import queries
from marketplace.matches.market import engine_id
from marketplace.matches.models import Run
from marketplace.matches.rules import State


def kept_rows(session: Session, run: Run) -> Iterator[Mapping[str, str]]:
    """Rows of proposals.csv: proposals that firms may still answer, and ways of which they may answer every stage."""
    for proposal in queries.list_open_of_other_runs(session, run):
        if proposal.arrangement is None or proposal.arrangement.is_direct:
            yield _row(proposal.offer_id, proposal.need_id, [], proposal.mass_g)
    newest = queries.find_newest_published_run(session)
    for arrangement in queries.list_ways(session, newest) if newest else ():
        states = {one.state for one in arrangement.components}
        for leg in arrangement.legs if states == {State.OPEN} else ():
            through = [step.processor_id for step in leg.steps]
            yield _row(leg.offer_id, arrangement.need_id, through, leg.delivered_g)


def _row(offer_id: int, need_id: int, processor_ids: list[int], delivered_g: int) -> Mapping[str, str]:
    return {
        "offer_id": engine_id("offer", offer_id),
        "need_id": engine_id("need", need_id),
        "processor_ids": ";".join(engine_id("processor", key) for key in processor_ids),
        "delivered_kg": format(Decimal(delivered_g).scaleb(-3), "f"),
    }
