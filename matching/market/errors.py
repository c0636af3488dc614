# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where something is wrong in the input, and the one error that lists it all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matching.market.vocabulary.faults import Fault, shown


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault and its place; line 1 is the header, a row stands at the physical line where it starts."""

    file: str
    line: int
    column: str
    fault: Fault

    @property
    def key(self) -> str:
        """The key of the sentence."""
        return self.fault.key

    @property
    def values(self) -> Mapping[str, str]:
        """The values the sentence names."""
        return self.fault.values

    def text(self, lang: str) -> str:
        """`offers.csv line 4, mass_kg: -5 is not greater than 0`, the words after the colon in `lang`."""
        return f"{self.file} line {self.line}, {shown(self.column)}: {self.fault.text(lang)}"


class BadInput(ValueError):
    """The input can't be taken; `problems` lists all that is wrong, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def text(self, lang: str) -> str:
        """All problems, one per line."""
        return "\n".join(problem.text(lang) for problem in self.problems)

    def __str__(self) -> str:
        return self.text("en")
