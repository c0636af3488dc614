# SPDX-License-Identifier: AGPL-3.0-or-later
"""One line of cells, column by column: values that are certain, questions where they are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from marketplace.errors import N_
from marketplace.listings.sheets.amounts import Unclear, read_amount, read_mass, read_price, spelled
from marketplace.listings.sheets.conditions import read_conditions
from marketplace.listings.sheets.days import read_day, read_period
from marketplace.listings.sheets.findings import Findings
from marketplace.listings.sheets.headers import Header
from marketplace.listings.sheets.lexicon import normal, regime_words
from marketplace.listings.sheets.material import read_material
from marketplace.listings.sheets.rows import Row, Verdict
from marketplace.listings.sheets.table import Cell, Line
from marketplace.listings.values import COLUMNS, DEFAULTS
from marketplace.web.numbers import Unit
from marketplace.web.texts import Unreadable, clean
from matching.market.vocabulary import USES, WASTE_LIST, normalised_waste_code

UNKNOWN_REGIME = N_("“%(text)s” is not a legal state of the list.")
UNKNOWN_CODE = N_("“%(text)s” is not a waste code of the list.")
NEITHER = N_("“%(text)s” is neither yes nor no.")
UNKNOWN_ORIGIN = N_("“%(text)s” is neither pre- nor post-consumer.")
UNKNOWN_USE = N_("“%(text)s” is not a use of the list.")

YES = frozenset({"yes", "y", "si", "s", "true", "1", "是", "x"})
NO = frozenset({"no", "n", "false", "0", "否"})
ORIGINS = {"pre": "pre", "pre consumo": "pre", "pre consumer": "pre", "消费前": "pre"} | {
    "post": "post",
    "post consumo": "post",
    "post consumer": "post",
    "消费后": "post",
}
_KEY = re.compile(r"L-([1-9][0-9]{0,17})", re.ASCII)
_PLACES = Unit(decimals=3, least=0, most=10**14)
_COUNT = Unit(decimals=0, least=1, most=1000)
_LATITUDE = Unit(decimals=6, least=-90_000_000, most=90_000_000)
_LONGITUDE = Unit(decimals=6, least=-180_000_000, most=180_000_000)
_MOST_TEXT = {"reference": 60, "description": 4000, "quantity": 40, "unit": 20, "category_code": 10}


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of a table are read."""

    side: str
    header: Header
    mark: str
    today: date


def understood(line: Line, table: str, reading: Reading) -> Row:
    """The row of a line; its verdict is given later, when the sheet is known as a whole."""
    cells = _by_column(line, reading.header)
    found = Findings()
    # An empty cell under a heading says «not stated»; without the heading nothing is said.
    stated = {_VALUE_OF.get(column, column) for column in reading.header.columns.values()}
    found.values.update({name: DEFAULTS[name] for name in sorted(stated & COLUMNS)})
    read_material(found, cells, reading.side)
    _amounts(found, cells, reading)
    _days(found, cells, reading)
    _law(found, cells)
    _further(found, cells, reading)
    key = _identity(found, cells)
    _texts(found, cells)
    return Row(
        number=line.number,
        table=table,
        verdict=Verdict.KEPT_BACK,
        values=found.values,
        cells={name: _shown(cell) for name, cell in cells.items() if cell is not None},
        problems=tuple(found.problems),
        remarks=tuple(found.remarks),
        firm=spelled(cells.get("firm")),
        key=key,
    )


def _by_column(line: Line, header: Header) -> dict[str, Cell]:
    """Cells by column; several columns of notes are joined, fibres stand as `composition WO`."""
    cells: dict[str, Cell] = {}
    for i, column in header.columns.items():
        cell = line.cell(i)
        if column != "ignored" and cell is not None:
            before = cells.get(column)
            cells[column] = cell if before is None else f"{before} · {cell}"
    cells.update({f"composition {fibre}": line.cell(i) for i, fibre in header.fibres.items()})
    return cells


def _amounts(found: Findings, cells: Mapping[str, Cell], reading: Reading) -> None:
    mass_g, fault, remark = read_mass(cells.get("mass_kg"), reading.mark, reading.header.says_kg)
    found.values["mass_g"] = mass_g
    found.problems += [fault] if fault else []
    found.remarks += [remark] if remark else []
    price, question = read_price(cells.get("price_eur_kg"), reading.mark)
    if price is not None:
        found.values["price_milli_eur_kg"] = price
    found.problems += [question] if question else []
    for column in _THOUSANDTHS:
        if cells.get(column) is not None:
            found.keep(_VALUE_OF[column], partial(read_amount, cells[column], reading.mark, _PLACES))
    if cells.get("max_suppliers") is not None:
        found.keep("max_suppliers", partial(read_amount, cells["max_suppliers"], reading.mark, _COUNT))
    for name, unit in (("lat", _LATITUDE), ("lon", _LONGITUDE)):
        if cells.get(name) is not None:
            found.keep(name, partial(_degrees, cells[name], unit))


def _degrees(cell: Cell, unit: Unit) -> float:
    return read_amount(cell, ".", unit) / 1_000_000


_VALUE_OF = {"mass_kg": "mass_g", "price_eur_kg": "price_milli_eur_kg", "category": "category_code"} | {
    "lot_kg": "lot_g",
    "min_fill_kg": "min_fill_g",
    "length_mm": "length_um",
    "micron": "micron_milli",
    "delta_e": "delta_e_milli",
    "radius_km": "radius_m",
}
_THOUSANDTHS = ("lot_kg", "min_fill_kg", "length_mm", "micron", "delta_e", "radius_km")


def _days(found: Findings, cells: Mapping[str, Cell], reading: Reading) -> None:
    for name in ("from_day", "until_day"):
        found.keep(name, partial(read_day, cells.get(name), reading.today))
    if cells.get("period") is not None:
        try:
            found.values["from_day"], found.values["until_day"] = read_period(cells["period"], reading.today)
        except Unclear as error:
            found.fail("from_day", error, missing=True)


def _law(found: Findings, cells: Mapping[str, Cell]) -> None:
    regimes = list(
        _coded(found, cells.get("regime"), "regime", UNKNOWN_REGIME, lambda t: regime_words().get(normal(t)))
    )
    codes = list(_coded(found, cells.get("waste_codes"), "waste_codes", UNKNOWN_CODE, _waste_code))
    found.values.update({name: ";".join(held) for name, held in (("regime", regimes), ("waste_codes", codes)) if held})
    if cells.get("origin") is not None:
        origin = ORIGINS.get(normal(spelled(cells["origin"])))
        if origin is None:
            found.ask("origin", UNKNOWN_ORIGIN, text=spelled(cells["origin"])[:60])
        else:
            found.values["origin"] = origin


def _waste_code(text: str) -> str | None:
    return text if text in WASTE_LIST else normalised_waste_code(text)


def _coded(found: Findings, cell: Cell, name: str, words: str, code_of: Callable[[str], str | None]) -> Iterator[str]:
    for part in spelled(cell).split(";") if cell is not None else []:
        code = code_of(part.strip())
        if code is None:
            found.ask(name, words, missing=False, text=part.strip()[:60])
        else:
            yield code


def _further(found: Findings, cells: Mapping[str, Cell], reading: Reading) -> None:
    for name in ("divisible", "blend"):
        _yes_or_no(found, name, cells.get(name))
    if cells.get("certificates") is not None:
        words = re.split(r"[;,/]", spelled(cells["certificates"]).upper().replace("OEKO-TEX", "OEKOTEX"))
        found.values["certificates"] = ";".join(word.strip().replace(" ", "_") for word in words if word.strip())
    use = spelled(cells.get("use"))
    if use in USES:
        found.values["use"] = use
    elif use:
        found.ask("use", UNKNOWN_USE, missing=False, text=use[:60])
    for name, value in read_conditions(cells.get("notes"), reading.side).items():
        if not found.values.get(name):
            found.values[name] = value


def _yes_or_no(found: Findings, name: str, cell: Cell) -> None:
    text = normal(spelled(cell))
    if text in YES or text in NO:
        found.values[name] = text in YES
    elif cell is not None:
        found.ask(name, NEITHER, missing=False, text=text[:60])


def _identity(found: Findings, cells: Mapping[str, Cell]) -> int | None:
    """The key of the listing for an id that we wrote ourselves; any other id is the firm's own name for it."""
    own = _KEY.fullmatch(spelled(cells.get("id")))
    names = ("reference",) if own else ("reference", "id")
    reference = next((cells[name] for name in names if cells.get(name) is not None), None)
    if reference is not None:
        found.values["reference"] = spelled(reference)
    return int(own[1]) if own else None


def _texts(found: Findings, cells: Mapping[str, Cell]) -> None:
    told = [*found.told, *(str(cells[name]) for name in ("description", "notes") if cells.get(name) is not None)]
    if told:
        found.values["description"] = " · ".join(told)
    for column, name in (("category", "category_code"), ("unit", "unit"), ("quantity", "quantity")):
        if cells.get(column) is not None:
            found.values[name] = spelled(cells[column])
    for name, most in _MOST_TEXT.items():
        if name in found.values:
            _check_text(found, name, most)


def _check_text(found: Findings, name: str, most: int) -> None:
    try:
        found.values[name] = clean(found.values[name], lines=name == "description")[:most]
    except Unreadable as error:
        found.values[name] = ""
        found.ask(name, error.words, missing=False)


def _shown(cell: Cell) -> str:
    return "".join(c if c.isprintable() else " " for c in str(cell))[:200]
