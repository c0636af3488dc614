# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be wrong with a typed value, said in Italian, English or Chinese.

The code raises `Wrong` with a key and the values concerned; the sentences stand in `fault_words.csv`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, TypeVar
from unicodedata import category

from matching.market.vocabulary.tables import Row, rows_of

LANGUAGES: Final = ("it", "en", "zh")
LONGEST_SHOWN: Final = 80

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the key of its sentence and the values the sentence names."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, lang: str) -> str:
        """The sentence in `it`, `en` or `zh`, with "did you mean" at its end where a near code is known."""
        told = {name: shown(value) for name, value in self.values.items()}
        sentence = words(self.key, lang).format(**told)
        if "suggestion" in told:
            sentence += words("did_you_mean", lang).format(**told)
        return sentence


class Wrong(ValueError):
    """A typed value that can't be taken; `faults` says all that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults

    def text(self, lang: str) -> str:
        """All faults in one line."""
        return "; ".join(fault.text(lang) for fault in self.faults)

    def __str__(self) -> str:
        return self.text("en")


def wrong(key: str, **values: object) -> Wrong:
    """A `Wrong` with a single fault."""
    return Wrong(Fault(key, {name: str(value) for name, value in values.items()}))


def each(parts: Sequence[str], parse: Callable[[str], T]) -> list[T]:
    """Every part parsed, or one `Wrong` with the faults of all parts that failed."""
    try:
        return [parse(part.strip()) for part in parts]
    except Wrong:
        raise Wrong(*(fault for part in parts for fault in _faults_of(part.strip(), parse))) from None


def _faults_of(part: str, parse: Callable[[str], object]) -> tuple[Fault, ...]:
    try:
        parse(part)
    except Wrong as error:
        return error.faults
    return ()


def words(key: str, lang: str) -> str:
    """The template of a sentence; `KeyError` for a key or a language that has none."""
    return _sentences()[key][lang]


@cache
def _sentences() -> dict[str, Row]:
    return {row["key"]: row for row in rows_of("fault_words")}


def shown(value: str) -> str:
    """A value, or the name of a column, fit for one line of a terminal: nothing unprintable, nothing endless."""
    short = value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…"
    return "".join(map(_printable, short))


def _printable(c: str) -> str:
    if c.isprintable():
        return c
    return " " if category(c) == "Zs" else c.encode("unicode_escape").decode("ascii")
