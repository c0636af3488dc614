# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m matching` on files: what is written, what is refused, what is never touched."""

import csv
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from matching.__main__ import main
from matching.console.words import _words, language_of

DISTRICT = Path(__file__).parents[2] / "marketplace" / "demo" / "district"
BAD = DISTRICT / "bad"
GOOD = (BAD / "good-offers.csv", BAD / "good-needs.csv")

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in (*arguments, "--lang", "en")])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def solved(tmp_path: Path, command: Command) -> Path:
    assert command("solve", *GOOD, "--out", tmp_path / "run", "--pairs")[0] == 0
    return tmp_path / "run"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def summary(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return found


def shuffled(path: Path, to: Path) -> Path:
    header, *body = path.read_text(encoding="utf-8").splitlines()
    random.Random(4).shuffle(body)
    to.write_text("\n".join([header, *body]) + "\n", encoding="utf-8")
    return to


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_good_files_match_as_their_readme_says(solved: Path) -> None:
    found = [(row["offer_id"], row["need_id"], row["mass_kg"]) for row in rows(solved / "proposals.csv")]
    assert found == [("B-1", "Q-1", "300"), ("B-3", "Q-2", "800")]


def test_the_reasons_of_a_proposal_add_up_to_its_score(solved: Path) -> None:
    for row in rows(solved / "proposals.csv"):
        amounts = [round(reason["amount"] * 10**6) for reason in json.loads(row["reasons"])]
        assert sum(amounts) == round(float(row["score"]) * 10**6)


def test_a_result_is_complete(solved: Path) -> None:
    assert set(content(solved)) == {
        "proposals.csv",
        "prices.csv",
        "pairs.csv",
        "summary.json",
        "inputs/offers.csv",
        "inputs/needs.csv",
        "inputs/policy.toml",
    }
    figures = summary(solved)
    assert figures["status"] == "optimal"
    assert figures["value"] == figures["bound"]
    assert (figures["offers"], figures["needs"], figures["matched_kg"]) == (3, 2, 1100)


def test_the_inputs_are_kept_byte_for_byte(solved: Path) -> None:
    for kept, given in zip(("offers.csv", "needs.csv"), GOOD, strict=True):
        assert (solved / "inputs" / kept).read_bytes() == given.read_bytes()
        digest = hashlib.sha256(given.read_bytes()).hexdigest()
        assert summary(solved)["input_sha256"][kept] == digest  # type: ignore[index]


def test_pairs_are_only_written_when_asked_for(tmp_path: Path, command: Command) -> None:
    command("solve", *GOOD, "--out", tmp_path / "run")
    assert not (tmp_path / "run" / "pairs.csv").exists()


def test_the_district_is_solved_and_verified_with_a_closed_gap(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "run"
    status, said, _ = command("solve", DISTRICT / "offers.csv", DISTRICT / "needs.csv", "--out", out, "--pairs")
    assert status == 0
    assert "proposals" in said
    assert 0 <= summary(out)["gap"] < 2e-3  # type: ignore[operator]
    assert command("verify", out)[0] == 0


def test_shuffled_rows_give_the_same_proposals_to_the_byte(tmp_path: Path, command: Command) -> None:
    plain = (DISTRICT / "offers.csv", DISTRICT / "needs.csv")
    mixed = [shuffled(path, tmp_path / path.name) for path in plain]
    for name, files in (("a", plain), ("b", mixed)):
        assert command("solve", *files, "--out", tmp_path / name, "--seconds", "120")[0] == 0
    for file in ("proposals.csv", "prices.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert command("verify", tmp_path / "b")[0] == 0


def test_a_byte_order_mark_is_no_fault(tmp_path: Path, command: Command) -> None:
    assert command("solve", BAD / "07-byte-order-mark.csv", GOOD[1], "--out", tmp_path / "run")[0] == 0
    assert len(rows(tmp_path / "run" / "proposals.csv")) == 2


def test_a_market_without_offers_is_an_empty_result(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "run"
    assert command("solve", BAD / "13-header-only.csv", GOOD[1], "--out", out)[0] == 0
    assert rows(out / "proposals.csv") == []
    assert (out / "proposals.csv").read_text(encoding="utf-8").startswith("offer_id,need_id,")
    assert (summary(out)["offers"], summary(out)["gap"]) == (0, 0)
    assert command("verify", out)[0] == 0


def test_every_problem_of_all_files_is_told_at_once_and_nothing_is_written(tmp_path: Path, command: Command) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("colour = 1\n", encoding="utf-8")
    bad = (BAD / "16-several-at-once.csv", BAD / "10-end-before-start-needs.csv")
    status, said, problems = command("solve", *bad, "--out", tmp_path / "run", "--policy", policy)
    assert (status, said) == (2, "")
    assert [line.split(":")[0] for line in problems.splitlines()] == [
        "16-several-at-once.csv line 2, mass_kg",
        "16-several-at-once.csv line 2, composition",
        "16-several-at-once.csv line 3, form",
        "16-several-at-once.csv line 3, lat",
        "16-several-at-once.csv line 4, id",
        "16-several-at-once.csv line 4, regime",
        "10-end-before-start-needs.csv line 2, needed_until",
        "policy.toml",
    ]
    assert not (tmp_path / "run").exists()


def test_a_refused_run_leaves_an_earlier_result_as_it_was(solved: Path, command: Command) -> None:
    before = content(solved)
    assert command("solve", BAD / "04-nan.csv", GOOD[1], "--out", solved)[0] == 2
    assert content(solved) == before


def test_a_good_run_replaces_an_earlier_result_whole(solved: Path, command: Command) -> None:
    (solved / "note.txt").write_text("kept by nobody", encoding="utf-8")
    assert command("solve", BAD / "13-header-only.csv", GOOD[1], "--out", solved)[0] == 0
    assert "note.txt" not in content(solved)
    assert "pairs.csv" not in content(solved)
    assert [path.name for path in solved.parent.iterdir()] == ["run"]


def test_a_folder_of_other_things_is_never_replaced(tmp_path: Path, command: Command) -> None:
    (tmp_path / "thesis.doc").write_text("years of work", encoding="utf-8")
    status, _, problems = command("solve", *GOOD, "--out", tmp_path)
    assert status == 2
    assert "holds other things than a result" in problems
    assert list(content(tmp_path)) == ["thesis.doc"]


def test_an_empty_folder_and_new_parents_are_fine(tmp_path: Path, command: Command) -> None:
    assert command("solve", *GOOD, "--out", tmp_path)[0] == 0
    assert command("solve", *GOOD, "--out", tmp_path / "a" / "b")[0] == 0


def test_a_result_can_be_solved_again_from_its_own_inputs(solved: Path, command: Command) -> None:
    before = (solved / "proposals.csv").read_bytes()
    kept = (solved / "inputs" / "offers.csv", solved / "inputs" / "needs.csv")
    assert command("solve", *kept, "--out", solved)[0] == 0
    assert (solved / "proposals.csv").read_bytes() == before


def test_a_file_in_the_way_is_refused(tmp_path: Path, command: Command) -> None:
    (tmp_path / "run").write_text("a file", encoding="utf-8")
    assert command("solve", *GOOD, "--out", tmp_path / "run")[0] == 2
    assert command("solve", *GOOD, "--out", tmp_path / "run" / "below")[0] == 2


def test_missing_files_are_problems_of_their_place(tmp_path: Path, command: Command) -> None:
    status, _, problems = command("solve", tmp_path / "a.csv", tmp_path / "b.csv", "--out", tmp_path / "run")
    assert status == 2
    assert problems.splitlines() == [
        "a.csv line 1, id: there is no such file",
        "b.csv line 1, id: there is no such file",
    ]


def test_broken_processors_are_refused_and_nothing_is_written(tmp_path: Path, command: Command) -> None:
    broken = tmp_path / "plants.csv"
    text = (DISTRICT / "processors.csv").read_text(encoding="utf-8")
    broken.write_text(text.replace("0.737", "1.737"), encoding="utf-8")
    status, _, problems = command("solve", *GOOD, "--out", tmp_path / "run", "--processors", broken)
    assert status == 2
    assert problems.startswith("plants.csv line 2, yield: ")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("color = 1", "color"),
        ("[weights]\nfit = 1", "weights.fit"),
        ("[weights]\ntext = -1", "weights.text"),
        ('preset = "most"', "most"),
        ('[[objective]]\nkind = "beauty"', "beauty"),
        ('pins = [["B-1", "Q-2"]]', "form"),
        ('pins = [["B-9", "Q-2"]]', "B-9"),
        ("preset = ", "not TOML"),
    ],
)
def test_a_policy_that_cant_be_followed_is_refused_by_name(
    tmp_path: Path, command: Command, text: str, named: str
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(text, encoding="utf-8")
    status, _, problems = command("solve", *GOOD, "--out", tmp_path / "run", "--policy", policy)
    assert status == 2
    assert problems.startswith("policy.toml: ")
    assert named in problems
    assert not (tmp_path / "run").exists()


def test_weights_and_forbids_change_the_result_and_are_kept_in_full(tmp_path: Path, command: Command) -> None:
    policy, out = tmp_path / "policy.toml", tmp_path / "run"
    policy.write_text('forbids = [["B-1", "Q-1"]]\n[weights]\ncolour = 0.5\n', encoding="utf-8")
    assert command("solve", *GOOD, "--out", out, "--policy", policy)[0] == 0
    assert [row["offer_id"] for row in rows(out / "proposals.csv")] == ["B-3"]
    assert "colour = 0.5" in (out / "inputs" / "policy.toml").read_text(encoding="utf-8")
    assert command("verify", out)[0] == 0
    assert "the policy forbids this pair" in command("explain", out, "B-1", "Q-1")[1]


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_seconds_must_be_a_real_span(tmp_path: Path, seconds: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["solve", *map(str, GOOD), "--out", str(tmp_path / "run"), f"--seconds={seconds}"])
    assert stop.value.code == 2


def test_a_proposal_is_explained_by_terms_that_are_its_score(solved: Path, command: Command) -> None:
    status, said, _ = command("explain", solved, "B-1", "Q-1")
    assert status == 0
    first, *terms = said.splitlines()
    assert first.startswith("B-1 → Q-1: 300 kg proposed, score 0.")
    amounts = [float(term.split("+")[1].split()[0]) for term in terms]
    assert sum(amounts) == pytest.approx(float(first.split()[-1]))


def test_a_broken_rule_is_explained_with_both_values(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "run"
    command("solve", DISTRICT / "offers.csv", DISTRICT / "needs.csv", "--out", out)
    assert command("explain", out, "O-131", "N-097")[1].splitlines() == [
        "O-131 → N-097: not possible",
        "  composition: EA 3 % (allowed: EA 0-2 %)",
    ]
    assert "O-098 → N-051: 500 kg proposed" in command("explain", out, "O-098", "N-051")[1]


def test_an_unknown_id_or_folder_is_refused(solved: Path, tmp_path: Path, command: Command) -> None:
    assert command("explain", solved, "B-9", "Q-1") == (2, "", "B-9 is not an offer of this result\n")
    assert command("explain", solved, "B-1", "Q-9") == (2, "", "Q-9 is not a need of this result\n")
    assert command("verify", tmp_path / "none")[0] == 2
    assert command("explain", tmp_path / "none", "B-1", "Q-1")[0] == 2


def altered(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


CORRUPTIONS: dict[str, tuple[str, str, str]] = {
    "more kilograms": ("proposals.csv", "B-1,Q-1,,300,300", "B-1,Q-1,,310,310"),
    "less delivered": ("proposals.csv", "B-1,Q-1,,300,300", "B-1,Q-1,,300,299"),
    "another offer": ("proposals.csv", "B-1,Q-1", "B-2,Q-1"),
    "an unknown offer": ("proposals.csv", "B-1,Q-1", "B-9,Q-1"),
    "a reason": ("proposals.csv", '""composition""', '""colour""'),
    "a column name": ("proposals.csv", "delivered_kg", "delivered"),
    "a processor": ("proposals.csv", "B-1,Q-1,,", "B-1,Q-1,P-1,"),
    "a number in words": ("proposals.csv", "B-1,Q-1,,300", "B-1,Q-1,,many"),
    "a missing cell": ("proposals.csv", "B-1,Q-1,,300,", "B-1,Q-1,300,"),
    "a price side": ("prices.csv", "offer,B-1", "need,B-1"),
    "the value": ("summary.json", '"value": ', '"value": 1'),
    "the bound": ("summary.json", '"bound": ', '"bound": 1'),
    "the status": ("summary.json", '"optimal"', '"time limit"'),
    "the scope": ("summary.json", '"all pairs"', '"candidates"'),
    "the summary's end": ("summary.json", "}", ""),
    "an input": ("inputs/offers.csv", "320", "32000"),
    "an input's meaning": ("inputs/needs.csv", "300", "3x0"),
    "the policy": ("inputs/policy.toml", "composition = 0.3", "composition = 0.4"),
    "a pair's value": ("pairs.csv", "B-1,Q-1,,0", "B-1,Q-1,,1"),
    "a pair": ("pairs.csv", "B-1,Q-1", "B-2,Q-1"),
}


@pytest.mark.parametrize("which", CORRUPTIONS)
def test_verify_finds_what_was_altered(solved: Path, command: Command, which: str) -> None:
    file, old, new = CORRUPTIONS[which]
    altered(solved / file, old, new)
    status, said, faults = command("verify", solved)
    assert (status, said) == (1, "")
    assert faults


@pytest.mark.parametrize("file", ["proposals.csv", "prices.csv", "inputs/offers.csv", "inputs/policy.toml"])
def test_verify_finds_what_is_missing_or_is_no_text(solved: Path, command: Command, file: str) -> None:
    (solved / file).write_bytes(b"\xff\xfe\x00")
    assert command("verify", solved)[0] == 1
    (solved / file).unlink()
    assert command("verify", solved)[0] == 1


def test_a_forged_digest_does_not_hide_a_pin_on_nothing(solved: Path, command: Command) -> None:
    policy = solved / "inputs" / "policy.toml"
    altered(policy, "pins = []", 'pins = [["B-9", "Q-1"]]')
    figures = summary(solved)
    digests = {**figures["input_sha256"], "policy.toml": hashlib.sha256(policy.read_bytes()).hexdigest()}  # type: ignore[dict-item]
    (solved / "summary.json").write_text(json.dumps({**figures, "input_sha256": digests}), encoding="utf-8")
    status, _, faults = command("verify", solved)
    assert status == 1
    assert "names a listing that is not in the market" in faults


def loaded_by(arguments: Iterable[object], modules: Iterable[str]) -> str:
    script = (
        "import sys; from matching.__main__ import main; status = main(sys.argv[1:]);"
        f"print(status, sorted({set(modules)!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


def test_verifying_loads_no_solver(solved: Path) -> None:
    assert loaded_by(["verify", solved], {"ortools", "highspy"}) == "0 []"


def test_it_runs_as_a_module_and_speaks_the_language_of_its_environment(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "matching", "solve", BAD / "01-negative-mass.csv", GOOD[1], "--out", tmp_path / "x"],
        capture_output=True,
        encoding="utf-8",
        env={"LANG": "it_IT.UTF-8", "PYTHONUTF8": "1"},
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "01-negative-mass.csv line 3, mass_kg: -5 non è maggiore di 0\n"


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "it_IT", "LC_ALL": "zh_CN"}, "zh"),
        ({"LANG": "de_DE", "LANGUAGE": "de:it"}, "it"),
    ],
)
def test_the_language_comes_from_the_environment(environment: dict[str, str], lang: str) -> None:
    assert language_of(environment) == lang


def test_every_sentence_of_the_command_line_is_said_in_three_languages() -> None:
    for row in _words().values():
        assert row.keys() == {"key", "en", "it", "zh"}, "a comma outside quotation marks"
        assert all(row[lang].strip() for lang in ("en", "it", "zh"))


@pytest.mark.parametrize("lang", ["it", "zh"])
def test_explanations_are_worded_in_every_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    out = str(tmp_path / "run")
    main(["solve", str(DISTRICT / "offers.csv"), str(DISTRICT / "needs.csv"), "--out", out, "--lang", lang])
    for pair in (("O-097", "N-003"), ("O-018", "N-018"), ("O-088", "N-116"), ("O-110", "N-059"), ("O-070", "N-018")):
        assert main(["explain", out, *pair, "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert "not possible" not in said
    assert "another firm" not in said
    assert "indivisible" not in said
