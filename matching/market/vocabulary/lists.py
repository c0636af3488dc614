# SPDX-License-Identifier: AGPL-3.0-or-later
"""The vocabulary's lists, read once from the data files: code → term, in the order of the file."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

from matching.market.vocabulary.faults import LANGUAGES
from matching.market.vocabulary.tables import Row, rows_of
from matching.market.vocabulary.terms import (
    Category,
    Certificate,
    Fibre,
    Form,
    FormGroup,
    Place,
    Process,
    Regime,
    Shade,
    Term,
    Theme,
    WasteCode,
)

AnyTerm = TypeVar("AnyTerm", bound=Term)


def _list(table: str, term: Callable[..., AnyTerm], own: Callable[[Row], dict[str, Any]]) -> Mapping[str, AnyTerm]:
    return MappingProxyType({row["code"]: term(**_common(row), **own(row)) for row in rows_of(table)})


def _common(row: Row) -> dict[str, Any]:
    names = _by_language(row, "name")
    return {"code": row["code"], "names": names, "confidence": row["confidence"], "source": row["source"]}


def _by_language(row: Row, what: str) -> Mapping[str, str]:
    return MappingProxyType({lang: row[f"{what}_{lang}"] for lang in LANGUAGES})


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _only(*columns: str) -> Callable[[Row], dict[str, Any]]:
    return lambda row: {column: row[column] for column in columns}


def _form(row: Row) -> dict[str, Any]:
    return {
        **_only("group", "origin_class", "unit", "watch_for")(row),
        "usual_regimes": _several(row["usual_regimes"]),
        "waste_codes": _several(row["waste_codes"]),
        "textile": FORM_GROUPS[row["group"]].textile,
    }


def _waste_code(row: Row) -> dict[str, Any]:
    yes = {column: row[column] == "yes" for column in ("hazardous", "listable")}
    return {**_only("entry_type", "note")(row), **yes}


def _process(row: Row) -> dict[str, Any]:
    yields = {which: row[f"yield_{which}"] for which in ("low", "typical", "high", "basis")}
    return {
        **_only("input_forms", "output_forms", "conditions", "blocks", "permit_if_input_is_waste")(row),
        "yields": MappingProxyType(yields),
    }


def _category(row: Row) -> dict[str, Any]:
    lists = ("other_units", "usual_regimes", "waste_codes", "key_fields")
    return {**_only("theme_code", "base_unit")(row), **{column: _several(row[column]) for column in lists}}


def _place(row: Row) -> dict[str, Any]:
    position = {"lat": float(row["lat"]), "lon": float(row["lon"])}
    return {**_only("type", "comune", "province", "istat_code", "cap")(row), **position}


def _shade(row: Row) -> dict[str, Any]:
    centre = (row["lab_l"], row["lab_a"], row["lab_b"])
    return {"lab": tuple(map(float, centre)) if all(centre) else None}


_fibre_columns: Final = (
    "annex_i_no",
    "euratex_code",
    "iso2076_code",
    "family",
    "in_carbonising",
    "mechanical_recycling",
)

FORM_GROUPS: Final = _list("form_groups", FormGroup, lambda row: {"textile": row["textile"] == "yes"})
FORMS: Final = _list("forms", Form, _form)
FIBRES: Final = _list("fibres", Fibre, _only(*_fibre_columns))
WASTE_LIST: Final = _list("waste_codes", WasteCode, _waste_code)
REGIME_LIST: Final = _list(
    "regimes", Regime, lambda row: {**_only("document", "receiver")(row), "matched": row["matched"] == "yes"}
)
PROCESSES: Final = _list("processes", Process, _process)
THEMES: Final = _list("themes", Theme, _only("kind"))
CATEGORIES: Final = _list("categories", Category, _category)
PLACES: Final = _list("places", Place, _place)
CERTIFICATES: Final = _list("certificates", Certificate, lambda row: {"scopes": _by_language(row, "scope")})
SHADES: Final = _list("shades", Shade, _shade)
USE_LIST: Final = _list("uses", Term, _only())
FIRM_SIZE_LIST: Final = _list("firm_sizes", Term, _only())
ORIGINS: Final = _list("origins", Term, _only())


def form(code: str) -> Form:
    """The form of a code; `KeyError` for an unknown one."""
    return FORMS[code]


def fibre(code: str) -> Fibre:
    """The fibre of a code; `KeyError` for an unknown one."""
    return FIBRES[code]


def waste_code(code: str) -> WasteCode:
    """The entry of a waste code in its one spelling, `04 02 22`; `KeyError` for an unknown one."""
    return WASTE_LIST[code]


def place(code: str) -> Place:
    """The place of a code; `KeyError` for an unknown one."""
    return PLACES[code]


def name(terms: Mapping[str, Term], code: str, lang: str) -> str:
    """The name of a code of any of the lists above in `it`, `en` or `zh`."""
    return terms[code].name(lang)
