# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may import whom: the contracts of pyproject.toml, and one home for each outside library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.house.building import ROOT, files, parsed, short

HOMES = {
    "ortools": ["matching/allocation/*"],
    "sklearn": ["matching/pairing/*"],
    "huey": ["marketplace/jobs/*"],
    "smtplib": ["marketplace/outbox/*"],
    "argon2": ["marketplace/accounts/*"],
    "stdnum": ["marketplace/accounts/*"],
    "python_calamine": ["marketplace/listings/*"],
    "xlsxwriter": ["marketplace/listings/*", "marketplace/analytics/*"],
    "alembic": ["marketplace/tables.py", "marketplace/cli.py", "marketplace/operation/*"],
}
"""A library that only these files of the application and the engine may import."""


def imported(path: Path) -> Iterator[str]:
    """Top-level names of everything a file imports."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").split(".")[0]


def test_the_import_contracts_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(no_cache=True)
    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize("library", HOMES)
def test_an_outside_library_is_imported_only_in_its_home(library: str) -> None:
    users = [p for p in [*files("marketplace", ".py"), *files("matching", ".py")] if library in imported(p)]
    abroad = [short(p) for p in users if not any(fnmatch(short(p), home) for home in HOMES[library])]
    assert not abroad, abroad


def test_the_application_never_imports_its_tests() -> None:
    guilty = [
        short(p) for p in [*files("marketplace", ".py"), *files("matching", ".py")] if "tests" in set(imported(p))
    ]
    assert not guilty
