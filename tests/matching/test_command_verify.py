# SPDX-License-Identifier: AGPL-3.0-or-later
"""`verify` on folders: no figure of a summary can be changed or left out, whatever it proves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matching.__main__ import main

DISTRICT = Path(__file__).parents[2] / "marketplace" / "demo" / "district"

Summary = dict[str, Any]


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify") / "run"
    files = (DISTRICT / name for name in ("offers.csv", "needs.csv"))
    assert main(["solve", *map(str, files), "--out", str(folder), "--seconds", "20"]) == 0
    return folder


@pytest.fixture
def altered(solved: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Verifies the result with another summary, and puts the summary back."""
    path = solved / "summary.json"
    before = path.read_text(encoding="utf-8")

    def verified(change: Callable[[Summary], object]) -> tuple[int, str]:
        summary = json.loads(before)
        change(summary)
        path.write_text(json.dumps(summary), encoding="utf-8")
        status = main(["verify", str(solved)])
        return status, capsys.readouterr().err

    yield verified
    path.write_text(before, encoding="utf-8")


def test_no_figure_can_be_left_out(altered: Any, solved: Path) -> None:
    for name in json.loads((solved / "summary.json").read_text(encoding="utf-8")):
        status, told = altered(lambda summary, name=name: summary.pop(name))
        assert status == 1, name
        assert f"summary.json, {name}" in told or name == "input_sha256"


@pytest.mark.parametrize("wrong", [None, "much", True, -7, [], float("nan")])
def test_no_figure_can_be_replaced(altered: Any, solved: Path, wrong: object) -> None:
    for name in json.loads((solved / "summary.json").read_text(encoding="utf-8")):
        if not (name == "engine_version" and isinstance(wrong, str)):
            assert altered(lambda summary, name=name: summary.update({name: wrong}))[0] == 1, name


@pytest.mark.parametrize("less", [1, 1e-6])
def test_greed_is_not_made_to_look_worse(altered: Any, less: float) -> None:
    status, told = altered(lambda summary: summary.update(greedy_value=summary["greedy_value"] - less))
    assert status == 1
    assert "greedy_value" in told


def test_no_figure_is_told_twice(solved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = solved / "summary.json"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("{", '{ "value": 1000000,', 1), encoding="utf-8")
    assert main(["verify", str(solved)]) == 1
    assert "summary.json: malformed: value is told twice" in capsys.readouterr().err
    path.write_text(before, encoding="utf-8")
