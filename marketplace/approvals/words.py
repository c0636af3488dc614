# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checks in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.approvals.facts import Check
from marketplace.approvals.rules import Forbidden
from marketplace.web.languages import told


def sentence(check: Check) -> str:
    """What a check says."""
    return told(check.words, check.facts)


@contextmanager
def naming_what_forbids() -> Iterator[None]:
    """Give the refusal of a forbidden exchange the sentences of its red checks."""
    try:
        yield
    except Forbidden as refusal:
        refusal.facts = {"checks": " ".join(sentence(check) for check in refusal.red)}
        raise
