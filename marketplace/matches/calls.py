# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls for offers: firms that have listed such goods before are asked by mail, once for each call of a run."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.audit.actions import record
from marketplace.db import today
from marketplace.matches import notices, queries
from marketplace.matches.models import Run
from marketplace.matches.rules import AlreadyCalled, NobodyToCall, NotNow
from marketplace.policy import Actor


def call_for_offers(session: Session, actor: Actor, run: Run, number: int) -> int:
    """Ask for what needs lack by call `number` (from 1) of the newest published run; returns how many firms are asked.

    The firm that needs it is not named. Two presses of the button meet at the run's row.
    """
    session.refresh(run, with_for_update=True)
    calls: list[dict[str, Any]] = [dict(call) for call in run.shortage.get("calls", [])]
    if number > len(calls) or not is_newest(session, run):
        raise NotNow
    call = calls[number - 1]
    if "asked_on" in call:
        raise AlreadyCalled
    firms = queries.list_likely_givers(session, call)
    if not firms:
        raise NobodyToCall
    call |= {"asked_on": today(session).isoformat(), "asked_firms": len(firms)}
    run.shortage = {**run.shortage, "calls": calls}
    record(session, actor, "matches:call", run, mass_g=call["mass_g"], asked=len(firms))
    notices.tell_likely_givers(session, firms, call)
    return len(firms)


def is_newest(session: Session, run: Run) -> bool:
    """Whether this run says what is lacking now: an older one's calls may have been answered."""
    newest = queries.find_newest_published_run(session)
    return newest is not None and newest.id == run.id
