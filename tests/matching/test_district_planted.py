# SPDX-License-Identifier: AGPL-3.0-or-later
"""docs/district.md, row by row: all that was planted in the sample district is listed there, and the engine says so."""

import re
from pathlib import Path

import pytest

from matching.evidence.whynot import BELOW_LOT, RULE, WhyNot
from tests.matching.markets import DISTRICT
from tests.matching.test_chains_district import run

PAGE = Path(__file__).parents[2] / "docs" / "district.md"


def rows(page: Path, heading: str) -> list[list[str]]:
    """Cells of the rows about a need below the heading with these words."""
    (section,) = (part for part in page.read_text(encoding="utf-8").split("\n## ") if heading in part.splitlines()[0])
    lines = [line for line in section.splitlines() if line.startswith("| N-")]
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]


RECIPES, CHAINS, NEAR_MISSES = (rows(PAGE, heading) for heading in ("Recipes", "Chains", "Near misses"))


@pytest.mark.parametrize(
    ("planted", "listed"), [("blend", RECIPES), ("chain", CHAINS), ("Near misses", NEAR_MISSES)], ids=lambda part: ""
)
def test_whatever_was_planted_is_listed(planted: str, listed: list[list[str]]) -> None:
    told = DISTRICT / "README.md"
    section = next(part for part in told.read_text(encoding="utf-8").split("\n## ") if planted in part.splitlines()[0])
    needs = set(re.findall(r"^(?:\| |\*\*Two steps, |\*\*)(N-\d+)", section, flags=re.MULTILINE))
    assert needs == {row[0] for row in listed}


@pytest.mark.parametrize("row", RECIPES, ids=lambda row: row[0])
def test_a_listed_recipe_is_met(row: list[str]) -> None:
    recipe, allowed = run().recipe(row[0]), re.search(r"\((.*)\)", row[3])
    assert recipe is not None
    assert len(recipe.components) >= 2
    if allowed:
        assert recipe.delta_e is not None
        assert recipe.delta_e <= float(allowed[1])


@pytest.mark.parametrize("row", CHAINS, ids=lambda row: row[0])
def test_a_listed_chain_ships(row: list[str]) -> None:
    shipped = [[p.offer_id, *p.processor_ids] for p in run().proposals if p.need_id == row[0]]
    assert shipped
    assert all(len(way) > 1 for way in shipped)


@pytest.mark.parametrize("row", NEAR_MISSES, ids=lambda row: row[0])
def test_a_near_miss_is_answered_in_these_words(row: list[str]) -> None:
    need, offer, rule, measured, allowed = row
    answer = run().why_not(offer=offer, need=need)
    assert isinstance(answer, WhyNot)
    if rule == BELOW_LOT:
        assert (answer.reason, measured, allowed) == (BELOW_LOT, "480 kg", "≥ 500 kg")
    else:
        assert answer.reason == RULE
        assert [(found.name, found.measured, found.allowed) for found in answer.broken] == [(rule, measured, allowed)]
