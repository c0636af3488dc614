# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shape of a workflow: a table of moves, each from some states to another, for some roles.

Which refusal a wrong move meets, and in which order it is looked for, is each room's own (`decide` in its rules).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Generic, TypeVar

MoveT = TypeVar("MoveT", bound=StrEnum)
After = TypeVar("After", bound="str | None", covariant=True)
RoleT = TypeVar("RoleT", bound=Enum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[After, RoleT]):
    """From which states, to which state (None: it stays as it is), by whom."""

    from_states: frozenset[str]
    to_state: After
    who: frozenset[RoleT]


def open_moves(moves: Mapping[MoveT, Transition[After, RoleT]], state: str, *roles: RoleT) -> list[MoveT]:
    """The moves open in this state to somebody with any of these roles, in the order of the table: the buttons."""
    return [move for move, way in moves.items() if state in way.from_states and not way.who.isdisjoint(roles)]
