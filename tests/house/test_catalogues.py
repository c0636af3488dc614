# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every sentence of every room is there in every language, with the same blanks to fill."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

from marketplace.errors import Refusal
from marketplace.settings import LANGUAGES
from tests.house.building import PACKAGE, rooms, rules_modules

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS = {"_": None, "_l": None, "N_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
BLANK = re.compile(r"%\((\w+)\)[sd]")
TRANSLATED = [code.replace("-", "_") for code in LANGUAGES if code != "en"]


@cache
def spoken(room: str) -> frozenset[str | tuple[str, ...]]:
    """Every message of a room's sources; a message with a plural is a tuple."""
    found = [message for _f, _l, message, _c, _x in extract_from_dir(PACKAGE / room, METHODS, keywords=KEYWORDS)]
    if room == "web":  # The modules that stand beside the rooms have their words there too.
        found += [
            message
            for path in PACKAGE.glob("*.py")
            for _line, message, _comments, _context in extract_from_file("python", path, KEYWORDS)
        ]
    return frozenset(found)


@cache
def catalogue(room: str, language: str) -> Catalog | None:
    """A room's words in a language; None where the room has no catalogue."""
    path: Path = PACKAGE / room / "translations" / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return None
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


SPEAKING = [room for room in rooms() if spoken(room)]
CASES = [(room, language) for room in SPEAKING for language in TRANSLATED]


def first(message: str | tuple[str, ...]) -> str:
    """A message's id in the singular."""
    return message if isinstance(message, str) else message[0]


@pytest.mark.parametrize(("room", "language"), CASES)
def test_every_sentence_of_a_room_is_translated(room: str, language: str) -> None:
    known = catalogue(room, language)
    assert known is not None, f"{room} has no catalogue in {language}"
    missing = [m for m in spoken(room) if (entry := known.get(first(m))) is None or not all(_strings(entry.string))]
    assert not missing, missing


@pytest.mark.parametrize(("room", "language"), CASES)
def test_no_translation_is_a_guess_or_forgotten(room: str, language: str) -> None:
    known = catalogue(room, language)
    assert known is not None
    ids = {first(m) for m in spoken(room)}
    assert not [m.id for m in known if m.id and m.fuzzy]
    assert not [m.id for m in known if m.id and first(m.id) not in ids], "sentences that nobody says any more"
    assert not known.obsolete, f"obsolete entries: {list(known.obsolete)[:3]}"


@pytest.mark.parametrize(("room", "language"), CASES)
def test_a_translation_has_the_same_blanks_as_the_sentence(room: str, language: str) -> None:
    known = catalogue(room, language)
    assert known is not None
    for message in known:
        if message.id:
            wanted = {blank for text in _strings(message.id) for blank in BLANK.findall(text)}
            for text in _strings(message.string):
                assert set(BLANK.findall(text)) <= wanted, message.id
            given = {blank for text in _strings(message.string) for blank in BLANK.findall(text)}
            assert given == wanted, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_sentence_is_said_in_the_same_words_in_every_room(language: str) -> None:
    """All catalogues are read as one: two translations of one sentence would hide each other."""
    said: dict[str, tuple[str, object]] = {}
    differing = []
    for room in SPEAKING:
        for message in catalogue(room, language) or ():
            if message.id:
                where, before = said.setdefault(first(message.id), (room, message.string))
                if before != message.string:
                    differing.append((first(message.id), where, room))
    assert not differing, differing


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_refusal_has_words_in_every_language(language: str) -> None:
    assert rules_modules()
    known = [c for room in SPEAKING if (c := catalogue(room, language)) is not None]
    silent = [kind for kind in _refusals(Refusal) if not any((e := c.get(kind.words)) and e.string for c in known)]
    assert not silent, silent


def _refusals(kind: type[Refusal]) -> list[type[Refusal]]:
    return [kind, *(below for one in kind.__subclasses__() for below in _refusals(one))]


def _strings(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(v) for v in value]  # type: ignore[attr-defined]


@pytest.mark.parametrize("room", SPEAKING)
def test_italian_says_tu_to_its_reader(room: str) -> None:
    known = catalogue(room, "it")
    assert known is not None
    said = [" ".join([m.string] if isinstance(m.string, str) else m.string) for m in known if m.id]
    assert not [words for words in said if re.search(r"\b(vostr[aeio]|voi)\b", words, re.IGNORECASE)]
