# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recipes: what holds for the mix of all that a need with `blend = yes` gets, as rows over its legs.

With d grams delivered by each component, c its share of a fibre and U the most the need allows, the mix keeps to it
when  sum d (c - U) <= 0;  least shares, mean length, mean fineness and the mean price of what is priced are such rows
too. All entries are whole numbers, so whole grams are checked exactly.

A colour adds up by mass in the transform F of Stearns & Noechel (1944), channel by channel: the rows of a box that
contains every colour within the tolerance. The box only bounds; CIEDE2000 decides on the mix (`colour_excess`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
from scipy.sparse import coo_array, csr_array

from matching.market.columns import Bools, Floats, Int64s, Needs
from matching.market.vocabulary import FIBRE_CODES
from matching.pairing.colour import blend_lab, ciede2000
from matching.pairing.gamut import f_to_lab, lab_to_f, tolerance_boxes
from matching.pairing.sides import Sides

SCALE: Final = 10**9  # a row's price is per so many units of its entries
A_HAIR: Final = 1e-6  # of a colour difference: a colour turned into F and back is not the very same
F_UNIT: Final = 10**6  # entries of colour rows are millionths of F

Ends = tuple[Sides, Int64s, Int64s, Int64s]  # of legs: both rows in these sides, and the legs' places
Boxes = dict[int, tuple[Floats, Floats]]  # by need: least and greatest F of each channel
Row = tuple[str, bool, Bools, Int64s]  # name, whether it is of a colour's box, which legs state it, entries


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """Rows `matrix` d <= 0 over legs, each of one need, and what colour asks beyond them."""

    matrix: Any  # SciPy CSR of int64, (rows, legs)
    need: Int64s
    names: tuple[str, ...]
    box: Bools  # rows that only contain what is asked
    unfit: Bools  # legs that don't state what their recipe bounds
    lab: Floats  # (legs, 3)
    blend: Bools  # of each need
    target: Floats  # (needs, 3)
    delta_e_milli: Int64s  # of each need, -1 where none is asked

    def only(self, chosen: "Bools | Int64s") -> Self:
        """The same rows over some of the legs."""
        return replace(self, matrix=self.matrix[:, chosen], unfit=self.unfit[chosen], lab=self.lab[chosen])

    def of_needs(self, rows: Int64s, needs: Int64s) -> Self:
        """Some of the rows, with these needs numbered anew."""
        columns = {name: getattr(self, name)[needs] for name in ("blend", "target", "delta_e_milli")}
        need, names = np.searchsorted(needs, self.need[rows]), tuple(self.names[row] for row in rows.tolist())
        return replace(self, matrix=self.matrix[rows], need=need, names=names, box=self.box[rows], **columns)

    def colour_excess(self, need: int, legs: Int64s, delivered: "Floats | Int64s") -> float:
        """CIEDE2000 between the mix of these legs and the target, less tolerance and a hair; 0 where none is asked."""
        if self.delta_e_milli[need] < 0:
            return 0.0
        mixed = blend_lab(self.lab[legs], np.asarray(delivered, dtype=np.float64))
        return float(ciede2000(mixed, self.target[need])) - int(self.delta_e_milli[need]) / 1000 - A_HAIR

    def colours_excess(self, needs: Int64s, mixed: Floats) -> Floats:
        """The same of mixes whose F is known, of needs that ask for a colour."""
        return ciede2000(f_to_lab(mixed), self.target[needs]) - self.delta_e_milli[needs] / 1000 - A_HAIR


@dataclass(frozen=True, slots=True, eq=False)
class _Goods:
    """What components state, a row per leg."""

    need: Int64s
    leg: Int64s
    shares: Int64s  # (legs, fibres)
    total: Int64s
    length: Int64s
    micron: Int64s
    ask: Int64s
    priced: Bools
    lab: Floats
    measured: Bools

    def only(self, chosen: Int64s) -> "_Goods":
        return _Goods(*(getattr(self, field.name)[chosen] for field in fields(self)))


def mix_of(parts: list[Ends], legs: int) -> Mix:
    """The recipes of a market, from the sides its direct legs and its chains stand in."""
    needs = parts[0][0].needs
    goods = _goods(parts)
    boxes = _boxes(needs, np.unique(goods.need))
    unfit, lab = np.zeros(legs, dtype=np.bool_), np.full((legs, 3), np.nan)
    lab[goods.leg] = goods.lab
    none = np.zeros(0, dtype=np.int64)
    row, column, entry, names, need_of, box = [none], [none], [none], list[str](), list[int](), list[bool]()
    by_need = np.argsort(goods.need, kind="stable")
    starts = np.flatnonzero(np.diff(goods.need[by_need], prepend=-1))
    for group in np.split(by_need, starts[1:]) if len(by_need) else []:
        own = goods.only(group)
        need = int(own.need[0])
        for name, boxed, stated, entries in _rows(needs, need, own, boxes):
            unfit[own.leg[~stated]] = True
            row.append(np.full(int(stated.sum()), len(names)))
            column.append(own.leg[stated])
            entry.append(entries[stated])
            names.append(f"{needs.ids[need]} {name}")
            need_of.append(need)
            box.append(boxed)
    cells = (np.concatenate(entry), (np.concatenate(row), np.concatenate(column)))
    matrix = csr_array(coo_array(cells, shape=(len(names), legs)))
    rows = np.array(need_of, dtype=np.int64), tuple(names), np.array(box, dtype=np.bool_)
    return Mix(matrix, *rows, unfit, lab, needs.blend, needs.lab, needs.delta_e_milli)


def _goods(parts: list[Ends]) -> _Goods:
    """The components of all recipes."""
    found = []
    for sides, offer, need, leg in parts:
        at = np.flatnonzero(sides.needs.blend[need])
        o, offers = offer[at], sides.offers
        columns = (offers.length_um, offers.micron_milli, offers.price_milli, offers.priced)
        composed = sides.shares[o].astype(np.int64), sides.total_share[o].astype(np.int64)
        colours = offers.lab[o], offers.colour_measured[o]
        found.append((need[at], leg[at], *composed, *(column[o] for column in columns), *colours))
    return _Goods(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def _rows(needs: Needs, need: int, goods: _Goods, boxes: Boxes) -> Iterator[Row]:
    """Every row of one recipe."""
    yield from _shares(needs, need, goods)
    every = np.ones(len(goods.leg), dtype=np.bool_)
    if needs.length_min_um[need] >= 0:
        yield "length", False, goods.length >= 0, needs.length_min_um[need] - goods.length
    if needs.micron_max_milli[need] >= 0:
        yield "micron", False, goods.micron >= 0, goods.micron - needs.micron_max_milli[need]
    if needs.priced[need]:
        yield "price", False, every, np.where(goods.priced, goods.ask - needs.price_milli[need], 0)
    if needs.delta_e_milli[need] >= 0:
        yield from _colour(needs, need, goods, boxes[need])


def _shares(needs: Needs, need: int, goods: _Goods) -> Iterator[Row]:
    at = range(int(needs.bound_start[need]), int(needs.bound_start[need + 1]))
    bounds = [(int(needs.bound_fibre[k]), int(needs.bound_low[k]), int(needs.bound_high[k])) for k in at]
    named = [fibre for fibre, _, _ in bounds if fibre >= 0]
    stated = goods.total > 0
    for fibre, low, high in bounds:
        share = goods.shares[:, fibre] if fibre >= 0 else goods.total - goods.shares[:, named].sum(axis=1)
        code = FIBRE_CODES[fibre] if fibre >= 0 else "*"
        yield f"{code} at most", False, stated, share - high
        if low > 0:
            yield f"{code} at least", False, stated, low - share


def _boxes(needs: Needs, rows: Int64s) -> Boxes:
    """A box in F that contains the tolerance, for each of these needs that asks for a colour."""
    asking = rows[needs.delta_e_milli[rows] >= 0]
    low, high = tolerance_boxes(np.nan_to_num(needs.lab[asking]), needs.delta_e_milli[asking] / 1000)
    return {need: (low[k], high[k]) for k, need in enumerate(asking.tolist())}


def _colour(needs: Needs, need: int, goods: _Goods, box: tuple[Floats, Floats]) -> Iterator[Row]:
    """The rows of the box, rounded outwards to millionths; no leg fits a shade class."""
    measured, (low, high) = goods.measured & bool(needs.colour_measured[need]), box
    own = lab_to_f(np.nan_to_num(goods.lab))
    for channel in range(3):
        above, below = own[:, channel] - high[channel], low[channel] - own[:, channel]
        yield f"colour {channel + 1} at most", True, measured, np.floor(above * F_UNIT).astype(np.int64)
        yield f"colour {channel + 1} at least", True, measured, np.floor(below * F_UNIT).astype(np.int64)


def broken_recipes(mix: Mix, legs: Int64s, need: Int64s, arriving_g: Int64s) -> Iterator[tuple[int, str]]:
    """(need, row) of everything whole grams on these legs get wrong: exact sums, and CIEDE2000 of the mix."""
    rows = mix.matrix[:, legs]
    near = np.asarray(rows.astype(np.float64) @ arriving_g.astype(np.float64))
    doubt = 1e-12 * np.asarray(abs(rows).astype(np.float64) @ arriving_g.astype(np.float64))
    for row in np.flatnonzero(~mix.box & (near >= -doubt) & (doubt > 0)).tolist():
        cells = slice(int(rows.indptr[row]), int(rows.indptr[row + 1]))
        terms = zip(rows.data[cells].tolist(), arriving_g[rows.indices[cells]].tolist(), strict=True)
        if sum(entry * grams for entry, grams in terms) > 0:
            yield int(mix.need[row]), mix.names[row]
    for own in np.unique(need[mix.blend[need]]).tolist():
        at = need == own
        if mix.unfit[legs[at]].any():
            yield own, "a component does not state what the recipe bounds"
        elif mix.colour_excess(own, legs[at], arriving_g[at]) > 0:
            yield own, "colour"
