# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often suggestions are right, as tables and lines for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matching.console.labelled import Answer, Hits, asked, hits, read_labelled
from matching.console.words import say

if TYPE_CHECKING:
    from matching.market.vocabulary.meaning import Meaning

BINS: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Where the groups of confidence begin."""


def hit_lines(path: Path, lang: str, semantic: "Meaning | None" = None) -> Iterator[str]:
    """The table as Markdown, then how well the confidence holds, for each part; by words, then by meaning too."""
    rows = read_labelled(path)
    by_words = asked(rows)
    if semantic is None:
        yield say("hits_head", lang)
        yield "|---|---|---|---:|---:|---:|---:|---:|"
        yield from _table(hits(by_words))
        yield from _held(by_words, lang)
        return
    by_meaning = asked(rows, semantic)
    yield say("hits_head_both", lang)
    yield "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    yield from _table(hits(by_words), hits(by_meaning))
    for heading, answers in (("hits_by_words", by_words), ("hits_by_meaning", by_meaning)):
        yield f"\n{say(heading, lang)}"
        yield from _held(answers, lang)


def _table(*found: Mapping[tuple[str, str, str], Hits]) -> Iterator[str]:
    """A line for each part, kind and language: how many phrases, then the cells of each way to suggest."""
    for key, first in found[0].items():
        cells = [*key, str(first.phrases), *(cell for each in found for cell in _cells(each[key]))]
        yield f"| {' | '.join(cells)} |"


def _cells(found: Hits) -> tuple[str, ...]:
    shares = (f"{100 * count / found.phrases:.0f} %" for count in (found.first, found.five))
    return (*shares, str(found.wrong), str(found.silent))


def _held(answers: Sequence[Answer], lang: str) -> Iterator[str]:
    """For each part what was said where nothing may be, and how well the confidence holds."""
    for part in sorted({answer.part for answer in answers}):
        own = [answer for answer in answers if answer.part == part]
        yield ""
        yield _silence(part, own, lang)
        yield from _reliability(part, own, lang)


def _silence(part: str, answers: Iterable[Answer], lang: str) -> str:
    asked_for_nothing = [answer for answer in answers if answer.nothing_wanted]
    said = sum(bool(answer.said) for answer in asked_for_nothing)
    return say("hits_silence", lang, part=part, asked=len(asked_for_nothing), said=said)


def _reliability(part: str, answers: Iterable[Answer], lang: str) -> Iterator[str]:
    """Suggested forms in groups of like confidence: their mean confidence beside the share that is right."""
    said = [pair for answer in answers if answer.kind == "forms" for pair in answer.said]
    for low, high in zip(BINS, (*BINS[1:], 1.01), strict=True):
        group = [pair for pair in said if low <= pair[0] < high]
        if group:
            mean, right = (sum(column) / len(group) for column in zip(*group, strict=True))
            values = {"said": len(group), "mean": f"{mean:.2f}", "right": f"{right:.2f}"}
            yield say("hits_reliability", lang, part=part, **values)
