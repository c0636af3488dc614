# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run's proposals as CSV for the coordinator: the price only as points, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from marketplace.matches.models import Proposal

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_FIXED = ("proposal", "state", "offer", "offer_firm", "need", "need_firm", "mass_kg", "distance_km", "score")


def as_csv(proposals: Sequence[Proposal]) -> str:
    """One line per proposal, one column per reason with its points."""
    names = list(dict.fromkeys(reason["name"] for proposal in proposals for reason in proposal.reasons))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*_FIXED, *(f"points {name}" for name in names)])
    for proposal in proposals:
        points = {reason["name"]: _decimal(reason["amount_micro"], -6) for reason in proposal.reasons}
        writer.writerow([*_facts(proposal), *(points.get(name, "") for name in names)])
    return text.getvalue()


def _facts(proposal: Proposal) -> list[str]:
    return [
        str(proposal.id),
        proposal.state,
        str(proposal.offer_id),
        _harmless(proposal.offer.firm.name),
        str(proposal.need_id),
        _harmless(proposal.need.firm.name),
        _decimal(proposal.mass_g, -3),
        _decimal(proposal.distance_m, -3),
        _decimal(proposal.score_micro, -6),
    ]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _decimal(amount: int, places: int) -> str:
    return format(Decimal(amount).scaleb(places), "f")
