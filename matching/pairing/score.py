# SPDX-License-Identifier: AGPL-3.0-or-later
"""How good a compatible pair is: named terms, weighed by the policy, in micro-points that add up exactly.

A term lies in 0–1 before it is weighed; one that a listing leaves unstated is neutral: half its weight.
Distances are rounded up to metres and ΔE to thousandths first, so that a term can be recomputed by hand.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from matching.market.columns import Floats, Int32s, Int64s
from matching.market.vocabulary import FORM_CODES, USES
from matching.pairing.colour import ciede2000
from matching.pairing.rules import Index, bounded_shares, way_m
from matching.pairing.sides import Sides
from matching.pairing.text import Known, TextVectors, text_vectors

MICRO: Final = 1_000_000
NEUTRAL: Final = 0.5  # also of composition and colour in a recipe: they hold for the mix, and value stays linear
_WHOLE: Final = 10_000  # 100 % in hundredths of a percent
_OTHER_COLOUR_MILLI: Final = 20_000  # at ΔE00 20 two shades have nothing in common
_HALF_DISTANCE_M: Final = 25_000  # the way after which the distance term has fallen to a half
_AMPLE_DAYS: Final = 30  # windows that overlap this long leave all the time one needs
_HIERARCHY: Final = np.array([1.0, 0.6, 0.2])  # reuse, recycling, other recovery (Dir. 2008/98/EC art. 4)
_STRIPE: Final = 1 << 18


def _composition(sides: Sides, o: Index, n: Index) -> Floats:
    """Mean over the bounds: 1 at the ideal share (the open end, else the middle), 0 at the far end."""
    off, counted = np.zeros(len(o)), np.zeros(len(o))
    for stated, share, low, high in bounded_shares(sides, o, n):
        tells = stated & ~((low <= 0) & (high >= _WHOLE))
        ideal = np.where(high >= _WHOLE, high, np.where(low <= 0, low, (low + high) / 2))
        reach = np.maximum(np.maximum(high - ideal, ideal - low), 1)
        off += np.where(tells, np.minimum(np.abs(share - ideal) / reach, 1.0), 0.0)
        counted += tells
    closeness = np.where(counted > 0, 1 - off / np.maximum(counted, 1), NEUTRAL)
    return np.where(sides.needs.blend[n], NEUTRAL, closeness)


def _colour(sides: Sides, o: Index, n: Index) -> Floats:
    """1 for the same shade, 0 from ΔE00 20 on; a shade class tells half as much as a measured colour."""
    difference = np.ceil(ciede2000(sides.offers.lab[o], sides.needs.lab[n]) * 1000)
    near = 1 - np.minimum(difference / _OTHER_COLOUR_MILLI, 1.0)
    measured = sides.offers.colour_measured[o] & sides.needs.colour_measured[n]
    near = np.where(measured, near, (near + NEUTRAL) / 2)
    return np.where(sides.needs.blend[n] | np.isnan(difference), NEUTRAL, near)


@cache
def _suitability() -> Floats:
    """(forms, uses): how well a form suits a use, from `form_suitability.csv`."""
    text = files(__package__).joinpath("form_suitability.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    table = {row["form"]: [int(row[f"{use}_pct"]) for use in USES] for row in rows}
    return np.array([table[form] for form in FORM_CODES]) / 100


def _form(sides: Sides, o: Index, n: Index) -> Floats:
    return np.asarray(_suitability()[sides.offers.form[o], sides.needs.use[n]])


def price_closeness(ask: Int64s, highest: Int64s) -> Floats:
    """Room between ask and highest price, as a share of the larger of the two."""
    scale = np.maximum(np.maximum(np.abs(ask), np.abs(highest)), 1)
    return np.clip((highest - ask) / scale, 0.0, 1.0)


def _price(sides: Sides, o: Index, n: Index) -> Floats:
    room = price_closeness(sides.offers.price_milli[o], sides.needs.price_milli[n])
    return np.where(sides.offers.priced[o] & sides.needs.priced[n], room, NEUTRAL)


def distance_closeness(metres: Int64s) -> Floats:
    """1 next door, a half after 25 km."""
    return np.asarray(_HALF_DISTANCE_M / (_HALF_DISTANCE_M + metres))


def _distance(sides: Sides, o: Index, n: Index) -> Floats:
    return distance_closeness(way_m(sides, o, n))


def _time(sides: Sides, o: Index, n: Index) -> Floats:
    begin = np.maximum(sides.offers.from_day[o], sides.needs.from_day[n])
    end = np.minimum(sides.offers.until_day[o], sides.needs.until_day[n])
    return np.clip((end - begin + 1) / _AMPLE_DAYS, 0.0, 1.0)


def _hierarchy(sides: Sides, o: Index, n: Index) -> Floats:
    return np.asarray(_HIERARCHY[sides.needs.use[n]])


_MEASURED: Final[Mapping[str, Callable[[Sides, Index, Index], Floats]]] = {
    "composition": _composition,
    "colour": _colour,
    "form": _form,
    "price": _price,
    "distance": _distance,
    "time": _time,
    "hierarchy": _hierarchy,
}
TERM_NAMES: Final = (*_MEASURED, "text")


def weighed(closeness: Floats, weight_micro: "Int64s | int") -> Int64s:
    """Micro-points a term earns, rounded half up."""
    return np.floor(closeness * weight_micro + 0.5).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """Scores pairs of one market; `weight_micro` are the weights in TERM_NAMES' order, together MICRO."""

    sides: Sides
    weight_micro: Int64s
    texts: TextVectors | None

    def amounts(self, o: Index, n: Index) -> Int32s:
        """(terms, pairs) micro-points of each term."""
        closeness = np.zeros((len(TERM_NAMES), len(o)))
        for row, measure in enumerate(_MEASURED.values()):
            if self.weight_micro[row]:
                closeness[row] = measure(self.sides, o, n)
        if self.texts is not None and self.weight_micro[-1]:
            closeness[-1] = self.texts.likeness(o, n)
        return weighed(closeness, self.weight_micro[:, None]).astype(np.int32)

    def with_texts(self) -> "Scorer":
        """The same scorer with the texts read, whatever their weight."""
        texts = self.texts or text_vectors(self.sides.offers.description, self.sides.needs.description)
        return replace(self, texts=texts)

    def closeness(self, o: Index, n: Index) -> Floats:
        """(terms, pairs) each term in 0-1, whatever its weight."""
        texts = self.with_texts().texts
        likeness = np.zeros(len(o)) if texts is None else texts.likeness(o, n)
        return np.stack([*(measure(self.sides, o, n) for measure in _MEASURED.values()), likeness])

    def scores(self, o: Index, n: Index) -> Int64s:
        """Micro-points of each pair, 0 to MICRO: the exact sums of their terms."""
        parts = [
            self.amounts(o[at : at + _STRIPE], n[at : at + _STRIPE]).sum(axis=0, dtype=np.int64)
            for at in range(0, len(o), _STRIPE)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def scorer(sides: Sides, weight_micro: Mapping[str, int], known: Known | None = None) -> Scorer:
    """A scorer of these sides; texts are read only if they have weight, and those that are known not again."""
    weights = np.array([weight_micro.get(name, 0) for name in TERM_NAMES], dtype=np.int64)
    texts = text_vectors(sides.offers.description, sides.needs.description, known) if weights[-1] else None
    return Scorer(sides, weights, texts)
