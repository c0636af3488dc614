# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why the command line did nothing, in sentences of the reader's language."""

from collections.abc import Sequence

from matching.allocation.policy_words import Objection
from matching.console.words import say
from matching.market.errors import Problem
from matching.market.vocabulary import Fault


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

    def __init__(self, problems: Sequence[Problem], policy: Sequence[Objection | Fault], policy_file: str) -> None:
        super().__init__("bad_inputs")
        self.problems = tuple(problems)
        self.policy = tuple(policy)
        self.policy_file = policy_file

    def lines(self, lang: str) -> list[str]:
        """One line per problem."""
        of_policy = (f"{self.policy_file}: {problem.text(lang)}" for problem in self.policy)
        return [*(problem.text(lang) for problem in self.problems), *of_policy]


class SpoiltInputs(Refused):
    """The inputs that a result keeps can't be read any more."""
