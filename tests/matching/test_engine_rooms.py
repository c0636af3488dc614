# SPDX-License-Identifier: AGPL-3.0-or-later
"""The engine's four rooms know only those before them, and each foreign library has one door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import matching

HOME = Path(matching.__file__).parent
ROOMS = ("market", "pairing", "allocation", "evidence")
BENEATH = "executor"  # where work runs: it knows no room, and every room may know it
DOORS = {"ortools": "allocation", "sklearn": "pairing", "numba": "pairing", "matplotlib": "evidence"}
STRANGERS = {"flask", "sqlalchemy", "wtforms", "marketplace", "pandas"}


def imports() -> Iterator[tuple[Path, str]]:
    """Every module named by an import anywhere in the engine, lazy ones included."""
    for path in sorted(HOME.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path.relative_to(HOME), alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield path.relative_to(HOME), node.module


def test_a_room_imports_no_room_after_it() -> None:
    for path, module in imports():
        parts = module.split(".")
        if path.parts[0] in ROOMS and parts[0] == "matching":
            assert len(parts) > 1, f"{path} imports the whole engine"
            if parts[1] == BENEATH:
                continue
            assert parts[1] in ROOMS, f"{path} imports {module}"
            assert ROOMS.index(parts[1]) <= ROOMS.index(path.parts[0]), f"{path} imports {module}"


def test_where_work_runs_knows_no_room() -> None:
    assert not [module for path, module in imports() if path.stem == BENEATH and module.startswith("matching")]


def test_each_foreign_library_has_one_door() -> None:
    for path, module in imports():
        package = module.split(".")[0]
        assert package not in STRANGERS, f"{path} imports {module}"
        assert path.parts[0] == DOORS.get(package, path.parts[0]), f"{path} imports {module}"


def test_only_its_executor_knows_ray() -> None:
    assert {str(path) for path, module in imports() if module.split(".")[0] in ("ray", "on_ray")} == {"on_ray.py"}


def test_only_pictures_need_what_draws_them() -> None:
    drawing = {path.parent for path, module in imports() if module.split(".")[0] == "matplotlib"}
    assert drawing == {Path("evidence/plots")}
    users = {path.parent for path, module in imports() if module.startswith("matching.evidence.plots")}
    assert users == {Path("evidence/plots")}


def test_only_one_module_opens_the_flow_solver() -> None:
    openers = {str(path) for path, module in imports() if module.startswith("ortools.graph")}
    assert openers == {"allocation/flow.py"}
