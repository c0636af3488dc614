# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes of processors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.audit.actions import record
from marketplace.db import now
from marketplace.policy import Actor
from marketplace.processors.models import Processor
from marketplace.processors.rules import AlreadyWithdrawn


def state_process(session: Session, actor: Actor, firm: Organisation, values: Mapping[str, Any]) -> Processor:
    """A firm says what it does for others; `values` by column. The next run of the engine knows of it."""
    processor = Processor(firm_id=firm.id, stated_at=now(session), **values)
    session.add(processor)
    session.flush()
    record(session, actor, "processors:state", processor, firms=(firm.id,), firm=firm.name)
    return processor


def withdraw_process(session: Session, actor: Actor, processor: Processor) -> None:
    """The firm does this no longer; what earlier runs found keeps its own copy of yield and cost."""
    if processor.withdrawn_at is not None:
        raise AlreadyWithdrawn
    processor.withdrawn_at = now(session)
    firm = processor.firm
    record(session, actor, "processors:withdraw", processor, firms=(firm.id,), firm=firm.name)
