# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cleaning what people type: one spelling of each character, nothing invisible that could deceive."""

from __future__ import annotations

import unicodedata

from marketplace.errors import N_

CONTROL = N_("The text contains characters that cannot be shown (control or direction marks). Please remove them.")
INVISIBLE = N_("Please write something that can be seen.")

_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINES = frozenset("\n\t")


class Unreadable(ValueError):
    """The text cannot be kept as typed; `words` is the sentence."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def clean(text: str, *, lines: bool = False) -> str:
    """The text in NFC without spaces around it; `lines` allows line breaks.

    Raises Unreadable for NUL and other control characters, lone surrogates, direction overrides and for text
    that is not empty but shows nothing.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(_is_forbidden(c, lines) for c in text):
        raise Unreadable(CONTROL)
    text = unicodedata.normalize("NFC", text).strip()
    if text and not any(_is_visible(c) for c in text):
        raise Unreadable(INVISIBLE)
    return text


def shown(text: str) -> str:
    """The text as a page can show it: a sign in the place of each character that cannot be kept."""
    return "".join("\ufffd" if _is_forbidden(c, lines=True) else c for c in text.replace("\r\n", "\n"))


def _is_forbidden(c: str, lines: bool) -> bool:
    if c in _LINES:
        return not lines and c == "\n"
    return c in _DIRECTION_MARKS or unicodedata.category(c) in ("Cc", "Cs")


def _is_visible(c: str) -> bool:
    return unicodedata.category(c)[0] not in "CZ" and not unicodedata.category(c).startswith("M")
