# SPDX-License-Identifier: AGPL-3.0-or-later
"""The closed lists of codes, and how a typed code is checked against them.

A code's place in its tuple is its number in the engine's columns.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Final

from matching.market.vocabulary.faults import Wrong, wrong
from matching.market.vocabulary.tables import rows_of


def _codes(table: str) -> tuple[str, ...]:
    return tuple(row["code"] for row in rows_of(table))


FORM_CODES: Final = _codes("forms")
FIBRE_CODES: Final = _codes("fibres")
WASTE_CODES: Final = _codes("waste_codes")
REGIMES: Final = tuple(row["code"] for row in rows_of("regimes") if row["matched"] == "yes")
USES: Final = _codes("uses")
FIRM_SIZES: Final = _codes("firm_sizes")
PROCESS_CODES: Final = _codes("processes")
SHADE_CODES: Final = _codes("shades")

FORM_NUMBER: Final[Mapping[str, int]] = {code: number for number, code in enumerate(FORM_CODES)}
FIBRE_NUMBER: Final[Mapping[str, int]] = {code: number for number, code in enumerate(FIBRE_CODES)}
WASTE_NUMBER: Final[Mapping[str, int]] = {code: number for number, code in enumerate(WASTE_CODES)}
REGIME_NUMBER: Final[Mapping[str, int]] = {code: number for number, code in enumerate(REGIMES)}

_waste_shape = re.compile(r"([0-9]{2})[ .\-_/]?([0-9]{2})[ .\-_/]?([0-9]{2}) ?\*?").fullmatch


def checked_form(text: str) -> str:
    """A known code of forms, or `Wrong` with the nearest one."""
    if text not in FORM_NUMBER:
        raise _unknown("unknown_form", text, nearest(text, FORM_CODES))
    return text


def checked_process(text: str) -> str:
    """A known code of processes, or `Wrong` with the nearest one."""
    if text not in PROCESS_CODES:
        raise _unknown("unknown_process", text, nearest(text, PROCESS_CODES))
    return text


def checked_fibre(text: str) -> str:
    """A known code of fibres, or `Wrong`; ISO 2076 letters and names are led back to the code."""
    if text not in FIBRE_NUMBER:
        raise _unknown("unknown_fibre", text, _nearest_fibre(text))
    return text


def checked_waste_code(text: str) -> str:
    """A known waste code in its one spelling, `04 02 22`, or `Wrong`."""
    if text not in WASTE_NUMBER:
        raise _unknown("unknown_waste_code", text, normalised_waste_code(text))
    return text


def checked_regime(text: str) -> str:
    """A regime under which goods are matched, or `Wrong`."""
    if text not in REGIME_NUMBER:
        raise _unknown("unknown_regime", text, nearest(text, REGIMES))
    return text


def normalised_waste_code(text: str) -> str | None:
    """The spelling of the list for `04.02.22`, `040222` or `15 02 02*`; None for what is no known code."""
    found = _waste_shape(text.strip())
    code = " ".join(found.groups()) if found else ""
    return code if code in WASTE_NUMBER else None


def nearest(text: str, codes: Sequence[str]) -> str | None:
    """The code somebody most likely meant, or None."""
    typed = text.strip().upper().replace(" ", "_").replace("-", "_")
    close = get_close_matches(typed, codes, n=1, cutoff=0.7)
    return close[0] if close else None


def _nearest_fibre(text: str) -> str | None:
    """By other letters or name, never by likeness: PES is polyester and only looks like PE, polyethylene."""
    return _fibre_aliases().get(text.strip().casefold())


@cache
def _fibre_aliases() -> dict[str, str]:
    """What else a fibre is called: code in any case, EURATEX and ISO 2076 letters, names in three languages.

    Letters that stand for two fibres (PI: paper yarn or polyimide) give both.
    """
    meant: dict[str, list[str]] = {}
    for row in rows_of("fibres"):
        names = (row[column] for column in ("euratex_code", "iso2076_code", "name_it", "name_en", "name_zh"))
        for name in {row["code"].casefold(), *(name.casefold() for name in names)} - {""}:
            meant.setdefault(name, []).append(row["code"])
    return {name: codes[0] if name.upper() in codes else " / ".join(codes) for name, codes in meant.items()}


def _unknown(key: str, text: str, suggestion: str | None) -> Wrong:
    if suggestion is None:
        return wrong(key, value=text)
    return wrong(key, value=text, suggestion=suggestion)
