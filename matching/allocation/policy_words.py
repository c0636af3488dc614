# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with a policy, said in Italian, English or Chinese; the sentences stand in `policy_words.csv`."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from matching.market.vocabulary import LANGUAGES


class Objection(str):
    """One thing that is wrong: a sentence in English that knows itself in the other languages."""

    texts: Mapping[str, str]

    def text(self, lang: str) -> str:
        """The sentence in `it`, `en` or `zh`."""
        return self.texts[lang]


def objection(where: str, key: str, /, **values: object) -> Objection:
    """What a key of the file is accused of; `where` names it, "" for no key of its own."""
    place = f"{where}: " if where else ""
    texts = {lang: place + _sentences()[key][lang].format(**values) for lang in LANGUAGES}
    made = Objection(texts["en"])
    made.texts = texts
    return made


@cache
def _sentences() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("policy_words.csv").read_text(encoding="utf-8")
    return {row["key"]: row for row in csv.DictReader(text.splitlines())}
