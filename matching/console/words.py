# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the command line says, in Italian, English and Chinese; the sentences stand in `words.csv`."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from matching.market.vocabulary import LANGUAGES

FALLBACK: Final = "en"
_VARIABLES: Final = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # in gettext's order


def say(key: str, lang: str, **values: object) -> str:
    """A sentence in `lang`; `KeyError` for a key that has none."""
    return _words()[key][lang].format(**values)


def language_of(environment: Mapping[str, str]) -> str:
    """The first language asked for that is spoken here; English where none is."""
    for variable in _VARIABLES:
        for locale in environment.get(variable, "").split(":"):
            if locale[:2].lower() in LANGUAGES:
                return locale[:2].lower()
    return FALLBACK


@cache
def _words() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("words.csv").read_text(encoding="utf-8")
    return {row["key"]: row for row in csv.DictReader(text.splitlines())}
