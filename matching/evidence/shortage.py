# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a district lacks: needs that compete for too few offers, and the missing material as calls for offers.

Competition is a minimum cut. Let needs draw on every offer that is possible for them, by kilograms alone: where the
largest flow leaves a need short, it, the offers it could use, whoever uses these, and so on, want more than these
offers have (König; Hall's condition for transport). No policy can serve them all; lots only make it worse.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matching.allocation.flow import fullest
from matching.allocation.legs import WHOLE, delivered_g
from matching.evidence.recipe import swatch
from matching.evidence.units import decimal_text, kg_text
from matching.evidence.view import View
from matching.market.columns import Bools, Floats, Int64s, Needs
from matching.market.vocabulary import FIBRE_CODES, FIBRES, FORM_CODES, FORMS, SHADES, name
from matching.pairing.colour import ciede2000

LEAST_CALL_G: Final = 1000  # a few grams that rounding left are nothing to call for
_ORDER: Final = {
    "en": (" ", 1),
    "it": (", ", -1),
    "zh": ("", 1),
}  # shade and fibres: what stands between, who is first


@dataclass(frozen=True, slots=True)
class Competition:
    """Needs that want more than all offers that are possible for any of them can deliver."""

    need_ids: tuple[str, ...]
    offer_ids: tuple[str, ...]
    wanted_g: int
    offered_g: int

    @property
    def lacking_g(self) -> int:
        """Grams that these needs can't get, whatever the policy."""
        return self.wanted_g - self.offered_g

    def __str__(self) -> str:
        masses = f"{kg_text(self.wanted_g)} kg wanted, {kg_text(self.offered_g)} kg on offer"
        offers = "1 offer" if len(self.offer_ids) == 1 else f"{len(self.offer_ids)} offers"
        if len(self.need_ids) == 1:
            return f"{self.need_ids[0]} alone wants more than {offers}: {masses}"
        return f"{len(self.need_ids)} needs compete for {offers}: {masses}"


@dataclass(frozen=True, slots=True)
class Material:
    """What needs have in common: accepted forms, fibres with a least share (the largest first), nearest shade."""

    forms: tuple[str, ...]
    fibres: tuple[str, ...]
    shade: str  # "" where no colour is asked
    length_min_um: int  # -1 where none is asked
    micron_max_milli: int

    def text(self, lang: str) -> str:
        """`navy wool, ≥ 20 mm: noils`, in `it`, `en` or `zh`."""
        fibres = "/".join(name(FIBRES, code, lang) for code in self.fibres)
        shade = name(SHADES, self.shade, lang) if self.shade else ""
        between, named = _ORDER[lang][0], [shade, fibres][:: _ORDER[lang][1]]
        goods = between.join(part for part in named if part)
        length = f"≥ {decimal_text(self.length_min_um, 3)} mm" if self.length_min_um >= 0 else ""
        micron = f"≤ {decimal_text(self.micron_max_milli, 3)} µm" if self.micron_max_milli >= 0 else ""
        measured = ", ".join(part for part in (goods, length, micron) if part)
        forms = "; ".join(name(FORMS, code, lang) for code in self.forms)
        return f"{measured}: {forms}" if measured else forms


@dataclass(frozen=True, slots=True)
class Call:
    """A call for offers: what these needs lack together after the run."""

    material: Material
    mass_g: int
    need_ids: tuple[str, ...]
    swatch: str  # of the need that lacks most, "" where it asks for no colour

    def text(self, lang: str) -> str:
        """`120 kg navy wool, ≥ 20 mm: noils`, in `it`, `en` or `zh`."""
        return f"{kg_text(self.mass_g)} kg {self.material.text(lang)}"

    def __str__(self) -> str:
        return self.text("en")


@dataclass(frozen=True, slots=True)
class Shortage:
    """Where the market is short: who competes, most lacking first, and what to call for, most first."""

    competitions: tuple[Competition, ...]
    calls: tuple[Call, ...]
    unmet_g: int  # that needs lack after the run, calls or not

    @property
    def lacking_g(self) -> int:
        """Grams that competing needs can't get, whatever the policy."""
        return sum(one.lacking_g for one in self.competitions)

    def __str__(self) -> str:
        return "\n".join(map(str, (*self.competitions, *self.calls)))


def shortage_of(view: View, possible: Bools, lacking_g: Int64s) -> Shortage:
    """Competition on the possible legs, whatever else a policy wants; calls for what needs lack, in grams."""
    return Shortage(
        tuple(sorted(_competitions(view, possible), key=lambda one: (-one.lacking_g, one.need_ids))),
        tuple(sorted(_calls(view.sides.needs, lacking_g), key=lambda call: (-call.mass_g, call.need_ids))),
        int(lacking_g.sum()),
    )


def _competitions(view: View, possible: Bools) -> list[Competition]:
    legs, sides = view.legs.only(possible), view.sides
    best_rate = np.full(len(sides.offers), WHOLE, dtype=np.int64)
    if view.listed:  # only there may more be delivered than is taken
        np.maximum.at(best_rate, legs.offer, legs.rate)
    supply, demand = delivered_g(sides.offers.mass_g, best_rate), sides.needs.mass_g
    need, offer = np.divmod(np.unique(legs.need * len(sides.offers) + legs.offer), max(len(sides.offers), 1))
    flow = fullest(supply, demand, offer, need)
    short_offer, short_need = _short(offer, need, flow, demand)
    inside = short_need[need]
    ends = offer[inside], need[inside] + len(supply)
    size = len(supply) + len(demand)
    graph = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(size, size))
    part = connected_components(graph, directed=False)[1]
    offers, needs = (
        _by_part(part, np.flatnonzero(short_offer)),
        _by_part(part[len(supply) :], np.flatnonzero(short_need)),
    )
    return [
        Competition(
            tuple(sides.needs.ids[row] for row in needs[key]),
            tuple(sides.offers.ids[row] for row in rows),
            int(demand[needs[key]].sum()),
            int(supply[rows].sum()),
        )
        for key, rows in offers.items()
    ]


def _short(offer: Int64s, need: Int64s, flow: Int64s, demand: Int64s) -> tuple[Bools, Bools]:
    """The side of the minimum cut where needs are short: whoever could free kilograms for a need that lacks some."""
    got = np.zeros(len(demand), dtype=np.int64)
    np.add.at(got, need, flow)
    short_need = got < demand
    used = flow > 0
    offers = int(offer.max(initial=-1)) + 1
    while True:
        short_offer = np.zeros(offers, dtype=np.bool_)
        short_offer[offer[short_need[need]]] = True
        wider = short_need.copy()
        wider[need[used & short_offer[offer]]] = True
        if np.array_equal(wider, short_need):
            return short_offer, short_need
        short_need = wider


def _by_part(part: Int64s, nodes: Int64s) -> dict[int, list[int]]:
    """Nodes by the part they belong to."""
    grouped = defaultdict[int, list[int]](list)
    for node in nodes.tolist():
        grouped[int(part[node])].append(node)
    return grouped


def _calls(needs: Needs, lacking_g: Int64s) -> list[Call]:
    """What is lacking, by material; where that is at least a kilogram."""
    rows = defaultdict[Material, list[int]](list)
    short = np.flatnonzero(lacking_g > 0)
    for row, shade in zip(short.tolist(), _nearest_shades(needs.lab[short]), strict=True):
        rows[_material(needs, row, shade)].append(row)
    return [
        Call(
            material,
            int(lacking_g[alike].sum()),
            tuple(needs.ids[row] for row in alike),
            swatch(needs.lab[max(alike, key=lambda row: int(lacking_g[row]))]),
        )
        for material, alike in rows.items()
        if lacking_g[alike].sum() >= LEAST_CALL_G
    ]


def _material(needs: Needs, row: int, shade: str) -> Material:
    at = slice(int(needs.bound_start[row]), int(needs.bound_start[row + 1]))
    bounds = zip(needs.bound_low[at].tolist(), needs.bound_fibre[at].tolist(), strict=True)
    least = sorted((-low, fibre) for low, fibre in bounds if low > 0 and fibre >= 0)
    accepted = int(needs.forms[row])
    return Material(
        tuple(code for k, code in enumerate(FORM_CODES) if accepted >> k & 1),
        tuple(FIBRE_CODES[fibre] for _, fibre in least),
        shade,
        int(needs.length_min_um[row]),
        int(needs.micron_max_milli[row]),
    )


def _nearest_shades(lab: Floats) -> list[str]:
    """The class of shades whose centre is nearest to each colour by CIEDE2000, "" where there is no colour."""
    centred = {code: np.array(shade.lab) for code, shade in SHADES.items() if shade.lab is not None}
    far = np.stack([ciede2000(lab, centre) for centre in centred.values()])
    codes, stated = list(centred), np.asarray(np.isfinite(lab).all(axis=1))
    return [codes[at] if known else "" for at, known in zip(far.argmin(axis=0).tolist(), stated.tolist(), strict=True)]
