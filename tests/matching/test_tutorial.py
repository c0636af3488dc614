# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tutorial says what the engine really says, and shows the pictures that its lines draw."""

import re
from pathlib import Path

import pytest

from tests.tutorial import PAGE, PICTURES, as_run, in_folder


@pytest.fixture(scope="module")
def run_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The page as it runs, and the folder of its pictures."""
    folder = tmp_path_factory.mktemp("tutorial")
    with in_folder(folder):
        return as_run(PAGE.read_text(encoding="utf-8")), folder


def test_every_line_that_the_page_prints_is_what_its_blocks_print(run_in: tuple[str, Path]) -> None:
    assert run_in[0].splitlines() == PAGE.read_text(encoding="utf-8").splitlines()


def test_the_pictures_of_the_page_are_those_that_its_blocks_draw(run_in: tuple[str, Path]) -> None:
    shown = set(re.findall(r"\(tutorial/(\w+\.png)\)", PAGE.read_text(encoding="utf-8")))
    assert shown == {picture.name for picture in run_in[1].glob("*.png")}
    assert shown == {picture.name for picture in PICTURES.glob("*.png")}
