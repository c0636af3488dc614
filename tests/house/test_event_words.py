# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is written down can be read: every kind of event has its sentence in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_babel import force_locale, gettext

from marketplace.policy import TABLE
from tests.house.building import PACKAGE, files, parsed, rules_modules, short, the_app

KIND = re.compile(r"[a-z]+:[a-z][a-z -]+")


def event_words() -> dict[str, str]:
    """The sentence of each kind, from all rooms."""
    return {kind: words for module in rules_modules().values() for kind, words in getattr(module, "EVENTS", {}).items()}


def recorded() -> Iterator[tuple[Path, int, ast.expr]]:
    """The third argument (or `kind=`) of each call of `record`."""
    for path in files("marketplace", ".py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "record":
                named = [k.value for k in node.keywords if k.arg == "kind"] + node.args[2:3]
                if named:
                    yield path, node.lineno, named[0]


def test_every_kind_of_event_that_is_recorded_has_words() -> None:
    said = event_words()
    literal = [(short(p), line, e.value) for p, line, e in recorded() if isinstance(e, ast.Constant)]
    assert not [place for place in literal if place[2] not in said]


def test_every_kind_of_event_that_has_words_is_recorded_somewhere() -> None:
    # Kinds that are put together from a move (f"listings:{move.value}") count for each that fits.
    patterns = [re.escape(e.value) for _p, _l, e in recorded() if isinstance(e, ast.Constant)]
    patterns += [
        "".join(re.escape(v.value) if isinstance(v, ast.Constant) else ".+" for v in e.values)
        for _p, _l, e in recorded()
        if isinstance(e, ast.JoinedStr)
    ]
    others = {
        n.value
        for p in PACKAGE.rglob("*.py")
        if p.name != "rules.py"
        for n in ast.walk(parsed(p))
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and KIND.fullmatch(n.value) and n.value not in TABLE
    }
    never = [k for k in event_words() if k not in others and not any(re.fullmatch(p, k) for p in patterns)]
    assert not never, never


def test_a_kind_names_its_room_and_the_act() -> None:
    for room, module in rules_modules().items():
        for kind in getattr(module, "EVENTS", {}):
            assert KIND.fullmatch(kind)
            assert kind.startswith(f"{room}:")


@pytest.mark.parametrize("language", ["it", "zh_Hans"])
def test_every_kind_of_event_has_words_in_every_language(language: str) -> None:
    with the_app().app_context(), force_locale(language):
        missing = [kind for kind, words in event_words().items() if gettext(words) == words]
    assert not missing, missing
