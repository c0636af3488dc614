# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a rule measured on a pair, and what it would have allowed: the two values a broken rule is explained with.

Values are codes, numbers with units and ISO dates, the same in every language, but for the few words of `WORDS`.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.evidence.units import decimal_text, kg_text, window_text
from matching.market.vocabulary import FIBRE_CODES, FORM_CODES, REGIMES, WASTE_CODES
from matching.pairing.colour import ciede2000
from matching.pairing.rules import RULES, broken_bits, distance_m
from matching.pairing.sides import Sides

NOT_STATED: Final = "not stated"
WORDS: Final = (NOT_STATED, "none", "another firm", "pre-consumer", "post-consumer", "not hazardous", "indivisible")

Measured = tuple[str, str]


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A hard rule that a pair breaks: what the pair measures, and what the rule would allow."""

    name: str
    measured: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.name}: {self.measured} (allowed: {self.allowed})"


def broken_rules(sides: Sides, offer: int, need: int) -> tuple[BrokenRule, ...]:
    """Every rule that the pair breaks, with both values; empty for a compatible pair."""
    bits = int(broken_bits(sides, np.array([offer]), np.array([need]))[0])
    broken = [rule.name for k, rule in enumerate(RULES) if bits >> k & 1]
    return tuple(BrokenRule(name, *_MEASURES[name](sides, offer, need)) for name in broken)


def _own_firm(sides: Sides, offer: int, need: int) -> Measured:
    return sides.offers.firms[offer], "another firm"


def _form(sides: Sides, offer: int, need: int) -> Measured:
    accepted = int(sides.needs.forms[need])
    return FORM_CODES[sides.offers.form[offer]], _listed(code for k, code in enumerate(FORM_CODES) if accepted >> k & 1)


def _regime(sides: Sides, offer: int, need: int) -> Measured:
    accepted = int(sides.needs.regimes[need])
    return REGIMES[sides.offers.regime[offer]], _listed(code for k, code in enumerate(REGIMES) if accepted >> k & 1)


def _waste_code(sides: Sides, offer: int, need: int) -> Measured:
    code = int(sides.offers.waste_code[offer])
    permitted = _listed(sorted(WASTE_CODES[permit] for permit in sides.needs.waste_codes[need]))
    return WASTE_CODES[code] if code >= 0 else NOT_STATED, permitted


def _post_consumer(sides: Sides, offer: int, need: int) -> Measured:
    return "post-consumer", "pre-consumer"


def _hazardous(sides: Sides, offer: int, need: int) -> Measured:
    return WASTE_CODES[sides.offers.waste_code[offer]], "not hazardous"


def _certificates(sides: Sides, offer: int, need: int) -> Measured:
    return _listed(sorted(sides.offers.certificates[offer])), _listed(sorted(sides.needs.certificates[need]))


def _window(sides: Sides, offer: int, need: int) -> Measured:
    offers, needs = sides.offers, sides.needs
    return (
        window_text(offers.from_day[offer], offers.until_day[offer]),
        window_text(needs.from_day[need], needs.until_day[need]),
    )


def radius_text(radius_m: int) -> str:
    """The radius a need states, "" without one."""
    return f"≤ {decimal_text(radius_m, 3)} km" if radius_m >= 0 else ""


def _radius(sides: Sides, offer: int, need: int) -> Measured:
    metres = int(distance_m(sides, np.array([offer]), np.array([need]))[0])
    return f"{decimal_text(metres, 3)} km", radius_text(int(sides.needs.radius_m[need]))


def _price(sides: Sides, offer: int, need: int) -> Measured:
    ask, highest = int(sides.offers.price_milli[offer]), int(sides.needs.price_milli[need])
    return f"{decimal_text(ask, 3)} EUR/kg", f"≤ {decimal_text(highest, 3)} EUR/kg"


def _offer_lot(sides: Sides, offer: int, need: int) -> Measured:
    least = f"{kg_text(sides.least_g[offer])} kg"
    whole = "" if sides.offers.divisible[offer] else " indivisible"
    return least + whole, f"≤ {kg_text(sides.needs.mass_g[need])} kg"


def _need_lot(sides: Sides, offer: int, need: int) -> Measured:
    return f"{kg_text(sides.offers.mass_g[offer])} kg", f"≥ {kg_text(sides.needs.lot_g[need])} kg"


def _length(sides: Sides, offer: int, need: int) -> Measured:
    length = int(sides.offers.length_um[offer])
    least = decimal_text(int(sides.needs.length_min_um[need]), 3)
    return f"{decimal_text(length, 3)} mm" if length >= 0 else NOT_STATED, f"≥ {least} mm"


def _micron(sides: Sides, offer: int, need: int) -> Measured:
    micron = int(sides.offers.micron_milli[offer])
    most = decimal_text(int(sides.needs.micron_max_milli[need]), 3)
    return f"{decimal_text(micron, 3)} µm" if micron >= 0 else NOT_STATED, f"≤ {most} µm"


def _composition(sides: Sides, offer: int, need: int) -> Measured:
    """The bounds that are not met, each with the offer's share; all of them where no composition is stated."""
    needs, total = sides.needs, int(sides.total_share[offer])
    at = range(int(needs.bound_start[need]), int(needs.bound_start[need + 1]))
    fibres = [int(needs.bound_fibre[k]) for k in at]
    shares = [int(sides.shares[offer, fibre]) if fibre >= 0 else 0 for fibre in fibres]
    shares = [share if fibre >= 0 else total - sum(shares) for fibre, share in zip(fibres, shares, strict=True)]
    missed = [
        (k, fibre, share)
        for k, fibre, share in zip(at, fibres, shares, strict=True)
        if not total or not needs.bound_low[k] <= share <= needs.bound_high[k]
    ]
    allowed = [
        f"{_fibre(fibre)} {_percent(needs.bound_low[k])}-{_percent(needs.bound_high[k])} %" for k, fibre, _ in missed
    ]
    measured = [f"{_fibre(fibre)} {_percent(share)} %" for _, fibre, share in missed]
    return "; ".join(measured) if total else NOT_STATED, "; ".join(allowed)


def _fibre(fibre: int) -> str:
    return FIBRE_CODES[fibre] if fibre >= 0 else "*"


def _percent(hundredths: int) -> str:
    return decimal_text(int(hundredths), 2)


def _colour(sides: Sides, offer: int, need: int) -> Measured:
    allowed = f"ΔE00 ≤ {decimal_text(int(sides.needs.delta_e_milli[need]), 3)}"
    if not (sides.offers.colour_measured[offer] and sides.needs.colour_measured[need]):
        return NOT_STATED, allowed
    difference = float(ciede2000(sides.offers.lab[offer], sides.needs.lab[need]))
    return f"ΔE00 {decimal_text(math.ceil(difference * 1000), 3)}", allowed


def _listed(codes: Iterable[str]) -> str:
    return "; ".join(codes) or "none"


_MEASURES: Final[Mapping[str, Callable[[Sides, int, int], Measured]]] = {
    "own firm": _own_firm,
    "form": _form,
    "regime": _regime,
    "waste code": _waste_code,
    "post-consumer by-product": _post_consumer,
    "hazardous": _hazardous,
    "certificates": _certificates,
    "window": _window,
    "radius": _radius,
    "price": _price,
    "lot of the offer": _offer_lot,
    "lot of the need": _need_lot,
    "length": _length,
    "micron": _micron,
    "composition": _composition,
    "colour": _colour,
}
