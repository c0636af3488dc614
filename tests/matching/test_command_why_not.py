# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m matching why-not`: the reason of a pair, and what would help a listing, in three languages."""

from pathlib import Path

import pytest

from matching.__main__ import main
from tests.matching.markets import DISTRICT, NEED, OFFER, Record


@pytest.fixture(scope="module")
def district_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("why-not") / "run"
    assert main(["solve", str(DISTRICT / "offers.csv"), str(DISTRICT / "needs.csv"), "--out", str(out)]) == 0
    return out


def said(capsys: pytest.CaptureFixture[str], folder: Path, *ids: str, lang: str = "en") -> list[str]:
    capsys.readouterr()
    assert main(["why-not", str(folder), *ids, "--lang", lang]) == 0
    return capsys.readouterr().out.splitlines()


def solved(folder: Path, offers: list[Record], needs: list[Record], policy: str = "") -> Path:
    for name, records in (("o.csv", offers), ("n.csv", needs)):
        rows = [",".join(records[0]), *(",".join(map(str, record.values())) for record in records)]
        (folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "p.toml").write_text(policy, encoding="utf-8")
    files = [str(folder / name) for name in ("o.csv", "n.csv")]
    assert main(["solve", *files, "--policy", str(folder / "p.toml"), "--out", str(folder / "run")]) == 0
    return folder / "run"


def test_a_near_miss_is_answered_with_the_planted_change(
    district_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = said(capsys, district_run, "N-001")
    assert lines[0] == "N-001: 0 of 240 kg covered, 0 compatible offers"
    assert "  radius keeps 4 away, 1 of them alone" in lines
    assert lines[-1] == "  N-001, radius_km: 24 → 26.682 brings 240 kg (O-137)"


def test_the_same_change_helps_the_offer(district_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, district_run, "O-137")
    assert lines[0] == "O-137: 0 of 240 kg placed, 0 compatible needs"
    assert "  N-001, radius_km: 24 → 26.682 brings 240 kg (N-001)" in lines


def test_a_pair_hears_its_rule_its_proposal_or_who_outbid_it(
    district_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, district_run, "O-137", "N-001") == [
        "O-137 → N-001: not possible",
        "  radius: 26.682 km (allowed: ≤ 24 km)",
    ]
    assert said(capsys, district_run, "O-098", "N-051")[0].startswith("O-098 → N-051: 500 kg proposed, score 0.")
    outbid = said(capsys, district_run, "O-008", "N-057")
    assert outbid[0].startswith("O-008 → N-057: possible, score 0.")
    assert [line.split()[-5:] for line in outbid[2:3]] == [["would", "make", "up", "for", "it"]]
    assert outbid[-1] == "  O-008 goes to N-019 850 kg, N-006 350 kg"
    assert said(capsys, district_run, "O-158", "N-048")[1:] == [
        "  others serve both sides just as well",
        "  O-158 goes to N-038 640 kg",
    ]


def test_a_forbidden_pair_is_the_policy_s_doing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = solved(tmp_path, [OFFER], [NEED], 'forbids = [["O-1", "N-1"]]')
    assert said(capsys, folder, "O-1", "N-1")[1] == "  the policy forbids this pair"


def test_under_another_objective_a_pair_has_a_value_and_its_unit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rival = {**NEED, "id": "N-2", "firm": "Altri", "price_eur_kg": "1.4"}
    folder = solved(tmp_path, [{**OFFER, "mass_kg": "500"}], [NEED, rival], '[[objective]]\nkind = "mass"\n')
    lines = [said(capsys, folder, "O-1", need)[0] for need in ("N-1", "N-2")]
    assert sorted(line.split(": ")[1] for line in lines) == [
        "500 kg proposed, worth 1 a kilogram (kg)",
        "possible, worth 1 a kilogram (kg), not proposed",
    ]


def test_a_value_to_be_stated_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = solved(tmp_path, [{**OFFER, "micron": ""}], [NEED])
    assert said(capsys, folder, "N-1")[-1] == "  O-1, micron: to be stated; with a fitting value 300 kg (O-1)"


def test_an_id_of_both_sides_is_answered_for_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = solved(tmp_path, [{**OFFER, "id": "X"}], [{**NEED, "id": "X"}])
    lines = said(capsys, folder, "X")
    assert lines == [
        "X: 300 of 300 kg placed, 1 compatible needs",
        "X: 300 of 500 kg covered, 1 compatible offers",
    ]


def test_unknown_ids_and_folders_are_refused(
    district_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    asked = (["X"], ["X", "N-001"], ["O-137", "X"])
    statuses = [main(["why-not", str(district_run), *ids, "--lang", "en"]) for ids in asked]
    assert statuses == [2, 2, 2]
    assert capsys.readouterr().err.splitlines() == [
        "X is neither an offer nor a need of this result",
        "X is not an offer of this result",
        "X is not a need of this result",
    ]
    assert main(["why-not", str(tmp_path / "none"), "N-001"]) == 2


def test_a_spoilt_result_is_not_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = solved(tmp_path, [OFFER], [NEED])
    (folder / "proposals.csv").write_text("nothing\n", encoding="utf-8")
    assert main(["why-not", str(folder), "N-1"]) == 1
    assert "proposals.csv line 1" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["it", "zh"])
def test_answers_are_worded_in_every_language(
    district_run: Path, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    for ids in (("N-057",), ("O-137",), ("O-008", "N-057"), ("O-158", "N-048")):
        text = " ".join(said(capsys, district_run, *ids, lang=lang))
        assert not {"keeps", "away", "brings", "goes", "elsewhere"} & set(text.split())
