# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why the command line did nothing, in sentences of the reader's language."""

from collections.abc import Sequence

from matching.console.words import say
from matching.market.errors import Problem


class Refused(ValueError):
    """Why nothing was done: sentences in the reader's language."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def lines(self, lang: str) -> list[str]:
        """One line per reason, in `it`, `en` or `zh`."""
        return [say(self.key, lang, **self.values)]


class BadInputs(Refused):
    """The inputs can't be taken: problems of the tables, then sentences about the policy."""

    def __init__(self, problems: Sequence[Problem], policy: Sequence[str]) -> None:
        super().__init__("bad_inputs")
        self.problems = tuple(problems)
        self.policy = tuple(policy)

    def lines(self, lang: str) -> list[str]:
        """One line per problem."""
        return [*(problem.text(lang) for problem in self.problems), *self.policy]


class SpoiltInputs(Refused):
    """The inputs that a result keeps can't be read any more."""
