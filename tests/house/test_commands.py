# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every command that the README and the documents print exists."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from tests.house.building import ROOT, files, short

DOCUMENTS = [p for p in files(".", ".md") if "tests" not in p.parts]
CODE = re.compile(r"```.*?```|`[^`]+`", re.DOTALL)
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
MARKETPLACE = re.compile(r"\bmarketplace ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)((?: +--?[a-z-]+(?:[ =][^\s`-]\S*)?)*)")
MODULE = re.compile(r"\bpython3? -m ([a-z_.]+)(?: ([a-z]+))?")


def code_of(path: Path) -> str:
    """What a document sets as code."""
    return "\n".join(CODE.findall(path.read_text("utf-8")))


def targets() -> set[str]:
    """What `make` can be asked for."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def command(words: list[str]) -> click.Command:
    """The command of `marketplace` that the words lead to."""
    found: click.Command = import_module("marketplace.cli").main
    for word in words:
        if not isinstance(found, click.Group):
            break
        known = found.get_command(click.Context(found), word)
        assert known is not None, f"marketplace {' '.join(words)}: there is no {word!r}"
        found = known
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=short)
def test_every_make_target_of_a_document_exists(path: Path) -> None:
    assert set(MAKE.findall(code_of(path))) <= targets()


@pytest.mark.parametrize("path", DOCUMENTS, ids=short)
def test_every_marketplace_command_of_a_document_exists_with_its_options(path: Path) -> None:
    for words, options in MARKETPLACE.findall(code_of(path)):
        found = command(words.split())
        known = {option for parameter in found.params for option in parameter.opts} | {"--help"}
        asked = set(re.findall(r"--[a-z][a-z-]*", options))
        assert asked <= known, f"marketplace {words} has no {asked - known}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=short)
def test_every_module_that_a_document_runs_exists(path: Path) -> None:
    for module, _subcommand in MODULE.findall(code_of(path)):
        if module.split(".")[0] in ("matching", "marketplace", "tests", "benchmarks"):
            spec = ROOT / module.replace(".", "/")
            assert (spec / "__main__.py").exists() or spec.with_suffix(".py").exists(), module


def test_the_readme_names_the_two_commands() -> None:
    text = code_of(ROOT / "README.md")
    assert {"demo", "test"} <= set(MAKE.findall(text))
