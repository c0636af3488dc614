# SPDX-License-Identifier: AGPL-3.0-or-later
"""Italian VAT numbers (partita IVA): eleven digits, the last of which checks the others. Pure."""

from __future__ import annotations

import re

from stdnum.exceptions import ValidationError
from stdnum.it import iva


def is_vat_number(text: str) -> bool:
    """Whether this is a VAT number with its check digit; IT, blanks and dots are passed over."""
    try:
        compact: str = iva.validate(text)
    except ValidationError:
        return False
    return re.fullmatch(r"[0-9]{11}", compact, re.ASCII) is not None


def plain_vat_number(text: str) -> str:
    """The eleven digits of a valid VAT number."""
    compact: str = iva.compact(text)
    return compact
