# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that are hardly tables: each gets problems with a place, never an exception of a parser."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.market.columns import Offers
from matching.market.errors import BadInput

HEADER = "id,firm,form,mass_kg,composition,regime,origin,lat,lon,description"
GOOD = "O-1,F-1,SELVEDGE,320,WO:85;PA:15,BYPRODUCT,pre,43.9,11.0,cimosse"


def answers(path: Path, content: str | bytes) -> list[str]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    try:
        Offers.read_csv(path)
    except BadInput as refusal:
        return refusal.text("en").splitlines()
    return []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "o.csv"


def test_a_good_file_has_no_problems(file: Path) -> None:
    assert answers(file, f"{HEADER}\n{GOOD}\n") == []


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_all_three_line_endings_are_read_and_counted(file: Path, ending: str) -> None:
    bad = GOOD.replace("320", "0")
    assert answers(file, ending.join([HEADER, "", bad])) == ["o.csv line 3, mass_kg: 0 is not greater than 0"]


def test_a_row_stands_at_the_line_where_it_starts(file: Path) -> None:
    first = GOOD.replace("cimosse", '"two\nlines"')
    second = GOOD.replace("O-1", "O-2").replace("320", "-1")
    assert answers(file, "\n".join([HEADER, first, second])) == ["o.csv line 4, mass_kg: -1 is not greater than 0"]


def test_empty_rows_say_nothing(file: Path) -> None:
    assert answers(file, f"\n{HEADER}\n,,,,,,,,,\n\n{GOOD}\n\n") == []


def test_spaces_around_cells_are_no_part_of_them(file: Path) -> None:
    assert answers(file, f"{HEADER.replace(',', ' , ')}\n{GOOD.replace(',', ' , ')}") == []


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", " \n"])
def test_a_file_that_says_nothing_is_empty(file: Path, content: str) -> None:
    assert answers(file, content) == ["o.csv line 1, id: the file is empty; a header is expected"]


def test_rows_longer_or_shorter_than_the_header_are_told_once_each(file: Path) -> None:
    long, short = GOOD + ",con virgola", "O-3,F-1,SELVEDGE"
    assert answers(file, "\n".join([HEADER, long, short])) == [
        "o.csv line 2, description: the row has 11 cells, the header 10; a text with a comma needs quotation marks",
        "o.csv line 3, mass_kg: the row has 3 cells, the header 10",
    ]


def test_missing_repeated_and_nameless_columns_are_named(file: Path) -> None:
    header = HEADER.replace("regime", "firm").replace("origin", "").replace("mass_kg", "mass")
    assert answers(file, header) == [
        "o.csv line 1, firm: this column appears twice",
        "o.csv line 1, mass: unknown column; did you mean mass_kg?",
        "o.csv line 1, mass_kg: this column is required",
        "o.csv line 1, regime: this column is required",
        "o.csv line 1, origin: this column is required",
        "o.csv line 1, 7: this column has no name",
    ]


def test_column_names_in_capitals_are_unknown_but_understood(file: Path) -> None:
    lines = answers(file, HEADER.replace("description", "Description"))
    assert lines == ["o.csv line 1, Description: unknown column; did you mean description?"]


@pytest.mark.parametrize(("separator", "shown"), [(";", ";"), ("\t", "tab"), ("|", "|")])
def test_another_separator_is_told_in_one_line(file: Path, separator: str, shown: str) -> None:
    content = f"{HEADER}\n{GOOD}".replace(",", separator)
    words = f'the columns are separated by "{shown}"; the engine reads "," and decimal points'
    assert answers(file, content) == [f"o.csv line 1, id: {words}"]


def test_a_cell_that_is_not_utf8_is_pointed_at(file: Path) -> None:
    latin = f"{HEADER}\n{GOOD.replace('cimosse', 'qualità')}".encode("latin-1")
    assert answers(file, latin) == ["o.csv line 2, description: qualit\\udce0 is not UTF-8"]


def test_utf16_is_told_in_one_line(file: Path) -> None:
    assert answers(file, f"{HEADER}\n{GOOD}".encode("utf-16")) == ["o.csv line 1, id: the file is not UTF-8"]


def test_nul_bytes_are_pointed_at(file: Path) -> None:
    row = GOOD.replace("cimosse", "a\0b")
    assert answers(file, f"{HEADER}\n{row}") == [
        "o.csv line 2, description: a\\x00b has characters that can't be printed"
    ]


def test_an_id_on_two_lines_is_refused(file: Path) -> None:
    row = GOOD.replace("O-1", '"O\n1"')
    assert answers(file, f"{HEADER}\n{row}") == ["o.csv line 2, id: O\\n1 has characters that can't be printed"]


def test_an_open_quotation_mark_is_told_where_its_row_starts(file: Path) -> None:
    content = "\n".join([HEADER, GOOD, GOOD.replace("cimosse", '"cimosse'), GOOD])
    words = "a quotation mark in this row is not closed or not doubled"
    assert answers(file, content) == [f"o.csv line 3, id: {words}"]


def test_rows_after_one_with_broken_quotes_are_still_checked(file: Path) -> None:
    content = "\n".join([HEADER, GOOD.replace("cimosse", '"a"b'), GOOD.replace("320", "x")])
    assert [line.split(":")[0] for line in answers(file, content)] == ["o.csv line 2, id", "o.csv line 3, mass_kg"]


def test_a_cell_without_end_is_refused(file: Path) -> None:
    content = f"{HEADER}\n{GOOD.replace('cimosse', 'x' * (csv.field_size_limit() + 1))}"
    assert answers(file, content) == ["o.csv line 2, id: a cell of this row is longer than 131072 characters"]


def test_a_missing_file_and_a_folder_are_problems_too(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such file"):
        Offers.read_csv(tmp_path / "none.csv")
    with pytest.raises(BadInput, match="the file can't be read"):
        Offers.read_csv(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_sentences(file: Path, content: bytes) -> None:
    assert answers(file, content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=10, max_size=10))
def test_any_cells_are_read_or_refused_with_a_place(file: Path, cells: list[str]) -> None:
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    for line in answers(file, f"{HEADER}\n{row}"):
        assert line.startswith("o.csv line 2, ")
