# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a row of NEEDS.csv may say, and what its cells may not say together."""

from typing import Any, Final

from matching.market import units
from matching.market.arrays import bound_arrays, colour_arrays, ints, price_arrays, reals, truths
from matching.market.cells import Cells, Column, layout_of, refuse_repeated_ids
from matching.market.days import DAY_MAX, DAY_MIN, refuse_reversed_window
from matching.market.offers import refuse_more_than_mass
from matching.market.table import Table
from matching.market.vocabulary import (
    FIRM_SIZES,
    FORM_NUMBER,
    REGIME_NUMBER,
    USES,
    Colour,
    checked_form,
    checked_regime,
    parse_bounds,
    parse_colour,
)

NO_COLOUR: Final = Colour(None, measured=False)

NEED_COLUMNS: Final = (
    Column("id", units.name, required=True),
    Column("firm", units.name, required=True),
    Column("firm_size", units.one_of(FIRM_SIZES), -1),
    Column("forms", units.bits(units.code(FORM_NUMBER, checked_form)), required=True),
    Column("use", units.one_of(USES), USES.index("recycle")),
    Column("mass_kg", units.above_zero(units.MASS_PLACES), required=True),
    Column("composition", parse_bounds, ()),
    Column("colour", parse_colour, NO_COLOUR),
    Column("delta_e", units.zero_or_more(units.LENGTH_PLACES), -1),
    Column("lot_kg", units.zero_or_more(units.MASS_PLACES), 0),
    Column("max_suppliers", units.whole_from_one, 0),
    Column("blend", units.yes_no, False),
    Column("min_fill_kg", units.zero_or_more(units.MASS_PLACES), 0),
    Column("price_eur_kg", units.any_number(units.PRICE_PLACES)),
    Column("regimes", units.bits(units.code(REGIME_NUMBER, checked_regime)), required=True),
    Column("waste_codes", units.codes(units.known_waste_code), frozenset()),
    Column("certificates", units.codes(units.certificate), frozenset()),
    Column("length_min_mm", units.above_zero(units.LENGTH_PLACES), -1),
    Column("micron_max", units.above_zero(units.LENGTH_PLACES), -1),
    Column("needed_from", units.day, DAY_MIN),
    Column("needed_until", units.day, DAY_MAX),
    Column("lat", units.degrees(90), required=True),
    Column("lon", units.degrees(180), required=True),
    Column("radius_km", units.zero_or_more(units.DISTANCE_PLACES), -1),
    Column("description", units.prose, ""),
)
NEED_LAYOUT: Final = layout_of(NEED_COLUMNS)


def need_fields(table: Table) -> dict[str, Any]:
    """The fields of `Needs`; raises `BadInput` with every problem of the table."""
    cells = Cells(table, NEED_COLUMNS)
    _check_between_columns(cells)
    cells.raise_problems()
    return {
        **_identity(cells),
        **_material(cells),
        **_quantities(cells),
        **_terms(cells),
        **_place(cells),
        "description": tuple(cells["description"]),
    }


def _check_between_columns(cells: Cells) -> None:
    refuse_repeated_ids(cells)
    refuse_more_than_mass(cells, "lot_kg")
    refuse_more_than_mass(cells, "min_fill_kg")
    refuse_reversed_window(cells, "needed_from", "needed_until")
    for row, (delta_e, colour) in cells.rows("delta_e", "colour"):
        if delta_e >= 0 and colour == NO_COLOUR and not cells.text(row, "colour"):
            cells.note(row, "delta_e", "delta_e_without_colour")


def _identity(cells: Cells) -> dict[str, Any]:
    return {
        "ids": tuple(cells["id"]),
        "firms": tuple(cells["firm"]),
        "firm_sizes": ints(cells["firm_size"], "int8"),
        "texts": cells.texts(),
    }


def _material(cells: Cells) -> dict[str, Any]:
    return {
        "forms": ints(cells["forms"], "uint64"),
        "use": ints(cells["use"], "int8"),
        **bound_arrays(cells["composition"]),
        **colour_arrays(cells["colour"]),
        "delta_e_milli": ints(cells["delta_e"], "int64"),
        "length_min_um": ints(cells["length_min_mm"], "int64"),
        "micron_max_milli": ints(cells["micron_max"], "int64"),
    }


def _quantities(cells: Cells) -> dict[str, Any]:
    return {
        "mass_g": ints(cells["mass_kg"], "int64"),
        "lot_g": ints(cells["lot_kg"], "int64"),
        "max_suppliers": ints(cells["max_suppliers"], "int32"),
        "blend": truths(cells["blend"]),
        "min_fill_g": ints(cells["min_fill_kg"], "int64"),
    }


def _terms(cells: Cells) -> dict[str, Any]:
    return {
        **price_arrays(cells["price_eur_kg"]),
        "regimes": ints(cells["regimes"], "uint8"),
        "waste_codes": tuple(cells["waste_codes"]),
        "certificates": tuple(cells["certificates"]),
        "from_day": ints(cells["needed_from"], "int32"),
        "until_day": ints(cells["needed_until"], "int32"),
    }


def _place(cells: Cells) -> dict[str, Any]:
    return {
        "lat": reals(cells["lat"]),
        "lon": reals(cells["lon"]),
        "radius_m": ints(cells["radius_km"], "int64"),
    }
