# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checked columns: one row per listing, read-only arrays, integers in small units, ids only at the border.

Masses are grams, prices thousandths of a euro per kg, percentages hundredths of a percent, dates epoch days,
lengths micrometres, fineness thousandths of a micron, colours CIE L*a*b* (D65/2°).
Ragged columns are CSR: the entries of row i stand at `start[i]:start[i + 1]`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from matching.market.days import DAY_MAX, DAY_MIN
from matching.market.listings import Kind, Listings
from matching.market.needs import NEED_LAYOUT, need_fields
from matching.market.offers import OFFER_LAYOUT, offer_fields
from matching.market.processors import PROCESSOR_LAYOUT, processor_fields
from matching.market.texts import Texts

__all__ = ["DAY_MAX", "DAY_MIN", "Needs", "Offers", "Processors"]

Bools = npt.NDArray[np.bool_]
Int8s = npt.NDArray[np.int8]
Int16s = npt.NDArray[np.int16]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
ByteBits = npt.NDArray[np.uint8]
FormBits = npt.NDArray[np.uint64]
Codes = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Offers(Listings):
    """What firms have. `form`, `regime`, `waste_code` and fibres index the vocabulary's tuples of codes."""

    kind: ClassVar = Kind("offers", OFFER_LAYOUT, offer_fields)

    ids: tuple[str, ...]
    firms: tuple[str, ...]
    firm_sizes: Int8s  # -1 not stated, else place in FIRM_SIZES
    form: Int16s
    mass_g: Int64s
    composition_start: Int64s  # an empty row: not stated
    composition_fibre: Int16s
    composition_pct: Int32s
    lot_g: Int64s
    divisible: Bools
    lab: Floats  # (n, 3), NaN: none
    colour_measured: Bools  # False: none, or a shade class
    price_milli: Int64s
    priced: Bools  # False: open
    regime: Int8s
    waste_code: Int16s  # -1 not stated
    post_consumer: Bools
    certificates: Codes
    length_um: Int64s  # -1 not stated
    micron_milli: Int64s  # -1 not stated
    from_day: Int32s
    until_day: Int32s
    lat: Floats
    lon: Floats
    description: tuple[str, ...]
    texts: Texts


@dataclass(frozen=True, slots=True, eq=False)
class Needs(Listings):
    """What firms want. Bit sets have bit k for the k-th code of the vocabulary's tuple."""

    kind: ClassVar = Kind("needs", NEED_LAYOUT, need_fields)

    ids: tuple[str, ...]
    firms: tuple[str, ...]
    firm_sizes: Int8s
    forms: FormBits
    use: Int8s  # place in USES
    mass_g: Int64s
    bound_start: Int64s
    bound_fibre: Int16s  # -1: `*`, the sum of all fibres not named
    bound_low: Int32s
    bound_high: Int32s
    lab: Floats
    colour_measured: Bools
    delta_e_milli: Int64s  # -1 not stated
    lot_g: Int64s
    max_suppliers: Int32s  # 0: no limit
    blend: Bools
    min_fill_g: Int64s
    price_milli: Int64s
    priced: Bools
    regimes: ByteBits
    waste_codes: tuple[frozenset[int], ...]  # places in WASTE_CODES
    certificates: Codes
    length_min_um: Int64s  # -1 not stated
    micron_max_milli: Int64s  # -1 not stated
    from_day: Int32s
    until_day: Int32s
    lat: Floats
    lon: Floats
    radius_m: Int64s  # -1: anywhere
    description: tuple[str, ...]
    texts: Texts


@dataclass(frozen=True, slots=True, eq=False)
class Processors(Listings):
    """Plants that turn one form into another; yields in parts per million of the mass taken."""

    kind: ClassVar = Kind("processors", PROCESSOR_LAYOUT, processor_fields)

    ids: tuple[str, ...]
    firms: tuple[str, ...]
    process: tuple[str, ...]
    input_forms: FormBits
    output_form: Int16s
    yield_ppm: Int64s
    capacity_g: Int64s
    cost_milli: Int64s
    regimes: ByteBits
    waste_codes: tuple[frozenset[int], ...]
    lat: Floats
    lon: Floats
    min_batch_g: Int64s
    removes: tuple[frozenset[int], ...]  # places in FIBRE_CODES
    eow: Bools
    certificates: Codes
    texts: Texts
