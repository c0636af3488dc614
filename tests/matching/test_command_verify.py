# SPDX-License-Identifier: AGPL-3.0-or-later
"""`verify` on folders: no figure of a summary can be changed or left out, whatever it proves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matching.__main__ import main
from tests.matching.markets import NEED, OFFER
from tests.matching.test_command_aims import written

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


def test_what_takes_a_solver_is_said_to_be_believed(solved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = json.loads((solved / "summary.json").read_text(encoding="utf-8"))
    assert summary["bound_source"] == "solver"
    assert main(["verify", str(solved), "--lang", "en"]) == 0
    believed = f"is believed here; the prices alone prove at most {summary['price_bound']} score·kg"
    assert believed in capsys.readouterr().out.splitlines()[1]


def test_an_earlier_objective_is_not_worth_more_than_its_bound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, policy = tmp_path / "run", tmp_path / "policy.toml"
    lines = ("[[objective]]", 'kind = "fit"', "tolerance = 0.01", "[[objective]]", 'kind = "mass"')
    policy.write_text("\n".join(lines), encoding="utf-8")
    listings = written(tmp_path / "offers.csv", OFFER), written(tmp_path / "needs.csv", NEED)
    assert main(["solve", *listings, "--policy", str(policy), "--out", str(folder)]) == 0
    assert main(["verify", str(folder), "--lang", "en"]) == 0
    assert "believed here" in capsys.readouterr().out
    path = folder / "summary.json"
    summary = json.loads(path.read_text(encoding="utf-8"))
    summary["objectives"][0].update(best="1", bound="1", floor="0.99")  # less than the plan is worth by it
    path.write_text(json.dumps(summary), encoding="utf-8")
    assert main(["verify", str(folder)]) == 1
    assert "objective 1 exceeds its bound" in capsys.readouterr().err
