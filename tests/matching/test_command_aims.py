# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command line follows a policy of several aims, holds on to an earlier result, and says what that came to."""

from pathlib import Path

import pytest

from matching.__main__ import main
from tests.matching.markets import NEED, OFFER, Record

SMALL: Record = {"firm_size": "micro"}


def written(path: Path, *records: Record) -> str:
    """A CSV file of these records."""
    lines = [",".join(records[0]), *(",".join(str(cell) for cell in record.values()) for record in records)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def market(tmp_path: Path) -> tuple[str, str]:
    offers = written(tmp_path / "offers.csv", {**OFFER, **SMALL}, {**OFFER, **SMALL, "id": "O-2", "firm": "Cernita"})
    return offers, written(tmp_path / "needs.csv", {**NEED, **SMALL})


def test_several_aims_are_written_told_and_verified(
    tmp_path: Path, market: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    before, after, policy = str(tmp_path / "before"), tmp_path / "after", tmp_path / "policy.toml"
    policy.write_text('preset = "small firms first"\n[stability]\ntax = 0.01\n', encoding="utf-8")
    assert main(["solve", *market, "--out", before, "--lang", "en"]) == 0
    asked = ["--policy", str(policy), "--previous", before]
    assert main(["solve", *market, "--out", str(after), *asked, "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "price of fairness: " in said
    assert "500 kg stay where they were, 0 kg move" in said
    assert "kept = [[" in (after / "inputs" / "policy.toml").read_text(encoding="utf-8")
    assert main(["verify", str(after)]) == 0


def test_an_earlier_result_without_a_tax_is_refused(
    tmp_path: Path, market: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = str(tmp_path / "before")
    assert main(["solve", *market, "--out", before]) == 0
    assert main(["solve", *market, "--out", str(tmp_path / "x"), "--previous", before, "--lang", "en"]) == 2
    assert capsys.readouterr().err == "--previous needs a tax in [stability] of the policy\n"
