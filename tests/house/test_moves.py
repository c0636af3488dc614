# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every workflow is one table, and every move in it is used."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest

from tests.house.building import PACKAGE, parsed, rules_modules

WORKFLOWS = [
    pytest.param(room, module, id=room) for room, module in sorted(rules_modules().items()) if hasattr(module, "MOVES")
]
EXPECTED = {"listings", "matches", "negotiations", "approvals", "exchanges"}


def test_every_room_of_a_deal_has_its_table_of_moves() -> None:
    assert {str(p.id) for p in WORKFLOWS} >= EXPECTED


def tables(module: Any) -> list[Mapping[Any, Any]]:
    """The tables of moves: MOVES, and others of that name for a room with two workflows."""
    return [value for name, value in vars(module).items() if name.endswith("MOVES") and isinstance(value, Mapping)]


@pytest.mark.parametrize(("room", "module"), WORKFLOWS)
def test_every_move_has_a_rule(room: str, module: Any) -> None:
    ruled: dict[type[Enum], set[Enum]] = defaultdict(set)
    for table in tables(module):
        for move in table:
            ruled[type(move)].add(move)
    for kind, moves in ruled.items():
        assert moves == set(kind), f"{room}: moves without a transition"


@pytest.mark.parametrize(("room", "module"), WORKFLOWS)
def test_every_move_is_made_somewhere_in_its_room(room: str, module: Any) -> None:
    named = Counter(
        (node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", ""), node.attr)
        for path in (PACKAGE / room).rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
    )
    for table in tables(module):
        for move in table:
            assert named[type(move).__name__, move.name] > 1, f"{room}: only the table names the move {move}"


@pytest.mark.parametrize(("room", "module"), WORKFLOWS)
def test_what_is_available_is_exactly_what_is_allowed(room: str, module: Any) -> None:
    assert callable(module.available)
    assert callable(module.decide)
