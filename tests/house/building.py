# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the house tests look at: source files, rooms, routes, templates."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask

from marketplace import create_app
from marketplace.settings import Settings
from marketplace.web.guards import Access

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "marketplace"
VENDOR = "marketplace/web/static/vendor/"


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project: what git knows or would take in."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(ROOT / name for name in sorted(filter(None, names)) if (ROOT / name).is_file())


def files(folder: str, *endings: str) -> list[Path]:
    """Files of the project under a folder, our own only."""
    found = [p for p in tracked() if p.is_relative_to(ROOT / folder) and VENDOR not in p.as_posix()]
    return [p for p in found if not endings or p.suffix in endings]


def short(path: Path) -> str:
    """The path as people write it."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """A source file as a tree."""
    return ast.parse(path.read_text("utf-8"), short(path))


def rooms() -> list[str]:
    """Folders of the application that may hold rules, pages and words."""
    return sorted(p.parent.name for p in PACKAGE.glob("*/__init__.py"))


def rules_modules() -> dict[str, Any]:
    """Each room's rules, imported."""
    return {p.parent.name: import_module(f"marketplace.{p.parent.name}.rules") for p in PACKAGE.glob("*/rules.py")}


def qualified_names() -> Iterator[tuple[Path, ast.AST, str]]:
    """Every function and class of the application and the engine."""
    for path in [*files("marketplace", ".py"), *files("matching", ".py")]:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                yield path, node, node.name


@cache
def the_app() -> Flask:
    """An application on an empty database, to read routes off."""
    return create_app(Settings.for_tests("sqlite://", ROOT / "instance"))


@dataclass(frozen=True, slots=True)
class Route:
    """One address with one method."""

    rule: str
    endpoint: str
    method: str
    arguments: frozenset[str]

    @property
    def view(self) -> Any:
        """The function behind it, with what its guards left on it."""
        return the_app().view_functions[self.endpoint]

    @property
    def access(self) -> Access:
        """What the route declares; fails loudly where it declares nothing."""
        declared: Access = self.view.access
        return declared

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def routes(method: str | None = None) -> list[Route]:
    """Every address × method but static files and the methods that Flask adds."""
    return [
        Route(str(rule.rule), rule.endpoint, verb, frozenset(rule.arguments))
        for rule in the_app().url_map.iter_rules()
        if not rule.endpoint.endswith("static")
        for verb in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if method in (None, verb)
    ]
