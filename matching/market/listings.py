# SPDX-License-Identifier: AGPL-3.0-or-later
"""What offers, needs and processors have in common: how they are made, counted, chosen from and shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from matching.market.csv_file import read_file, table_of_bytes
from matching.market.records import table_of_columns, table_of_records
from matching.market.rows import taken_columns
from matching.market.table import Layout, Table
from matching.market.texts import Texts


@dataclass(frozen=True, slots=True)
class Kind:
    """What the table is called in messages, its columns, and how they become fields."""

    name: str
    layout: Layout
    fields: Callable[[Table], dict[str, Any]]


class Listings:
    """The base of `Offers`, `Needs` and `Processors`."""

    __slots__: tuple[str, ...] = ()

    kind: ClassVar[Kind]
    ids: tuple[str, ...]
    texts: Texts

    @classmethod
    def read_csv(cls, path: str | Path) -> Self:
        """Reads a file in the format of docs/formats.md; raises `BadInput` with every problem."""
        return cls.from_csv(Path(path).name, read_file(Path(path), cls.kind.layout))

    @classmethod
    def from_csv(cls, file: str, data: bytes) -> Self:
        """Takes the bytes of such a file, called `file` in problems."""
        return cls(**cls.kind.fields(table_of_bytes(file, data, cls.kind.layout)))

    @classmethod
    def from_columns(cls, columns: Mapping[str, Sequence[object]]) -> Self:
        """Takes the columns of the file format as sequences; the same checks as `read_csv`."""
        return cls(**cls.kind.fields(table_of_columns(cls.kind.name, columns, cls.kind.layout)))

    @classmethod
    def from_records(cls, records: Iterable[Mapping[str, object]]) -> Self:
        """Takes one mapping per listing; the same checks as `read_csv`."""
        return cls(**cls.kind.fields(table_of_records(cls.kind.name, records, cls.kind.layout)))

    def __len__(self) -> int:
        return len(self.ids)

    def record(self, row: int) -> dict[str, str]:
        """The texts of one listing by column, as they were typed."""
        return self.texts.record(row)

    def take(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> Self:
        """The listings at these places, in this order."""
        columns = {name: getattr(self, name) for name in self.__slots__}
        return type(self)(**taken_columns(columns, np.asarray(rows, dtype=np.int64)))

    def by_id(self) -> Self:
        """The same in the order of their ids, so that the order of rows changes nothing."""
        order = sorted(range(len(self)), key=self.ids.__getitem__)
        return self if order == list(range(len(self))) else self.take(order)
