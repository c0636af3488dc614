# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a row of OFFERS.csv may say, and what its cells may not say together."""

from typing import Any, Final

from matching.market import units
from matching.market.arrays import colour_arrays, composition_arrays, ints, price_arrays, reals, truths
from matching.market.cells import Cells, Column, layout_of, refuse_repeated_ids
from matching.market.days import DAY_MAX, DAY_MIN, refuse_reversed_window
from matching.market.table import Table
from matching.market.vocabulary import (
    FIRM_SIZES,
    FORM_CODES,
    FORM_NUMBER,
    FORMS,
    REGIME_NUMBER,
    Colour,
    checked_form,
    checked_regime,
    parse_colour,
    parse_composition,
    plain,
)

ORIGINS: Final = ("pre", "post")
BYPRODUCT: Final = REGIME_NUMBER["BYPRODUCT"]
WASTE: Final = REGIME_NUMBER["WASTE"]

OFFER_COLUMNS: Final = (
    Column("id", units.name, required=True),
    Column("firm", units.name, required=True),
    Column("firm_size", units.one_of(FIRM_SIZES), -1),
    Column("form", units.code(FORM_NUMBER, checked_form), required=True),
    Column("mass_kg", units.above_zero(units.MASS_PLACES), required=True),
    Column("composition", parse_composition, ()),
    Column("lot_kg", units.zero_or_more(units.MASS_PLACES), 0),
    Column("divisible", units.yes_no, True),
    Column("colour", parse_colour, Colour(None, measured=False)),
    Column("price_eur_kg", units.any_number(units.PRICE_PLACES)),
    Column("regime", units.code(REGIME_NUMBER, checked_regime), required=True),
    Column("waste_code", units.listable_waste_code, -1),
    Column("origin", units.one_of(ORIGINS), required=True),
    Column("certificates", units.codes(units.certificate), frozenset()),
    Column("length_mm", units.above_zero(units.LENGTH_PLACES), -1),
    Column("micron", units.above_zero(units.LENGTH_PLACES), -1),
    Column("available_from", units.day, DAY_MIN),
    Column("available_until", units.day, DAY_MAX),
    Column("lat", units.degrees(90), required=True),
    Column("lon", units.degrees(180), required=True),
    Column("description", units.prose, ""),
)
OFFER_LAYOUT: Final = layout_of(OFFER_COLUMNS)


def offer_fields(table: Table) -> dict[str, Any]:
    """The fields of `Offers`; raises `BadInput` with every problem of the table."""
    cells = Cells(table, OFFER_COLUMNS)
    _check_between_columns(cells)
    cells.raise_problems()
    return {
        **_identity(cells),
        **_material(cells),
        **_terms(cells),
        "lat": reals(cells["lat"]),
        "lon": reals(cells["lon"]),
        "description": tuple(cells["description"]),
    }


def _check_between_columns(cells: Cells) -> None:
    refuse_repeated_ids(cells)
    refuse_more_than_mass(cells, "lot_kg")
    refuse_reversed_window(cells, "available_from", "available_until")
    _ask_for_composition(cells)
    _ask_for_waste_code(cells)
    _keep_byproducts_lawful(cells)


def refuse_more_than_mass(cells: Cells, column: str) -> None:
    """A lot or a least total lies within 0 and the mass."""
    for row, (part, mass) in cells.rows(column, "mass_kg"):
        if part > mass:
            texts = {"value": plain(cells.text(row, column)), "mass": plain(cells.text(row, "mass_kg"))}
            cells.note(row, column, "more_than_mass", **texts)


def _ask_for_composition(cells: Cells) -> None:
    for row, (form, composition) in cells.rows("form", "composition"):
        if not composition and FORMS[FORM_CODES[form]].textile:
            cells.note(row, "composition", "composition_required", value=FORM_CODES[form])


def _ask_for_waste_code(cells: Cells) -> None:
    for row, (regime, code) in cells.rows("regime", "waste_code"):
        if regime == WASTE and code < 0:
            cells.note(row, "waste_code", "waste_code_required")


def _keep_byproducts_lawful(cells: Cells) -> None:
    """D.Lgs. 152/2006 art. 184-bis: a production residue; a gate fee paid by the producer is the sign of waste."""
    for row, (regime, origin) in cells.rows("regime", "origin"):
        if regime == BYPRODUCT and ORIGINS[origin] == "post":
            cells.note(row, "regime", "byproduct_post_consumer")
    for row, (regime, price) in cells.rows("regime", "price_eur_kg"):
        if regime == BYPRODUCT and price is not None and price < 0:
            cells.note(row, "price_eur_kg", "byproduct_pays")


def _identity(cells: Cells) -> dict[str, Any]:
    return {
        "ids": tuple(cells["id"]),
        "firms": tuple(cells["firm"]),
        "firm_sizes": ints(cells["firm_size"], "int8"),
        "texts": cells.texts(),
    }


def _material(cells: Cells) -> dict[str, Any]:
    return {
        "form": ints(cells["form"], "int16"),
        "mass_g": ints(cells["mass_kg"], "int64"),
        **composition_arrays(cells["composition"]),
        **colour_arrays(cells["colour"]),
        "length_um": ints(cells["length_mm"], "int64"),
        "micron_milli": ints(cells["micron"], "int64"),
    }


def _terms(cells: Cells) -> dict[str, Any]:
    return {
        "lot_g": ints(cells["lot_kg"], "int64"),
        "divisible": truths(cells["divisible"]),
        **price_arrays(cells["price_eur_kg"]),
        "regime": ints(cells["regime"], "int8"),
        "waste_code": ints(cells["waste_code"], "int16"),
        "post_consumer": truths([ORIGINS[origin] == "post" for origin in cells["origin"]]),
        "certificates": tuple(cells["certificates"]),
        "from_day": ints(cells["available_from"], "int32"),
        "until_day": ints(cells["available_until"], "int32"),
    }
