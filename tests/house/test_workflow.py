# SPDX-License-Identifier: AGPL-3.0-or-later
"""The story of a deal names functions that exist, and every outcome in it is announced by somebody."""

from __future__ import annotations

import ast
import inspect

import pytest

from marketplace import timetable, workflow
from tests.house.building import files, parsed, short


def announced() -> set[str]:
    """Outcomes named in calls of `announce`."""
    found = set()
    for path in files("marketplace", ".py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "announce":
                outcome = node.args[2]
                assert isinstance(outcome, ast.Constant), f"{short(path)}:{node.lineno} hides the outcome's name"
                found.add(outcome.value)
    return found


@pytest.mark.parametrize("outcome", workflow.STORY)
def test_every_handler_of_an_outcome_exists_and_takes_what_it_is_given(outcome: str) -> None:
    for handler in workflow.handlers(outcome):
        inspect.signature(handler).bind("session", "actor", "subject")


def test_every_announced_outcome_stands_in_the_story_and_the_other_way_round() -> None:
    assert announced() == set(workflow.STORY)


@pytest.mark.parametrize("name", timetable.TASKS)
def test_every_task_of_the_timetable_names_a_function_that_exists(name: str) -> None:
    assert callable(timetable.resolve(timetable.TASKS[name].function))


def test_the_queue_of_the_timetable_exists() -> None:
    inspect.signature(timetable.resolve(timetable.QUEUE)).bind("task", "argument")


def test_every_task_is_asked_for_or_has_its_time() -> None:
    text = "\n".join(p.read_text("utf-8") for p in files("marketplace", ".py") if p.name != "timetable.py")
    idle = [name for name, task in timetable.TASKS.items() if task.minute is None and f'"{name}"' not in text]
    assert not idle, idle
