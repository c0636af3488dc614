# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person's own words suggest for their listing: choices to pick from, never values that are filled in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from marketplace.errors import N_
from marketplace.listings.choices import NEVER_LISTED
from marketplace.listings.shelves import category_by_form
from matching.market.vocabulary import WASTE_LIST, Suggestion, Suggestions, suggest

SURENESS: Sequence[tuple[float, str]] = (
    (0.8, N_("very likely")),
    (0.5, N_("likely")),
    (0.0, N_("possible")),
)
"""From which confidence on it is said with which words."""
MOST = 4
LEAST_OF_A_CATEGORY = 0.3
MIRROR = "Mirror non-hazardous"
"""Entries of the list of waste that hold only where an analysis says so."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A code somebody may pick: of which list, how likely it is meant in words, and because of which typed words."""

    kind: str
    code: str
    sureness: str
    words: tuple[str, ...]
    needs_analysis: bool = False

    @property
    def pick(self) -> str:
        """What its button sends."""
        return f"{self.kind}:{self.code}"


@dataclass(frozen=True, slots=True)
class Hints:
    """Hints by list (form, category, fibre, waste_code), and the words that may mean a danger."""

    lists: Mapping[str, Sequence[Hint]]
    hazards: Sequence[str]


def hints(side: str, text: str) -> Hints:
    """What an offer's or a need's text suggests; no waste code for a need, which has those of its permits."""
    found = suggest(text)
    lists = {
        "form": [_hint("form", one) for one in found.forms],
        "category": [_hint("category", one) for one in _categories(found)],
        "fibre": [_hint("fibre", one) for one in found.fibres if one.code not in NEVER_LISTED],
        "waste_code": [_hint("waste_code", one) for one in found.waste_codes] if side == "offer" else [],
    }
    return Hints({kind: some[:MOST] for kind, some in lists.items() if some}, found.hazards if side == "offer" else ())


def _categories(found: Suggestions) -> Iterator[Suggestion]:
    """The shelves of the suggested forms, with their forms' confidence together, and those of what has no form."""
    sums: dict[str, float] = defaultdict(float)
    words: dict[str, tuple[str, ...]] = {}
    on_shelves = [(category_by_form().get(one.code, ""), one) for one in found.forms]
    for code, one in [*on_shelves, *((one.code, one) for one in found.categories)]:
        sums[code] += one.confidence
        words.setdefault(code, one.words)
    for code in sorted(filter(None, sums), key=lambda code: (-sums[code], code)):
        if sums[code] >= LEAST_OF_A_CATEGORY:
            yield Suggestion(code, min(sums[code], 1.0), words[code])


def _hint(kind: str, one: Suggestion) -> Hint:
    sureness = next(words for least, words in SURENESS if one.confidence >= least)
    mirror = kind == "waste_code" and WASTE_LIST[one.code].entry_type == MIRROR
    return Hint(kind, one.code, sureness, one.words, needs_analysis=mirror)
