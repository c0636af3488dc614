# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with a policy is said in the reader's language, each sentence with the same values."""

import ast
import csv
import pickle
from pathlib import Path
from string import Formatter

import pytest

from matching.__main__ import main
from matching.allocation.policy import BadPolicyError, Policy
from matching.market.vocabulary import LANGUAGES

MATCHING = Path(__file__).parents[2] / "matching"
BAD = Path(__file__).parents[2] / "marketplace" / "demo" / "district" / "bad"
GOOD = (str(BAD / "good-offers.csv"), str(BAD / "good-needs.csv"))
with (MATCHING / "allocation" / "policy_words.csv").open(encoding="utf-8", newline="") as file:
    ROWS = {row["key"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("key", ROWS)
def test_every_sentence_is_said_in_three_languages_with_the_same_values(key: str) -> None:
    fields = [{name for _, name, _, _ in Formatter().parse(ROWS[key][lang]) if name} for lang in LANGUAGES]
    assert fields[0] == fields[1] == fields[2]
    assert len({ROWS[key][lang] for lang in LANGUAGES}) == 3


def test_every_sentence_is_used_and_every_one_that_is_used_exists() -> None:
    keys = set()
    for path in (MATCHING / "allocation").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "objection":
                keys.add(ast.literal_eval(node.args[1]))
    assert keys == set(ROWS)


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (
            "en",
            ["beauty: unknown key", "weights.charm: unknown term", "max_proposals_per_firm: 0 is not a whole number"],
        ),
        ("it", ["beauty: chiave sconosciuta", "weights.charm: termine sconosciuto", "0 non è un numero intero"]),
        ("zh", ["beauty: 未知的键", "weights.charm: 未知的评分项", "max_proposals_per_firm: 0 不是不小于 1 的整数"]),
    ],
)
def test_the_command_line_speaks_the_reader_s_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, told: list[str]
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("beauty = 1\nmax_proposals_per_firm = 0\n[weights]\ncharm = 2\n", encoding="utf-8")
    asked = ["solve", *GOOD, "--policy", str(policy), "--out", str(tmp_path / "run"), "--lang", lang]
    assert main(asked) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("policy.toml: ") for line in lines)
    assert all(any(sentence in line for line in lines) for sentence in told)


def test_a_pin_and_a_missing_file_are_told_in_the_reader_s_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.toml"
    asked = ["solve", *GOOD, "--policy", str(policy), "--out", str(tmp_path / "run"), "--lang", "it"]
    assert main(asked) == 2
    assert capsys.readouterr().err == "policy.toml: il file non esiste\n"
    policy.write_text('pins = [["B-1", "Q-2"]]', encoding="utf-8")
    assert main(asked) == 2
    assert capsys.readouterr().err.startswith("policy.toml: pins: B-1 → Q-2 viola la regola: form")


def test_what_is_wrong_survives_a_way_to_another_process() -> None:
    with pytest.raises(BadPolicyError) as caught:
        Policy.from_toml("beauty = 1")
    (problem,) = pickle.loads(pickle.dumps(caught.value.problems))
    assert (problem, problem.text("it")) == ("beauty: unknown key", "beauty: chiave sconosciuta")
