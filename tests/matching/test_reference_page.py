# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reference page names every rule, term and default weight of the code, and none besides."""

import re
from decimal import Decimal
from pathlib import Path

from matching.allocation.policy import DEFAULT_WEIGHTS
from matching.pairing.rules import RULES
from matching.pairing.score import TERM_NAMES

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


def rows_under(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows]


def test_the_page_has_every_rule_in_the_order_of_the_code_and_says_what_holds_in_a_recipe() -> None:
    rows = rows_under("Rules")
    assert [row[0].strip("`") for row in rows] == [rule.name for rule in RULES]
    assert [row[2] != "each component" for row in rows] == [rule.of_mix for rule in RULES]


def test_the_page_has_every_term_with_its_default_weight() -> None:
    rows = rows_under("Terms of the score")
    assert [row[0].strip("`") for row in rows] == list(TERM_NAMES)
    assert [Decimal(row[1]) for row in rows] == [DEFAULT_WEIGHTS[name] for name in TERM_NAMES]


def test_every_page_that_the_reference_links_to_exists() -> None:
    targets = re.findall(r"\]\(([a-z]+\.md)", PAGE.read_text(encoding="utf-8"))
    assert targets
    assert [name for name in targets if not (PAGE.parent / name).exists()] == []
