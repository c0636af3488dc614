# SPDX-License-Identifier: AGPL-3.0-or-later
"""Source files: licence, size, and where a transaction may end."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.building import files, parsed, qualified_names, short

LICENCE = "SPDX-License-Identifier: AGPL-3.0-or-later"
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
COMMITTERS = {"marketplace/db.py", "marketplace/web/guards.py"}
FORBIDDEN_NAMES = {"common", "helpers", "utils", "util", "manager", "service", "services", "misc"}
SOURCES = [p for p in files(".", ".py", ".html", ".css", ".js", ".toml", ".mako") if "vendor" not in p.parts]
PYTHON = files(".", ".py")


def test_every_source_file_names_its_licence() -> None:
    silent = [short(p) for p in SOURCES if (text := p.read_text("utf-8")) and LICENCE not in text[:300]]
    assert not silent, silent


def test_no_file_outgrows_its_shape() -> None:
    ours = [p for p in files(".", ".py", ".html") if "migrations" not in p.parts]
    long = {short(p): n for p in ours if (n := p.read_text("utf-8").count("\n")) > MOST_LINES_OF_A_FILE}
    assert not long, long


def test_no_function_outgrows_a_screen() -> None:
    long = {
        f"{short(path)}:{name}": lines
        for path, node, name in qualified_names()
        if isinstance(node, ast.FunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    }
    assert not long, long


def test_transactions_end_only_in_their_two_homes() -> None:
    elsewhere = [
        f"{short(path)}:{node.lineno}"
        for path in files("marketplace", ".py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
        if short(path) not in COMMITTERS
    ]
    assert not elsewhere, elsewhere


def test_no_module_is_called_after_nothing() -> None:
    vague = [short(p) for p in PYTHON if {p.stem, *p.relative_to(p.anchor).parts} & FORBIDDEN_NAMES]
    assert not vague, vague


@pytest.mark.parametrize("path", [p for p in files("marketplace", ".py") if p.name == "rules.py"], ids=short)
def test_rules_do_not_read_the_clock(path: Path) -> None:
    clocks = {"now", "today", "utcnow", "time", "monotonic"}
    read = [
        f"{short(path)}:{node.lineno}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks
    ]
    assert not read, read


def test_the_application_asks_the_database_for_the_time() -> None:
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    read = [
        f"{short(path)}:{node.lineno}"
        for path in files("marketplace", ".py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if (getattr(node.func.value, "id", ""), node.func.attr) in clocks
        if "demo" not in path.parts
    ]
    assert not read, read


SKIPS_LOUDLY = {"journeys", "test_on_ray.py", "test_words_semantic.py"}  # where Chromium, Ray, a model is absent


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    excuses = {"skip", "skipif", "xfail", "importorskip"}
    excused = [
        f"{short(path)}:{node.lineno}"
        for path in files("tests", ".py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in excuses and SKIPS_LOUDLY.isdisjoint(path.parts)
    ]
    assert not excused, excused


def test_nothing_is_left_to_be_done_later() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "raise NotImplemented" + "Error")
    left = [short(p) for p in SOURCES if any(mark in p.read_text("utf-8") for mark in marks)]
    assert not left, left
