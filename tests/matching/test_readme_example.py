# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ten lines of the README are run as they stand there, on the sample district."""

import re
import shutil
from pathlib import Path

import pytest

from tests.matching.markets import DISTRICT

README = Path(__file__).parents[2] / "README.md"


def ten_lines() -> str:
    """The one Python block of the README."""
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return str(block)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each of its prints says, run where the district's two files lie."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("offers.csv", "needs.csv"):
        shutil.copy(DISTRICT / name, folder / name)
    said: list[str] = []
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        exec(compile(ten_lines(), README.name, "exec"), {"print": lambda value: said.append(str(value))})
    return said


def test_it_is_ten_lines() -> None:
    assert len([line for line in ten_lines().splitlines() if line.strip()]) <= 10


def test_the_run_says_what_it_proposes_and_how_near_the_best_it_is(printed: list[str]) -> None:
    shape = (
        r"[\d,]+ proposals, [\d,]+\.\d t, value [\d,.]+ score·kg, "
        r"proven within \d+\.\d\d % of the best possible, scope: all pairs"
    )
    assert re.fullmatch(shape, printed[0])


def test_the_terms_of_the_first_proposal_add_up_to_its_score(printed: list[str]) -> None:
    head, *terms = printed[1].splitlines()
    micro = [round(float(amount) * 10**6) for term in terms for amount in re.findall(r"\+([\d.]+) \(", term)[:1]]
    assert sum(micro) == round(float(head.rpartition("score ")[2]) * 10**6)


def test_the_near_miss_names_its_rule_and_the_change_that_helps(printed: list[str]) -> None:
    assert printed[2].splitlines() == ["O-137 → N-001: rule", "radius: 26.682 km (allowed: ≤ 24 km)"]
    assert printed[3].splitlines()[-1] == "need N-001, radius_km: 24 → 26.682: +240 kg (O-137)"
