# SPDX-License-Identifier: AGPL-3.0-or-later
"""`allocate`: pairs with values of one's own. Rules of pairs do not apply; masses, lots and limits do."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import BadInput, ListedPairs, Needs, Offers, allocate, match, verify
from matching.__main__ import main
from matching.allocation.legs import MILLION, Task
from matching.allocation.problem import fits
from matching.allocation.solve import solve
from matching.evidence.whynot import UNLISTED, WhyNot
from tests.matching.markets import NEED, OFFER, Record, markets, needs_of, offers_of
from tests.matching.tasks import by_brute_force, lot_tasks
from tests.matching.test_lots_optimum import assert_sound

YIELDS = [1_000_000, 700_000, 333_333, 1_500_000, 2_000_000]


def test_a_listed_pair_has_no_score_before_it_is_written_nor_after() -> None:
    offers, needs = offers_of({}), needs_of({})
    listed = ListedPairs.from_records([{"offer_id": "O-1", "need_id": "N-1", "value": "7"}], offers, needs)
    run = allocate(offers, needs, listed)
    (proposal,) = run.proposals
    (row,) = run.proposal_rows()
    assert (proposal.score_micro, row["score"]) == (0, "")


@settings(max_examples=60, deadline=None)
@given(markets())
def test_the_pairs_of_a_run_without_recipes_are_worth_the_same_when_listed(market: tuple[Offers, Needs]) -> None:
    offers, needs = market
    needs = needs.take([row for row in range(len(needs)) if not needs.blend[row]])
    found = match(offers, needs)
    pairs = ListedPairs.from_records([_renamed(row) for row in found.pair_rows()], offers, needs)
    again = allocate(offers, needs, pairs)
    assert again.summary["value"] == found.summary["value"]
    assert again.summary["scope"] == "listed pairs"
    assert verify(again.as_result()) == ()
    assert all((row["score"], row["reasons"]) == ("", "[]") for row in again.proposal_rows())


def _renamed(row: dict[str, str]) -> dict[str, str]:
    return {name: row[name] for name in ("offer_id", "need_id", "value")}


@st.composite
def yielding(draw: st.DrawFn) -> Task:
    """A task small enough for brute force whose legs deliver less or more than they take."""
    task = draw(lot_tasks(size=2, mass=7, arcs=3))
    ppm = np.array([draw(st.sampled_from(YIELDS)) for _ in range(len(task.legs))], dtype=np.int64)
    task = replace(task, legs=replace(task.legs, rate=ppm * MILLION))
    return task.only(fits(task))


@settings(max_examples=150, deadline=None)
@given(yielding())
def test_no_whole_grams_with_yields_are_worth_more_than_the_bound(task: Task) -> None:
    found = solve(task)
    assert_sound(task, found)
    assert found.value <= by_brute_force(task) <= found.bound


def test_a_yield_counts_what_is_delivered() -> None:
    """200 kg taken at 1.5 fill a need of 300 kg; the second need takes at 0.5 what is left, 100 kg."""
    offers, needs = offers_of({"mass_kg": "300"}), needs_of({"mass_kg": "300"}, {"id": "N-2", "mass_kg": "900"})
    rows = [("N-1", "2", "1.5"), ("N-2", "1", "0.5")]
    pairs = [{"offer_id": "O-1", "need_id": need, "value": value, "yield": part} for need, value, part in rows]
    run = allocate(offers, needs, ListedPairs.from_records(pairs, offers, needs))
    assert [(p.need_id, p.mass_g, p.delivered_g) for p in run.proposals] == [
        ("N-1", 200_000, 300_000),
        ("N-2", 100_000, 50_000),
    ]
    assert run.summary["value"] == 2 * 300 + 50
    assert run.summary["greedy_value"] == 650
    assert str(run.proposals[0]) == "O-1 → N-1: 300 kg, value 2"


def test_rules_of_pairs_are_not_asked_but_lots_and_limits_hold() -> None:
    offers = offers_of({"divisible": "no", "mass_kg": "600", "form": "REGEN_WOOL"}, {"id": "O-2", "firm": "Tessitura"})
    needs = needs_of({"min_fill_kg": "300", "blend": "yes", "max_suppliers": "1"})
    values = (("O-1", "9"), ("O-2", "1"))
    pairs = [{"offer_id": offer, "need_id": "N-1", "value": value} for offer, value in values]
    run = allocate(offers, needs, ListedPairs.from_records(pairs, offers, needs))
    assert [(p.offer_id, p.delivered_g) for p in run.proposals] == [("O-2", 300_000)]
    answer = run.why_not(offer="O-1", need="N-1")
    assert isinstance(answer, WhyNot)
    assert answer.broken == ()


@pytest.mark.parametrize("value", ["0", "-3"])
def test_a_value_that_is_not_above_nought_is_never_used(value: str) -> None:
    offers, needs = offers_of({}), needs_of({"min_fill_kg": "100"})
    pairs = ListedPairs.from_records([{"offer_id": "O-1", "need_id": "N-1", "value": value}], offers, needs)
    assert allocate(offers, needs, pairs).proposals == ()


def test_a_pair_that_is_not_listed_says_so() -> None:
    offers, needs = offers_of({}, {"id": "O-2"}), needs_of({})
    pairs = ListedPairs.from_records([{"offer_id": "O-1", "need_id": "N-1", "value": 1}], offers, needs)
    run = allocate(offers, needs, pairs)
    answer = run.why_not(offer="O-2", need="N-1")
    assert isinstance(answer, WhyNot)
    assert answer.reason == UNLISTED
    assert "not listed" in str(answer)


def test_every_problem_of_listed_pairs_has_its_place() -> None:
    offers, needs = offers_of({}), needs_of({})
    rows: list[Record] = [
        {"offer_id": "O-1", "need_id": "N-1", "value": "1", "yield": "0"},
        {"offer_id": "O-9", "need_id": "N-9", "value": "0.1234567", "yield": "1.5"},
        {"offer_id": "O-1", "need_id": "N-1", "value": "2000000", "yield": "1001"},
        {"offer_id": "", "need_id": "N-1", "value": "nan", "yield": ""},
    ]
    with pytest.raises(BadInput) as refused:
        ListedPairs.from_records(rows, offers, needs)
    assert refused.value.text("en").splitlines() == [
        "pairs line 2, yield: 0 is not greater than 0",
        "pairs line 3, offer_id: O-9 is not the id of an offer",
        "pairs line 3, need_id: N-9 is not the id of a need",
        "pairs line 3, value: 0.1234567 has more than 6 decimals",
        "pairs line 4, need_id: O-1 → N-1 is already used on line 2",
        "pairs line 4, value: 2000000 is too large",
        "pairs line 4, yield: 1001 is too large",
        "pairs line 5, offer_id: a value is required",
        "pairs line 5, value: nan is not a number",
    ]


Files = Callable[..., list[str]]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Writes the three files and gives their paths."""

    def write(pairs: list[Record], offers: list[Record] = [OFFER], needs: list[Record] = [NEED]) -> list[str]:  # noqa: B006
        paths = []
        for name, records in (("o.csv", offers), ("n.csv", needs), ("p.csv", pairs)):
            with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, records[0])
                writer.writeheader()
                writer.writerows(records)
            paths.append(str(tmp_path / name))
        return paths

    return write


def test_a_listed_run_is_written_verified_and_explained(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    given = files([{"offer_id": "O-1", "need_id": "N-1", "value": "0.25", "yield": "0.9"}])
    assert main(["allocate", *given, "--out", str(out), "--lang", "en"]) == 0
    text = (out / "proposals.csv").read_text(encoding="utf-8")
    assert text.splitlines()[1] == "O-1,N-1,,300,270,,67.5,[]"
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert (summary["scope"], summary["value"], summary["status"]) == ("listed pairs", 67.5, "optimal")
    assert set(summary["input_sha256"]) == {"offers.csv", "needs.csv", "pairs.csv", "policy.toml"}
    assert (out / "inputs" / "pairs.csv").read_bytes() == Path(given[2]).read_bytes()
    capsys.readouterr()
    assert main(["verify", str(out), "--lang", "en"]) == 0
    assert main(["explain", str(out), "O-1", "N-1", "--lang", "en"]) == 0
    assert main(["why-not", str(out), "N-1", "--lang", "en"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "scope: listed pairs" in said[0]
    assert said[1] == "O-1 → N-1: 270 kg proposed, score 0.25"
    assert said[2].startswith("N-1: 270 of 500 kg covered")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("proposals.csv", "300,270,,67.5", "290,261,,65.25"),
        ("proposals.csv", "300,270,,67.5", "300,270,0.25,67.5"),
        ("proposals.csv", "300,270,,67.5", "300,300,,75"),
        ("proposals.csv", ",67.5,", ",68.5,"),
        ("proposals.csv", "[]", '"[{}]"'),
        ("proposals.csv", "O-1,N-1", "O-2,N-1"),
        ("inputs/pairs.csv", "0.25", "0.26"),
        ("summary.json", "listed pairs", "all pairs"),
    ],
)
def test_verify_finds_what_was_altered_in_a_listed_run(
    files: Files, tmp_path: Path, file: str, old: str, new: str
) -> None:
    out = tmp_path / "run"
    given = files(
        [{"offer_id": "O-1", "need_id": "N-1", "value": "0.25", "yield": "0.9"}], [OFFER, {**OFFER, "id": "O-2"}]
    )
    assert main(["allocate", *given, "--out", str(out)]) == 0
    text = (out / file).read_text(encoding="utf-8")
    assert old in text
    (out / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert main(["verify", str(out)]) == 1


def test_problems_of_all_three_files_are_told_at_once_and_nothing_is_written(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [{"offer_id": "O-1", "need_id": "N-9", "value": "1"}]
    given = files(pairs, [{**OFFER, "mass_kg": "-5"}], [{**NEED, "mass_kg": "x"}])
    assert main(["allocate", *given, "--out", str(tmp_path / "run"), "--lang", "en"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "o.csv line 2, mass_kg: -5 is not greater than 0",
        "n.csv line 2, mass_kg: x is not a number",
    ]
    given = files([{**pairs[0], "value": ""}])
    assert main(["allocate", *given, "--out", str(tmp_path / "run"), "--lang", "it"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "p.csv line 2, need_id: N-9 non è l'id di un fabbisogno",
        "p.csv line 2, value: il valore è obbligatorio",
    ]
    assert main(["allocate", *given[:2], str(tmp_path / "none.csv"), "--out", str(tmp_path / "run")]) == 2
    assert not (tmp_path / "run").exists()


def test_a_list_without_pairs_is_an_empty_result(files: Files, tmp_path: Path) -> None:
    given = files([{"offer_id": "O-1", "need_id": "N-1", "value": "1"}])
    Path(given[2]).write_text("offer_id,need_id,value\n", encoding="utf-8")
    assert main(["allocate", *given, "--out", str(tmp_path / "run")]) == 0
    assert main(["verify", str(tmp_path / "run")]) == 0
