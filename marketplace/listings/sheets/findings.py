# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one line of a sheet comes to while its cells are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.listings.facts import Problem
from marketplace.listings.sheets.amounts import Unclear


class Findings:
    """What one line comes to."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []
        self.told: list[str] = []
        """Words that go into the description."""

    def ask(self, name: str, words: str, *, missing: bool = True, **facts: str) -> None:
        """A question that the firm answers; `missing`: nothing was read, as opposed to something wrong."""
        self.problems.append(Problem(name, words, facts, missing))

    def fail(self, name: str, error: Unclear, *, missing: bool = False) -> None:
        """A value that could not be read."""
        self.problems.append(Problem(name, error.words, error.facts, missing))

    def keep(self, name: str, read: Callable[[], Any]) -> None:
        """The value that `read` finds, if it finds one; what is unclear becomes a problem."""
        try:
            value = read()
        except Unclear as error:
            self.fail(name, error)
        else:
            if value is not None:
                self.values[name] = value
