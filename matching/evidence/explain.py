# SPDX-License-Identifier: AGPL-3.0-or-later
"""The terms of a pair's score with the values they compare, from the retained columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from matching.evidence.measure import broken_rules, radius_text
from matching.evidence.proposal import Explanation
from matching.evidence.reasons import Column, Reasons
from matching.evidence.units import decimal_text, window_text
from matching.evidence.view import View
from matching.market.columns import Int64s, Needs, Offers
from matching.market.texts import Texts
from matching.market.vocabulary import FIBRE_CODES, FORM_CODES, USES
from matching.pairing.rules import Index, way_m
from matching.pairing.score import TERM_NAMES, Scorer
from matching.pairing.sides import Sides

PRICE_OPEN: Final = "price open"  # a price that either side leaves open: a neutral term under its own name

IN_THE_RECIPE: Final = "in the recipe"  # composition and colour where they hold for the mix
OF_THE_MIX: Final = ("composition", "colour")

Compared = tuple[list[str], list[str]]  # what each pair's offer and need say
_STRIPE: Final = 1 << 16


def reasons(scorer: Scorer, o: Index, n: Index) -> Reasons:
    """The terms of each pair, in TERM_NAMES' order; their amounts add up to its score."""
    pairs = scorer.sides, o, n
    amounts = zip(TERM_NAMES, _amounts(scorer, o, n), strict=True)
    columns = (Column(_shown_names(name, *pairs), micro, *_COMPARED[name](*pairs)) for name, micro in amounts)
    return Reasons(len(o), tuple(columns))


def _amounts(scorer: Scorer, o: Index, n: Index) -> list[list[int]]:
    """Micro-points by term and pair."""
    stripes = [slice(at, at + _STRIPE) for at in range(0, max(len(o), 1), _STRIPE)]
    amounts = np.concatenate([scorer.amounts(o[stripe], n[stripe]) for stripe in stripes], axis=1)
    listed: list[list[int]] = amounts.tolist()
    return listed


def leg_reasons(view: View, legs: Int64s) -> Reasons:
    """The terms of each leg of a view; none of listed pairs."""
    if view.listed:
        return Reasons(len(legs), ())
    first = len(view.pairs)  # of the chains
    direct = legs[legs < first]
    found = reasons(view.scorer, view.legs.offer[direct], view.legs.need[direct])
    if view.chains is None or len(direct) == len(legs):
        return found
    ways = view.chains.pairs.at(legs[legs >= first] - first)
    order = np.argsort(np.argsort(legs >= first, kind="stable"), kind="stable")
    return found.then(reasons(view.chains.scorer, *ways)).only(order.tolist())


def explain(view: View, offer: int, need: int) -> Explanation:
    """The explanation of one pair: its terms, or every rule it breaks; and of every way through processors."""
    ids = view.sides.offers.ids[offer], view.sides.needs.ids[need]
    if view.listed:
        return Explanation(*ids)
    first = len(view.pairs)  # of the chains
    ways = first + np.flatnonzero((view.legs.offer[first:] == offer) & (view.legs.need[first:] == need))
    chains = tuple(
        Explanation(*ids, terms=terms, processor_ids=view.name(leg)[2])
        for leg, terms in zip(ways.tolist(), leg_reasons(view, ways).terms(), strict=True)
    )
    broken = broken_rules(view.sides, offer, need)
    if broken:
        return Explanation(*ids, broken=broken, chains=chains)
    (terms,) = reasons(view.scorer, np.array([offer]), np.array([need])).terms()
    return Explanation(*ids, terms=terms, chains=chains)


def _shown_names(name: str, sides: Sides, o: Index, n: Index) -> list[str]:
    if name in OF_THE_MIX:
        return [IN_THE_RECIPE if blend else name for blend in sides.needs.blend[n].tolist()]
    if name == "price":
        stated = sides.offers.priced[o] & sides.needs.priced[n]
        return [name if both else PRICE_OPEN for both in stated.tolist()]
    return [name] * len(o)


def _composition(sides: Sides, o: Index, n: Index) -> Compared:
    shares = _typed(sides.offers.texts, "composition", o)
    for k in np.flatnonzero(sides.before_m[o]).tolist():
        shares[k] = _composed(sides, int(o[k]))
    return shares, _typed(sides.needs.texts, "composition", n)


def _composed(sides: Sides, offer: int) -> str:
    """What processors left of a composition."""
    offers = sides.offers
    row = slice(int(offers.composition_start[offer]), int(offers.composition_start[offer + 1]))
    shares = zip(offers.composition_fibre[row].tolist(), offers.composition_pct[row].tolist(), strict=True)
    return ";".join(f"{FIBRE_CODES[fibre]}:{decimal_text(pct, 2)}" for fibre, pct in shares)


def _colour(sides: Sides, o: Index, n: Index) -> Compared:
    return _typed(sides.offers.texts, "colour", o), _typed(sides.needs.texts, "colour", n)


def _form(sides: Sides, o: Index, n: Index) -> Compared:
    return [FORM_CODES[form] for form in sides.offers.form[o].tolist()], _uses(sides, n)


def _uses(sides: Sides, n: Index) -> list[str]:
    return [USES[use] for use in sides.needs.use[n].tolist()]


def _price(sides: Sides, o: Index, n: Index) -> Compared:
    return _prices(sides.offers, o), _prices(sides.needs, n)


def _prices(side: Offers | Needs, rows: Index) -> list[str]:
    prices = zip(side.price_milli[rows].tolist(), side.priced[rows].tolist(), strict=True)
    return [f"{decimal_text(milli, 3)} EUR/kg" if priced else "" for milli, priced in prices]


def _distance(sides: Sides, o: Index, n: Index) -> Compared:
    way = [f"{decimal_text(metres, 3)} km" for metres in way_m(sides, o, n).tolist()]
    return way, [radius_text(radius_m) for radius_m in sides.needs.radius_m[n].tolist()]


def _time(sides: Sides, o: Index, n: Index) -> Compared:
    return _windows(sides.offers, o), _windows(sides.needs, n)


def _windows(side: Offers | Needs, rows: Index) -> list[str]:
    return list(map(window_text, side.from_day[rows].tolist(), side.until_day[rows].tolist()))


def _hierarchy(sides: Sides, o: Index, n: Index) -> Compared:
    return [""] * len(o), _uses(sides, n)


def _text(sides: Sides, o: Index, n: Index) -> Compared:
    return _chosen(sides.offers.description, o), _chosen(sides.needs.description, n)


def _chosen(texts: Sequence[str], rows: Index) -> list[str]:
    return [texts[row] for row in rows.tolist()]


def _typed(texts: Texts, column: str, rows: Index) -> list[str]:
    return list(map(str.strip, texts.cells(column, rows)))


_COMPARED: Final[Mapping[str, Callable[[Sides, Index, Index], Compared]]] = {
    "composition": _composition,
    "colour": _colour,
    "form": _form,
    "price": _price,
    "distance": _distance,
    "time": _time,
    "hierarchy": _hierarchy,
    "text": _text,
}
