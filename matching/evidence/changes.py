# SPDX-License-Identifier: AGPL-3.0-or-later
"""The smallest change of one listing that would mend one broken rule of one pair.

A change is a cell of the file formats, before and after, so that it can be tried by reading the listing again.
No change is offered for what nobody should get around: the same firm on both sides, hazardous waste,
post-consumer by-products; none rewrites an offer's regime.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from matching.evidence.units import day_text, decimal_text, kg_text
from matching.market.vocabulary import FIBRE_CODES, FORM_CODES, REGIMES, WASTE_CODES
from matching.pairing.colour import ciede2000
from matching.pairing.rules import distance_m
from matching.pairing.sides import Sides

Whose = Literal["offer", "need"]
STATE_IT: Final = "?"  # after: the offer must state a value that the need bounds

_ANOTHER_KIND: Final = 1.0  # a form, regime, permit or certificate more or less weighs as much as doubling a number
_STATING: Final = 0.5
_MONTH: Final = 30
_TEN_POINTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """One cell of one side's listing.

    `size` says how large the change is: 1 is a number doubled, a month, ten percentage points, or another code.
    """

    whose: Whose
    column: str
    after: str
    size: float


def change_for(sides: Sides, rule: str, offer: int, need: int, asking: Whose) -> Change | None:
    """The change that would make a pair pass a rule, the asking side's own where either could change."""
    if asking == "offer" and rule in _OF_OFFER:
        return _OF_OFFER[rule](sides, offer, need)
    return _OF_NEED[rule](sides, offer, need) if rule in _OF_NEED else None


def _beyond(after: int, before: int, least: int = 1) -> float:
    """How far a number moves, as a share of what it was (or of `least`, where that is more)."""
    return abs(after - before) / max(abs(before), least)


def _radius(sides: Sides, offer: int, need: int) -> Change:
    metres = int(distance_m(sides, np.array([offer]), np.array([need]))[0])
    return Change("need", "radius_km", decimal_text(metres, 3), _beyond(metres, int(sides.needs.radius_m[need]), 1000))


def _highest_price(sides: Sides, offer: int, need: int) -> Change:
    ask, highest = int(sides.offers.price_milli[offer]), int(sides.needs.price_milli[need])
    return Change("need", "price_eur_kg", decimal_text(ask, 3), _beyond(ask, highest, 100))


def _ask(sides: Sides, offer: int, need: int) -> Change:
    ask, highest = int(sides.offers.price_milli[offer]), int(sides.needs.price_milli[need])
    return Change("offer", "price_eur_kg", decimal_text(highest, 3), _beyond(highest, ask, 100))


def _wanted_mass(sides: Sides, offer: int, need: int) -> Change:
    least = int(sides.least_g[offer])
    return Change("need", "mass_kg", kg_text(least), _beyond(least, int(sides.needs.mass_g[need])))


def _offer_lot(sides: Sides, offer: int, need: int) -> Change:
    wanted = int(sides.needs.mass_g[need])
    if not sides.offers.divisible[offer]:
        return Change("offer", "divisible", "yes", _ANOTHER_KIND)
    return Change("offer", "lot_kg", kg_text(wanted), _beyond(wanted, int(sides.offers.lot_g[offer])))


def _need_lot(sides: Sides, offer: int, need: int) -> Change:
    mass = int(sides.offers.mass_g[offer])
    return Change("need", "lot_kg", kg_text(mass), _beyond(mass, int(sides.needs.lot_g[need])))


def _tolerance(sides: Sides, offer: int, need: int) -> Change | None:
    if not sides.needs.colour_measured[need]:
        return None
    if not sides.offers.colour_measured[offer]:
        return Change("offer", "colour", STATE_IT, _STATING)
    difference = math.ceil(float(ciede2000(sides.offers.lab[offer], sides.needs.lab[need])) * 1000)
    size = _beyond(difference, int(sides.needs.delta_e_milli[need]), 1000)
    return Change("need", "delta_e", decimal_text(difference, 3), size)


def _length(sides: Sides, offer: int, need: int) -> Change:
    length = int(sides.offers.length_um[offer])
    if length < 0:
        return Change("offer", "length_mm", STATE_IT, _STATING)
    return Change(
        "need", "length_min_mm", decimal_text(length, 3), _beyond(length, int(sides.needs.length_min_um[need]))
    )


def _micron(sides: Sides, offer: int, need: int) -> Change:
    micron = int(sides.offers.micron_milli[offer])
    if micron < 0:
        return Change("offer", "micron", STATE_IT, _STATING)
    size = _beyond(micron, int(sides.needs.micron_max_milli[need]))
    return Change("need", "micron_max", decimal_text(micron, 3), size)


def _needed(sides: Sides, offer: int, need: int) -> Change:
    ends, begins = int(sides.offers.until_day[offer]), int(sides.offers.from_day[offer])
    if ends < sides.needs.from_day[need]:
        return Change("need", "needed_from", day_text(ends), (sides.needs.from_day[need] - ends) / _MONTH)
    return Change("need", "needed_until", day_text(begins), (begins - sides.needs.until_day[need]) / _MONTH)


def _available(sides: Sides, offer: int, need: int) -> Change:
    ends, begins = int(sides.needs.until_day[need]), int(sides.needs.from_day[need])
    if ends < sides.offers.from_day[offer]:
        return Change("offer", "available_from", day_text(ends), (sides.offers.from_day[offer] - ends) / _MONTH)
    return Change("offer", "available_until", day_text(begins), (begins - sides.offers.until_day[offer]) / _MONTH)


def _forms(sides: Sides, offer: int, need: int) -> Change:
    form, accepted = int(sides.offers.form[offer]), int(sides.needs.forms[need])
    return Change("need", "forms", _codes(FORM_CODES, accepted | 1 << form), _ANOTHER_KIND)


def _regimes(sides: Sides, offer: int, need: int) -> Change:
    regime, accepted = int(sides.offers.regime[offer]), int(sides.needs.regimes[need])
    return Change("need", "regimes", _codes(REGIMES, accepted | 1 << regime), _ANOTHER_KIND)


def _codes(codes: tuple[str, ...], bits: int) -> str:
    return ";".join(code for k, code in enumerate(codes) if bits >> k & 1)


def _permits(sides: Sides, offer: int, need: int) -> Change | None:
    code = int(sides.offers.waste_code[offer])
    if code < 0:
        return None
    received = sorted(WASTE_CODES[permit] for permit in {*sides.needs.waste_codes[need], code})
    return Change("need", "waste_codes", ";".join(received), _ANOTHER_KIND)


def _fewer_certificates(sides: Sides, offer: int, need: int) -> Change:
    asked, held = sides.needs.certificates[need], sides.offers.certificates[offer]
    return Change("need", "certificates", ";".join(sorted(asked & held)), _ANOTHER_KIND * len(asked - held))


def _more_certificates(sides: Sides, offer: int, need: int) -> Change:
    asked, held = sides.needs.certificates[need], sides.offers.certificates[offer]
    return Change("offer", "certificates", ";".join(sorted(asked | held)), _ANOTHER_KIND * len(asked - held))


def _bounds(sides: Sides, offer: int, need: int) -> Change:
    """Every bound that is not met, widened to the offer's share."""
    needs, total = sides.needs, int(sides.total_share[offer])
    if not total:
        return Change("offer", "composition", STATE_IT, _STATING)
    at = range(int(needs.bound_start[need]), int(needs.bound_start[need + 1]))
    fibres = [int(needs.bound_fibre[k]) for k in at]
    named = sum(int(sides.shares[offer, fibre]) for fibre in fibres if fibre >= 0)
    texts, widened = [], 0
    for k, fibre in zip(at, fibres, strict=True):
        share = int(sides.shares[offer, fibre]) if fibre >= 0 else total - named
        low, high = min(share, int(needs.bound_low[k])), max(share, int(needs.bound_high[k]))
        widened += high - low - int(needs.bound_high[k] - needs.bound_low[k])
        texts.append(f"{FIBRE_CODES[fibre] if fibre >= 0 else '*'}:{decimal_text(low, 2)}-{decimal_text(high, 2)}")
    return Change("need", "composition", ";".join(texts), widened / _TEN_POINTS)


_Mend = Callable[[Sides, int, int], Change | None]

_OF_NEED: Final[Mapping[str, _Mend]] = {
    "form": _forms,
    "regime": _regimes,
    "waste code": _permits,
    "certificates": _fewer_certificates,
    "window": _needed,
    "radius": _radius,
    "price": _highest_price,
    "lot of the offer": _wanted_mass,
    "lot of the need": _need_lot,
    "length": _length,
    "micron": _micron,
    "composition": _bounds,
    "colour": _tolerance,
}
_OF_OFFER: Final[Mapping[str, _Mend]] = {
    "certificates": _more_certificates,
    "window": _available,
    "price": _ask,
    "lot of the offer": _offer_lot,
}
