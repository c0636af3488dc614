# SPDX-License-Identifier: AGPL-3.0-or-later
"""To whom a mail goes, and how often it is tried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

MAX_ATTEMPTS = 12
"""Tries before a mail counts as failed: with the pauses below, more than a day."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who gets mail: where, in which language (it, en, zh-Hans), and how to address them."""

    address: str
    language: str
    name: str


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: a minute, then twice as long each time, at most half a day."""
    doublings: int = min(max(attempts, 1) - 1, 20)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)


def is_given_up(attempts: int) -> bool:
    """Whether a mail that failed so often is left alone from now on."""
    return attempts >= MAX_ATTEMPTS


def one_line(text: str) -> str:
    """A subject without line breaks or other control characters: what is typed never becomes a mail header."""
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text).strip()
