# SPDX-License-Identifier: AGPL-3.0-or-later
"""What changes between two runs: every proposal is new, gone, changed or as before, and the totals are theirs."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from matching import Needs, Offers, Policy, match
from matching.__main__ import main
from matching.evidence.diff import Moved, difference, shipped_by_result
from tests.matching.markets import DISTRICT, markets, needs_of, offers_of

OFFERS = offers_of(
    {"id": "O-1", "firm": "Uno", "firm_size": "small"},
    {"id": "O-2", "firm": "Due", "firm_size": "large", "lat": "43.9", "lon": "11.13"},
)
NEEDS = needs_of({"firm": "Tre", "firm_size": "micro", "mass_kg": "400"})


def test_a_forbidden_pair_goes_and_another_takes_its_place() -> None:
    """The nearer offer gives its 300 kg and the other 100; without the nearer the other gives all it has."""
    before = match(OFFERS, NEEDS)
    after = match(OFFERS, NEEDS, policy=Policy(forbids=(("O-2", "N-1"),)))
    found = before.diff(after)
    assert found.added == ()
    assert found.removed == (Moved("O-2", "N-1", (), 300_000, 0),)
    assert found.changed == (Moved("O-1", "N-1", (), 100_000, 300_000),)
    assert found.unchanged == 0
    assert (found.before.delivered_g, found.after.delivered_g) == (400_000, 300_000)
    assert (found.before.firms, found.after.firms) == (3, 2)
    assert (found.before.small_firms, found.after.small_firms) == (2, 2)
    assert (found.before.offering_firms, found.before.receiving_firms) == (2, 1)
    assert str(found).splitlines()[0] == "0 new, 1 gone, 1 with other kilograms, 0 as before"
    assert "O-1 → N-1: 100 → 300 kg" in str(found)


def test_backwards_what_was_gone_is_new() -> None:
    before = match(OFFERS, NEEDS)
    after = match(OFFERS, NEEDS.take([]))
    assert [one.offer_id for one in before.diff(after).removed] == ["O-1", "O-2"]
    assert [one.offer_id for one in after.diff(before).added] == ["O-1", "O-2"]


def test_a_firm_on_both_sides_is_served_once() -> None:
    both = match(
        offers_of({"firm": "Uno"}, {"id": "O-2", "firm": "Due"}),
        needs_of({"firm": "Due", "mass_kg": "300"}, {"id": "N-2", "firm": "Uno", "mass_kg": "300"}),
    )
    standing = both.diff(both).after
    assert (standing.offering_firms, standing.receiving_firms, standing.firms) == (2, 2, 2)


@settings(max_examples=40, deadline=None)
@given(markets(), markets())
def test_every_proposal_of_both_runs_is_accounted_for(one: tuple[Offers, Needs], other: tuple[Offers, Needs]) -> None:
    before, after = match(*one), match(*other)
    found = before.diff(after)
    ways = {(p.offer_id, p.need_id, p.processor_ids): p.delivered_g for p in before.proposals}
    for moved in (*found.added, *found.removed, *found.changed):
        key = (moved.offer_id, moved.need_id, moved.processor_ids)
        assert ways.pop(key, 0) == moved.before_g
        if moved.after_g:
            ways[key] = moved.after_g
    assert ways == {(p.offer_id, p.need_id, p.processor_ids): p.delivered_g for p in after.proposals}
    assert len(found.changed) + len(found.removed) + found.unchanged == len(before.proposals)
    assert found.after.value == sum(p.value for p in after.proposals)
    assert found.after.fit == sum(p.score_micro * p.delivered_g for p in after.proposals)
    again = before.diff(before)
    assert (again.added, again.removed, again.changed, again.unchanged) == ((), (), (), len(before.proposals))


def test_written_results_differ_as_the_runs_do() -> None:
    before, after = match(OFFERS, NEEDS), match(OFFERS, NEEDS, policy=Policy(forbids=(("O-2", "N-1"),)))
    written = difference(*(shipped_by_result(run.as_result()) for run in (before, after)))
    assert written == before.diff(after)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("diff")
    good = [str(DISTRICT / "bad" / name) for name in ("good-offers.csv", "good-needs.csv")]
    (folder / "p.toml").write_text('forbids = [["B-1", "Q-1"]]', encoding="utf-8")
    assert main(["solve", *good, "--out", str(folder / "one")]) == 0
    assert main(["solve", *good, "--out", str(folder / "two"), "--policy", str(folder / "p.toml")]) == 0
    return folder / "one", folder / "two"


@pytest.mark.parametrize(
    ("lang", "first", "last"),
    [
        ("en", "0 new proposals, 1 gone, 0 with other kilograms, 1 as before", "  B-1 → Q-1: gone 300 kg"),
        ("it", "0 proposte nuove, 1 cadute, 0 con altri chili, 1 come prima", "  B-1 → Q-1: caduta 300 kg"),
    ],
)
def test_the_command_line_tells_what_changed(
    results: tuple[Path, Path], capsys: pytest.CaptureFixture[str], lang: str, first: str, last: str
) -> None:
    capsys.readouterr()
    assert main(["diff", *map(str, results), "--lang", lang]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == (first, last)
    assert "1100 → 800 kg" in lines[1]


def test_a_folder_without_a_result_and_a_spoilt_one_are_refused(
    results: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(results[0]), str(tmp_path)]) == 2
    table = results[1] / "proposals.csv"
    whole = table.read_text(encoding="utf-8")
    for spoilt in (whole.replace("B-3", "B-9"), whole.replace(",800,800,", ",800,much,"), "nothing"):
        table.write_text(spoilt, encoding="utf-8")
        capsys.readouterr()
        assert main(["diff", *map(str, results)]) == 1
        assert capsys.readouterr().err.startswith("proposals.csv")
    table.write_text(whole, encoding="utf-8")
