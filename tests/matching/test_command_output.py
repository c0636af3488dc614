# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the command line found does not depend on who reads it, and each problem is one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matching.__main__ import main

BAD = Path(__file__).parents[2] / "marketplace" / "demo" / "district" / "bad"
GOOD = (BAD / "good-offers.csv", BAD / "good-needs.csv")


@pytest.fixture
def solved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["solve", *map(str, GOOD), "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    return tmp_path / "run"


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252"])
def test_a_terminal_that_lacks_a_sign_gets_the_answer_all_the_same(tmp_path: Path, encoding: str) -> None:
    command = [sys.executable, "-m", "matching", "solve", *map(str, GOOD), "--out", str(tmp_path / "run")]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([*command, "--lang", "zh"], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"1100 kg" in done.stdout


def test_who_stops_reading_does_not_make_a_good_result_a_bad_one(solved: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "matching", "verify", str(solved)]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("sign", ["\n", "\0", "\x1b", "\u2028"])
def test_a_column_with_an_unprintable_name_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sign: str
) -> None:
    header, rest = GOOD[0].read_text(encoding="utf-8").split("\n", 1)
    offers = tmp_path / "offers.csv"
    offers.write_text(header.replace("colour", f'"col{sign}our"') + "\n" + rest, encoding="utf-8")
    assert main(["solve", str(offers), str(GOOD[1]), "--out", str(tmp_path / "run"), "--lang", "en"]) == 2
    shown = sign.encode("unicode_escape").decode("ascii")
    told = capsys.readouterr().err
    assert told == f"offers.csv line 1, col{shown}our: unknown column; did you mean colour?\n"
