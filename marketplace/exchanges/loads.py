# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said of a load when it leaves and when it arrives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Sent:
    """What the giver says of a load: grams, the number of its document, the day it left."""

    mass_g: int
    document_number: str
    on: date


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the taker found: grams on the scales, grams accepted, the day, why less was accepted."""

    arrived_g: int
    accepted_g: int
    on: date
    refusal_reason: str = ""
