# SPDX-License-Identifier: AGPL-3.0-or-later
"""The material families that volumes are counted by: coarse enough to compare, fine enough to mean something."""

from __future__ import annotations

from functools import lru_cache

from marketplace.errors import N_
from matching.market import vocabulary

MATERIALS = {
    "wool": N_("Wool"),
    "fine-hair": N_("Cashmere, mohair and other fine hair"),
    "silk": N_("Silk"),
    "cotton": N_("Cotton"),
    "bast": N_("Linen, hemp and other plant fibres"),
    "cellulosic": N_("Viscose and other man-made cellulose"),
    "synthetic": N_("Polyester, polyamide, acrylic and other synthetics"),
    "mixed": N_("Mixed fibres"),
    "not-stated": N_("Textile, composition not stated"),
    "non-textile": N_("Not a textile"),
}

_BY_CODE = {"WO": "wool", "WV": "wool", "SE": "silk", "CO": "cotton"}
_BY_FAMILY = {
    "animal": "fine-hair",
    "vegetal": "bast",
    "man-made cellulosic": "cellulosic",
    "synthetic": "synthetic",
}
_HALF = 5000
"""Half of the mass in hundredths of a percent: below it, no fibre gives the material its name."""


@lru_cache(4096)  # a district states the same few compositions again and again
def material_of(composition: str, form_code: str) -> str:
    """The family of the fibre that makes up at least half (a key of MATERIALS).

    `composition` is an offer's, as `WO:70;PA:30`; raises the vocabulary's Wrong if it cannot be read.
    """
    if not composition:
        form = vocabulary.FORMS.get(form_code)
        return "not-stated" if form is not None and form.textile else "non-textile"
    largest = max(vocabulary.parse_composition(composition), key=lambda share: share.pct)
    if largest.pct < _HALF:
        return "mixed"
    family = vocabulary.fibre(largest.fibre).family
    return _BY_CODE.get(largest.fibre) or _BY_FAMILY.get(family, "mixed")
