# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run as a folder: inputs kept byte for byte, proposals, prices, figures; written whole or not at all."""

import csv
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from matching.console.inputs import PAIRS, Inputs, kept_inputs
from matching.console.refused import Refused
from matching.evidence.claims import Fault, Result
from matching.evidence.proposed import PROPOSAL_COLUMNS
from matching.evidence.run import PAIR_COLUMNS, PRICE_COLUMNS, Run

INPUTS: Final = "inputs"
PROPOSALS: Final = "proposals.csv"
PRICES: Final = "prices.csv"
SUMMARY: Final = "summary.json"
_QUOTE: Final = '"'
_misleading = re.compile('[,"\\r\\n]').search


def write_result(folder: Path, inputs: Inputs, run: Run, *, with_pairs: bool) -> None:
    """Replaces the folder by this run's, whole; on any error an earlier result stays as it was."""
    folder = folder.resolve()
    refuse_foreign_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh.chmod(0o755)
        _fill(fresh, inputs, run, with_pairs=with_pairs)
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def refuse_foreign_folder(folder: Path) -> None:
    """Raises `Refused` where the folder holds something else than an earlier result."""
    if folder.exists() and not folder.is_dir():
        raise Refused("folder_is_file", folder=folder)
    try:
        foreign = folder.exists() and any(folder.iterdir()) and not (folder / SUMMARY).is_file()
    except OSError as error:
        raise Refused("folder_unwritable", folder=folder, value=error.strerror) from error
    if foreign:
        raise Refused("folder_foreign", folder=folder)


def _fill(fresh: Path, inputs: Inputs, run: Run, *, with_pairs: bool) -> None:
    (fresh / INPUTS).mkdir()
    for name, data in inputs.content.items():
        (fresh / INPUTS / name).write_bytes(data)
    _write_rows(fresh / PROPOSALS, PROPOSAL_COLUMNS, run.proposal_rows())
    _write_rows(fresh / PRICES, PRICE_COLUMNS, run.price_rows())
    if with_pairs:
        _write_rows(fresh / PAIRS, PAIR_COLUMNS, run.pair_rows())
    summary = {**run.summary, "input_sha256": inputs.digests()}
    text = json.dumps(summary, ensure_ascii=False, indent=2, allow_nan=False)
    (fresh / SUMMARY).write_text(text + "\n", encoding="utf-8")


def _swap(fresh: Path, folder: Path) -> None:
    """The old folder steps aside for an instant; it is put back if the new one can't take its place."""
    if not folder.exists():
        fresh.rename(folder)
        return
    aside = fresh.with_name(fresh.name + "-old")
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    listed = list(rows)
    texts = [cells_of([column, *map(itemgetter(column), listed)]) for column in columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in map(",".join, zip(*texts, strict=True)))


def cells_of(column: list[str]) -> list[str]:
    """What `csv` writes of a column of several, in a fraction of the time: only what could mislead stands in quotes."""
    if not _misleading("".join(column)):
        return column
    return [f'"{text.replace(_QUOTE, _QUOTE * 2)}"' if _misleading(text) else text for text in column]


def read_result(folder: Path) -> tuple[Result, list[Fault]]:
    """A result as it stands in a folder, with the faults of its files; `Refused` if it can't be read."""
    if not (folder / SUMMARY).is_file():
        raise Refused("folder_no_result", folder=folder)
    inputs = kept_inputs(folder / INPUTS)
    faults: list[Fault] = []
    summary = _kept_summary(folder / SUMMARY, faults)
    faults += _digest_faults(summary, inputs)
    proposals = kept_rows(folder / PROPOSALS, PROPOSAL_COLUMNS, faults)
    prices = kept_rows(folder / PRICES, PRICE_COLUMNS, faults)
    plants = None if inputs.processors is None else inputs.processors.by_id()
    asked = inputs.offers.by_id(), inputs.needs.by_id(), inputs.policy
    return Result(*asked, proposals, prices, summary, plants, inputs.pairs), faults


def _kept_summary(path: Path, faults: list[Fault]) -> dict[str, Any]:
    try:
        summary = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        faults.append(Fault("malformed", SUMMARY, str(error)))
        return {}
    if isinstance(summary, dict):
        return summary
    faults.append(Fault("malformed", SUMMARY, "not an object"))
    return {}


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are told once; of two figures under one name a reader would choose one."""
    told = dict(members)
    if len(told) != len(members):
        twice = next(name for at, (name, _) in enumerate(members) if name in dict(members[:at]))
        raise ValueError(f"{twice} is told twice")
    return told


def _digest_faults(summary: Mapping[str, Any], inputs: Inputs) -> list[Fault]:
    if summary.get("input_sha256") == inputs.digests():
        return []
    return [Fault("inputs", SUMMARY, "input_sha256 is not that of the files in inputs/")]


def kept_rows(path: Path, columns: Sequence[str], faults: list[Fault]) -> list[dict[str, str]]:
    """Rows by column; what isn't a row of this header becomes a fault."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file, strict=True)) or [[]]
    except (OSError, ValueError, csv.Error) as error:
        faults.append(Fault("malformed", path.name, str(error)))
        return []
    if tuple(header) != tuple(columns):
        faults.append(Fault("malformed", f"{path.name} line 1", f"the columns are not {', '.join(columns)}"))
        return []
    for line, row in enumerate(rows, start=2):
        if len(row) != len(columns):
            faults.append(Fault("malformed", f"{path.name} line {line}", f"{len(row)} cells"))
    return [dict(zip(columns, row, strict=True)) for row in rows if len(row) == len(columns)]
