# SPDX-License-Identifier: AGPL-3.0-or-later
"""One spelling of what people type, and the pieces that are compared: words, and for Chinese its characters.

Chinese has no spaces, so its text is cut into overlapping pairs and single characters (边角料 → 边角 角料 边 角 料).
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_CHINESE: Final = r"\u3400-\u4dbf\u4e00-\u9fff"
_RUN: Final = re.compile(rf"[{_CHINESE}]+|[^\W_{_CHINESE}]+")
_PART: Final = re.compile(r"[/,;()（）、，]")
_ASIDE: Final = re.compile(rf"\([^{_CHINESE}]*\)")
_is_chinese: Final = re.compile(rf"[{_CHINESE}]").match


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text and where it stands in it (in its folded spelling)."""

    text: str
    start: int
    end: int

    @property
    def chinese(self) -> bool:
        """Whether it is one or two Chinese characters and not a word."""
        return is_chinese(self.text)


def fold(text: str) -> str:
    """One spelling of what sounds the same to a reader: no case, no accents, no full-width letters."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def is_chinese(text: str) -> bool:
    """Whether a text begins with a Chinese character."""
    return bool(_is_chinese(text))


def runs(folded: str) -> list[Token]:
    """The words of a folded text, and its stretches of Chinese whole."""
    return [Token(found[0], found.start(), found.end()) for found in _RUN.finditer(folded)]


def tokens(folded: str) -> list[Token]:
    """Words, pairs of Chinese characters and single ones, of a folded text."""
    found: list[Token] = []
    for run in runs(folded):
        sizes = (2, 1) if run.chinese else (len(run.text),)
        found.extend(piece for size in sizes for piece in _pieces(run, size))
    return found


def parts_of_a_name(name: str) -> list[str]:
    """What stands between the commas and slashes of a name: 'blousse / pettinaccia' are two.

    What a European name says in brackets is left out; a Chinese one says its other name there.
    """
    return [part.strip() for part in _PART.split(_ASIDE.sub("", name)) if part.strip()]


def _pieces(run: Token, size: int) -> list[Token]:
    starts = range(len(run.text) - size + 1)
    return [Token(run.text[at : at + size], run.start + at, run.start + at + size) for at in starts]
