# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tutorial says what the engine really says, and shows the pictures that its lines draw."""

import re
from pathlib import Path

import pytest

from tests.tutorial import PAGE, PICTURES, as_run, in_folder

FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
FEW_GRAMS = 0.005  # kg: which of two plans that differ by a gram is found hangs on the last bits of a processor's sums


@pytest.fixture(scope="module")
def run_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The page as it runs, and the folder of its pictures."""
    folder = tmp_path_factory.mktemp("tutorial")
    with in_folder(folder):
        return as_run(PAGE.read_text(encoding="utf-8")), folder


def test_every_line_that_the_page_prints_is_what_its_blocks_print(run_in: tuple[str, Path]) -> None:
    (lines, figures), (printed, found) = map(lines_and_figures, (run_in[0], PAGE.read_text(encoding="utf-8")))
    assert lines == printed
    assert figures == pytest.approx(found, abs=FEW_GRAMS, rel=0)


def lines_and_figures(page: str) -> tuple[list[str], list[float]]:
    """A page without its numbers, and these."""
    return FIGURE.sub("#", page).splitlines(), [float(figure.replace(",", "")) for figure in FIGURE.findall(page)]


def test_the_pictures_of_the_page_are_those_that_its_blocks_draw(run_in: tuple[str, Path]) -> None:
    shown = set(re.findall(r"\(tutorial/(\w+\.png)\)", PAGE.read_text(encoding="utf-8")))
    assert shown == {picture.name for picture in run_in[1].glob("*.png")}
    assert shown == {picture.name for picture in PICTURES.glob("*.png")}
