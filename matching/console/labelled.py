# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often suggestions are right: phrases that people would type, with the codes they mean, against `suggest`.

A row of the file: `part` (any name; a part that nobody tuned on is worth more), `lang`, `text`, then `forms`,
`fibres`, `waste_codes`, `categories`: the right codes with `;` between them, empty for "not judged", `-` for "nothing
may be said". Of several forms, waste codes or categories any is right; of fibres the first must be one of them, and
all must be among the first five. A table of offers (OFFERS.csv) is judged too, by its descriptions, forms and codes.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matching.console.refused import Refused
from matching.market.vocabulary import Suggestion, suggest

if TYPE_CHECKING:
    from matching.market.vocabulary.meaning import Meaning

KINDS: Final = ("forms", "fibres", "waste_codes", "categories")
COLUMNS: Final = ("part", "lang", "text", *KINDS)
NOTHING: Final = "-"


@dataclass(frozen=True, slots=True)
class Answer:
    """One phrase asked for one kind of code: was the first suggestion right, were the first five, what was said."""

    part: str
    lang: str
    kind: str
    nothing_wanted: bool
    first: bool
    five: bool
    said: tuple[tuple[float, bool], ...]  # the confidence of each suggestion, and whether it is right


@dataclass(frozen=True, slots=True)
class Hits:
    """Of so many phrases: the first suggestion right, one of five right, nothing said, the first one wrong."""

    phrases: int
    first: int
    five: int
    silent: int

    @property
    def wrong(self) -> int:
        """Phrases whose first suggestion is wrong."""
        return self.phrases - self.first - self.silent


def read_labelled(path: Path) -> Sequence[Mapping[str, str]]:
    """The rows of a labelled file; raises `Refused` where it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("labels_unreadable", file=path, columns=", ".join(COLUMNS)) from error
    if rows and {"description", "form"} <= set(rows[0]):
        return [_of_offer(row) for row in rows]
    if not rows or not all(set(row) == set(COLUMNS) and None not in row.values() for row in rows):
        raise Refused("labels_unreadable", file=path, columns=", ".join(COLUMNS))
    return rows


def _of_offer(row: Mapping[str, str]) -> Mapping[str, str]:
    judged = {"text": row["description"], "forms": row["form"], "waste_codes": row.get("waste_code", "")}
    return {**dict.fromkeys(COLUMNS, ""), "part": "offers", **judged}


def asked(rows: Iterable[Mapping[str, str]], semantic: "Meaning | None" = None) -> list[Answer]:
    """What is suggested for every phrase, held against its codes."""
    return [answer for row in rows for answer in _answers(row, semantic)]


def hits(answers: Iterable[Answer]) -> Mapping[tuple[str, str, str], Hits]:
    """Hits by part, kind and language, of the phrases that mean something."""
    groups: dict[tuple[str, str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        if not answer.nothing_wanted:
            groups[answer.part, answer.kind, answer.lang].append(answer)
    return {key: _counted(group) for key, group in sorted(groups.items())}


def _answers(row: Mapping[str, str], semantic: "Meaning | None") -> Iterator[Answer]:
    understood = suggest(row["text"], semantic)
    for kind in KINDS:
        wanted = [code for code in row[kind].split(";") if code]
        if wanted:
            yield _answer(row, kind, wanted, getattr(understood, kind))


def _answer(row: Mapping[str, str], kind: str, wanted: list[str], found: Sequence[Suggestion]) -> Answer:
    codes = [one.code for one in found]
    together = all if kind == "fibres" else any
    return Answer(
        part=row["part"],
        lang=row["lang"],
        kind=kind,
        nothing_wanted=wanted == [NOTHING],
        first=bool(codes) and codes[0] in wanted,
        five=together(code in codes for code in wanted),
        said=tuple((one.confidence, one.code in wanted) for one in found),
    )


def _counted(group: Sequence[Answer]) -> Hits:
    first, five = sum(answer.first for answer in group), sum(answer.five for answer in group)
    return Hits(len(group), first, five, sum(not answer.said for answer in group))
