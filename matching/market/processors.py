# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a row of PROCESSORS.csv may say."""

from typing import Any, Final

from matching.market import units
from matching.market.arrays import ints, reals, truths
from matching.market.cells import Cells, Column, layout_of, refuse_repeated_ids
from matching.market.table import Table
from matching.market.vocabulary import (
    FIBRE_NUMBER,
    FORM_NUMBER,
    REGIME_NUMBER,
    checked_fibre,
    checked_form,
    checked_process,
    checked_regime,
    plain,
)

PROCESSOR_COLUMNS: Final = (
    Column("id", units.name, required=True),
    Column("firm", units.name, required=True),
    Column("process", checked_process, required=True),
    Column("input_forms", units.bits(units.code(FORM_NUMBER, checked_form)), required=True),
    Column("output_form", units.code(FORM_NUMBER, checked_form), required=True),
    Column("yield", units.share, required=True),
    Column("capacity_kg", units.above_zero(units.MASS_PLACES), required=True),
    Column("cost_eur_kg", units.any_number(units.PRICE_PLACES), required=True),
    Column("regimes", units.bits(units.code(REGIME_NUMBER, checked_regime)), required=True),
    Column("waste_codes", units.codes(units.known_waste_code), frozenset()),
    Column("lat", units.degrees(90), required=True),
    Column("lon", units.degrees(180), required=True),
    Column("min_batch_kg", units.zero_or_more(units.MASS_PLACES), 0),
    Column("removes", units.codes(units.code(FIBRE_NUMBER, checked_fibre)), frozenset()),
    Column("eow", units.yes_no, False),
    Column("certificates", units.codes(units.certificate), frozenset()),
)
PROCESSOR_LAYOUT: Final = layout_of(PROCESSOR_COLUMNS)


def processor_fields(table: Table) -> dict[str, Any]:
    """The fields of `Processors`; raises `BadInput` with every problem of the table."""
    cells = Cells(table, PROCESSOR_COLUMNS)
    refuse_repeated_ids(cells)
    _refuse_ids_that_separate(cells)
    _refuse_batches_beyond_capacity(cells)
    cells.raise_problems()
    return {**_plant(cells), **_permits(cells), "lat": reals(cells["lat"]), "lon": reals(cells["lon"])}


def _refuse_ids_that_separate(cells: Cells) -> None:
    """`processor_ids` of a chain are read apart at their semicolons."""
    for row, (processor_id,) in cells.rows("id"):
        if ";" in processor_id:
            cells.note(row, "id", "separates_ids", value=processor_id)


def _refuse_batches_beyond_capacity(cells: Cells) -> None:
    for row, (batch, capacity) in cells.rows("min_batch_kg", "capacity_kg"):
        if batch > capacity:
            texts = {column: plain(cells.text(row, f"{column}_kg")) for column in ("min_batch", "capacity")}
            cells.note(row, "min_batch_kg", "more_than_capacity", **texts)


def _plant(cells: Cells) -> dict[str, Any]:
    return {
        "ids": tuple(cells["id"]),
        "firms": tuple(cells["firm"]),
        "process": tuple(cells["process"]),
        "input_forms": ints(cells["input_forms"], "uint64"),
        "output_form": ints(cells["output_form"], "int16"),
        "yield_ppm": ints(cells["yield"], "int64"),
        "capacity_g": ints(cells["capacity_kg"], "int64"),
        "cost_milli": ints(cells["cost_eur_kg"], "int64"),
        "min_batch_g": ints(cells["min_batch_kg"], "int64"),
        "removes": tuple(cells["removes"]),
        "texts": cells.texts(),
    }


def _permits(cells: Cells) -> dict[str, Any]:
    return {
        "regimes": ints(cells["regimes"], "uint8"),
        "waste_codes": tuple(cells["waste_codes"]),
        "eow": truths(cells["eow"]),
        "certificates": tuple(cells["certificates"]),
    }
