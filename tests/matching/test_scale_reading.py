# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading whole columns at once gives the values and the complaints of reading cell by cell."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.markets import Recipe, write_market
from matching.market import csv_file, units
from matching.market.bulk import UNREAD, ReadsMany, decimals
from matching.market.columns import Needs, Offers
from matching.market.errors import BadInput
from matching.market.table import Layout
from matching.market.vocabulary import Wrong
from tests.matching.markets import DISTRICT

READERS: list[Any] = [
    units.above_zero(3),
    units.zero_or_more(3),
    units.any_number(3),
    units.degrees(90),
    units.name,
    units.prose,
]
TEXTS = st.lists(
    st.one_of(
        st.text("0123456789.-", max_size=22),
        st.text("01.-+,e \0٣²\u2028è", max_size=5),
        st.decimals(-200, 200, places=4).map(str),
        st.sampled_from(["1e3", "NaN", "-0", "0.0", "-.5", "5.", "1000000000.001", "9" * 15, "9" * 16, "90", "-90.0"]),
    ),
    max_size=8,
)


@settings(deadline=None)
@pytest.mark.parametrize("reader", READERS)
@given(texts=TEXTS)
def test_what_a_column_reads_is_what_its_cells_say(reader: Any, texts: list[str]) -> None:
    assert isinstance(reader, ReadsMany)
    for text, value in zip(texts, reader.many(texts), strict=True):
        if value is not UNREAD:
            assert value == reader(text)
            assert type(value) is type(reader(text))


@given(st.lists(st.decimals(-(10**9), 10**9, places=3).map(lambda number: format(number, "f")), min_size=1))
def test_plain_numbers_are_read_at_once(texts: list[str]) -> None:
    values, sure = decimals(texts, 3)
    assert sure.all()
    assert values.tolist() == [units.any_number(3)(text) for text in texts]


def test_a_number_too_long_to_be_held_is_left_alone() -> None:
    assert not decimals(["18446744074"], 9)[1].any()  # would be 0.29 once it has gone round


def test_a_number_with_a_hidden_end_is_left_alone() -> None:
    assert not decimals(["5\0", "\x005", "5\0\0.5"], 3)[1].any()
    with pytest.raises(Wrong):
        units.above_zero(3)("5\0")


CELLS = st.text(st.sampled_from('ab"\r\n \t\u3000,'), max_size=12)
LAYOUT = Layout(("a", "b"), frozenset())


def told(text: str) -> tuple[object, ...]:
    """Columns, lines and problems of a text, or why it is no table."""
    try:
        table = csv_file.table_of_bytes("x", text.encode(), LAYOUT)
    except BadInput as error:
        return error.problems
    columns = {name: list(cells) for name, cells in table.columns.items()}
    return columns, list(table.lines), table.problems


@settings(max_examples=500)
@given(st.lists(CELLS, max_size=6).map("\n".join))
@example("a,b\n1,2\n")
@example("a,b\r\n 1\t,\u3000\r\n,\r\n3,4")
@example("a,b\n1\n2,3,4\n")
@example(f"a,b\n1,{'x' * 200_000}\n")
def test_columns_split_at_once_are_the_rows_split_one_by_one(text: str) -> None:
    at_once = told(text)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(csv_file, "_plain_columns", lambda text: None)
        assert at_once == told(text)


@pytest.mark.parametrize("kind", [Offers, Needs])
def test_the_district_reads_the_same_at_once_and_row_by_row(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (DISTRICT / f"{kind.kind.name}.csv").read_bytes()
    at_once = kind.from_csv("x", data)
    monkeypatch.setattr(csv_file, "_plain_columns", lambda text: None)
    for reader in (units.Number, units.Degrees, type(units.name), type(units.prose)):
        monkeypatch.setattr(reader, "many", lambda self, texts: [UNREAD] * len(texts))
    one_by_one = kind.from_csv("x", data)
    for name in at_once.__slots__:
        column, other = getattr(at_once, name), getattr(one_by_one, name)
        assert np.array_equal(column, other, equal_nan=True) if column.__class__ is np.ndarray else column == other


def test_every_complaint_stands_at_its_line_among_plain_rows(tmp_path: Path) -> None:
    path, _ = write_market(Recipe(300), tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    columns = lines[0].split(",")
    for line, column, text in ((7, "mass_kg", "1e3"), (9, "lat", "91"), (11, "price_eur_kg", "1.2345"), (13, "id", "")):
        cells = lines[line - 1].split(",")
        cells[columns.index(column)] = text
        lines[line - 1] = ",".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        Offers.read_csv(path)
    told = [(problem.line, problem.column, problem.key) for problem in caught.value.problems]
    assert told == [
        (7, "mass_kg", "not_a_number"),
        (9, "lat", "not_between"),
        (11, "price_eur_kg", "too_many_decimals"),
        (13, "id", "required"),
    ]
