# SPDX-License-Identifier: AGPL-3.0-or-later
"""CSV files as formats.md wants them: UTF-8, a header, `,` between columns, every row as long as the header.

Whatever else arrives (other separators, other encodings, broken quotes, ragged rows, NUL bytes, cells without
end) becomes problems with a place, never an exception of a parser.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from matching.market.errors import BadInput, Problem
from matching.market.table import HEADER_LINE, Layout, Table, check_header
from matching.market.vocabulary import Fault

Row = tuple[int, list[str] | Fault]  # the line where it starts, and its cells

OTHER_SEPARATORS: Final = {";": ";", "\t": "tab", "|": "|"}
_COMMA: Final = ord(",")
_LINE_END: Final = ord("\n")
UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


def read_file(path: Path, layout: Layout) -> bytes:
    """The file's bytes; `BadInput` if it can't be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise _no_table(path.name, layout, unreadable(error)) from error


def table_of_bytes(file: str, data: bytes, layout: Layout) -> Table:
    """The texts in a file's bytes and the problems of their shape; `BadInput` at once if there is no table at all."""
    if data.startswith(UTF_16_MARKS):
        raise _no_table(file, layout, Fault("not_utf8"))
    text = data.decode("utf-8-sig", errors="surrogateescape")  # stray bytes are told cell by cell
    columns = _plain_columns(text)
    if columns is not None:
        return _plain_table(file, columns, layout)
    rows = list(_rows(text))
    if not rows:
        raise _no_table(file, layout, Fault("empty_file"))
    (_, header), *body = rows
    if isinstance(header, Fault):
        raise _no_table(file, layout, header)
    _refuse_other_separators(file, header, layout)
    return _table(file, header, body, layout)


def _plain_columns(text: str) -> list[tuple[str, ...]] | None:
    """The cells by column, header first, at once: where nothing is quoted and every row is as long as the header."""
    if '"' in text or text.count("\r") != text.count("\r\n"):
        return None
    lines = text.replace("\r\n", "\n").removesuffix("\n")
    width = lines.partition("\n")[0].count(",") + 1
    if not _is_even(lines.encode("utf-8", errors="surrogateescape"), width):
        return None
    cells = list(map(str.strip, lines.replace("\n", ",").split(",")))
    columns = [tuple(cells[place::width]) for place in range(width)]  # Python's collector leaves tuples of texts alone
    return None if "" in columns[0] else columns  # a row may say nothing


def _is_even(data: bytes, width: int) -> bool:
    """Whether every line has so many cells, none of them too long."""
    signs = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero((signs == _COMMA) | (signs == _LINE_END))
    if (len(ends) + 1) % width or np.diff(ends, prepend=-1, append=len(signs)).max() > csv.field_size_limit():
        return False
    between = np.append(signs[ends], np.uint8(_LINE_END)).reshape(-1, width)
    return bool((between[:, :-1] == _COMMA).all() and (between[:, -1] == _LINE_END).all())


def _plain_table(file: str, columns: Sequence[tuple[str, ...]], layout: Layout) -> Table:
    header = [column[0] for column in columns]
    _refuse_other_separators(file, header, layout)
    table = Table(file, {}, range(HEADER_LINE + 1, HEADER_LINE + len(columns[0])))
    check_header(table, header, layout)
    table.columns = {name: column[1:] for name, column in zip(header, columns, strict=True)}
    return table


def _rows(text: str) -> Iterator[Row]:
    """Each row that says anything, with the line where it starts; a fault in place of one that can't be split."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield line, _unsplittable(error)
            continue
        if any(cells):
            yield line, cells


def _table(file: str, header: list[str], body: Sequence[Row], layout: Layout) -> Table:
    table = Table(file, {}, [])
    check_header(table, header, layout)
    lines, kept = [], []
    for line, cells in body:
        if isinstance(cells, Fault):
            table.note(line, header[0], cells)
        elif len(cells) != len(header):
            table.note(line, *_ragged(cells, header))
        else:
            lines.append(line)
            kept.append(cells)
    texts = zip(*kept, strict=True) if kept else [()] * len(header)
    table.lines, table.columns = lines, dict(zip(header, texts, strict=True))
    return table


def _ragged(cells: list[str], header: list[str]) -> tuple[str, Fault]:
    counts = {"found": str(len(cells)), "expected": str(len(header))}
    if len(cells) > len(header):
        return header[-1], Fault("row_too_long", counts)
    return header[len(cells)], Fault("row_too_short", counts)


def _refuse_other_separators(file: str, header: list[str], layout: Layout) -> None:
    for separator, shown in OTHER_SEPARATORS.items():
        names = [name.strip(' "') for name in ",".join(header).split(separator)]
        if len(set(names) & set(layout.known)) > 1:
            raise _no_table(file, layout, Fault("other_separator", {"separator": shown}))


def _no_table(file: str, layout: Layout, fault: Fault) -> BadInput:
    return BadInput([Problem(file, HEADER_LINE, layout.known[0], fault)])


def unreadable(error: OSError) -> Fault:
    """Why a file can't be read."""
    if isinstance(error, FileNotFoundError):
        return Fault("no_such_file")
    return Fault("unreadable_file", {"value": error.strerror or str(error)})


def _unsplittable(error: csv.Error) -> Fault:
    if "field larger" in str(error):
        return Fault("cell_too_long", {"limit": str(csv.field_size_limit())})
    return Fault("broken_quotes")
