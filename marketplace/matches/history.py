# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the firms' past answers teach the engine: which pairs both sides accept. No firm is part of it."""

from __future__ import annotations

import numpy as np
from sqlalchemy.orm import Session

from marketplace.matches import queries
from matching import Acceptance
from matching.pairing.acceptance import FEATURES, columns_of


def model_of(session: Session) -> Acceptance:
    """The model of all answers so far; answers kept before a feature was known are left aside."""
    answers = [one for one in queries.list_answers(session) if one[0].keys() >= set(FEATURES)]
    columns = columns_of([known for known, _accepted, _shown in answers])
    accepted = np.array([accepted for _known, accepted, _shown in answers], dtype=np.bool_)
    days = np.array([shown.date().toordinal() for _known, _accepted, shown in answers], dtype=np.int64)
    return Acceptance.fit(columns, accepted, days)


def newest_model(session: Session) -> Acceptance | None:
    """What the newest finished run learnt from the answers there were; None before the first run."""
    run = queries.find_newest_taught(session)
    return Acceptance.from_json(run.acceptance) if run is not None and run.acceptance else None
