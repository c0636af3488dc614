# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people put into the column of notes although it has a column of its own: codes, certificates, limits, lots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from marketplace.listings.sheets.amounts import read_decimal, spelled
from marketplace.listings.sheets.lexicon import normal
from marketplace.listings.sheets.table import Cell
from matching.market.vocabulary import CERTIFICATES, normalised_waste_code

INDIVISIBLE = ("整批出", "non divisibile", "non frazionabile", "tutto insieme", "in blocco", "indivisible")

_WASTE_CODE = re.compile(r"(?<![0-9])[0-9]{2}[ .\-]?[0-9]{2}[ .\-]?[0-9]{2}(?![0-9])", re.ASCII)
_SAYS_WASTE = re.compile(r"rifiut|\bwaste\b|废物")
_NOT_WASTE = re.compile(r"(?:no|non|senza|not?) (?:a |i )?(?:rifiut\w+|waste)")
_ONLY_EOW = re.compile(r"\b(?:solo|only|soltanto) e\.?o\.?w\b")
_LENGTH = re.compile(r"(?:fibra|fibre|lunghezza|length)[^0-9]{0,12}([0-9]+(?:[.,][0-9]+)?) ?mm")
_MICRON = re.compile(r"([0-9]+(?:[.,][0-9]+)?) ?(?:micron|µm|um\b|my)")
_LOT = re.compile(r"min\w*\.? ([0-9]+(?:[.,][0-9]+)?) ?kg")
_RADIUS = re.compile(r"(?:max|entro|within)\w*\.? ([0-9]+(?:[.,][0-9]+)?) ?km")


def read_conditions(cell: Cell, side: str) -> dict[str, Any]:
    """Values by column of the listing that the notes state without doubt."""
    text = spelled(cell).casefold()
    return dict([*_regime(text, side), *_limits(text), *_certificates(text), *_parts(text)])


def _regime(text: str, side: str) -> Iterator[tuple[str, Any]]:
    codes = [code for found in _WASTE_CODE.findall(text) if (code := normalised_waste_code(found))]
    if _SAYS_WASTE.search(text) and not _NOT_WASTE.search(text) and codes:
        yield "regime", "WASTE"
        yield "waste_codes", codes[0] if side == "offer" else ";".join(codes)
    elif _ONLY_EOW.search(text):
        yield "regime", "EOW"


def _limits(text: str) -> Iterator[tuple[str, Any]]:
    patterns = (("length_um", _LENGTH), ("micron_milli", _MICRON), ("lot_g", _LOT), ("radius_m", _RADIUS))
    for column, pattern in patterns:
        if found := pattern.search(text):
            yield column, int(read_decimal(found[1], "," if "," in found[1] else ".") * 1000)


def _certificates(text: str) -> Iterator[tuple[str, Any]]:
    words = normal(text).replace("oeko tex", "oekotex").split()
    held = [code for code in CERTIFICATES if code.casefold() in words]
    if held:
        yield "certificates", ";".join(held)


def _parts(text: str) -> Iterator[tuple[str, Any]]:
    if any(word in text for word in INDIVISIBLE):
        yield "divisible", False
