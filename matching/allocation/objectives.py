# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a kilogram is worth: objectives as objects, each a column of whole numbers, one per pair.

A column counts micro-units (points, EUR, kg CO2e or kg, times 10**6) per delivered kilogram. A way through processors
is judged as the offer it becomes, with what it went through before. Figures are facts of the vocabulary unless a
policy states its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np

from matching.market.columns import Int64s
from matching.market.vocabulary import AVOIDED, FACTS, FIBRE_CODES, REGIME_NUMBER
from matching.pairing.acceptance import Acceptance
from matching.pairing.rules import Index, way_m
from matching.pairing.score import MICRO, Scorer
from matching.pairing.sides import Sides

Number = int | float | Decimal

WEIGHTED: Final = "weighted"
_DISPOSED_OF: Final = tuple(REGIME_NUMBER[code] for code in ("BYPRODUCT", "WASTE"))  # where nobody takes them
_WHOLE_PCT: Final = 10_000
_STRIPE: Final = 1 << 18
_MOST: Final = 10**6 * MICRO  # a kilogram worth more is a slip; sums over any market stay within a solver's reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective(ABC):
    """Something to have as much of as possible.

    `weight` counts in a sum of objectives. `tolerance` is the share of it that the objectives after it may give up;
    one without a tolerance is added to the next.
    """

    kind: ClassVar[str]
    unit: ClassVar[str]  # of the value

    weight: Number = 1
    tolerance: Number | None = None

    @abstractmethod
    def describe(self) -> str:
        """What a kilogram counts for, and the figures it is reckoned with."""

    @abstractmethod
    def column(self, scorer: Scorer, o: Index, n: Index) -> Int64s:
        """Micro-units per delivered kg of each pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit(Objective):
    """The score: how well a pair suits."""

    kind: ClassVar[str] = "fit"
    unit: ClassVar[str] = "score·kg"

    def describe(self) -> str:
        """As `Objective`."""
        return "fit: the score of each kilogram delivered"

    def column(self, scorer: Scorer, o: Index, n: Index) -> Int64s:
        """As `Objective`."""
        return scorer.scores(o, n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mass(Objective):
    """Kilograms delivered."""

    kind: ClassVar[str] = "mass"
    unit: ClassVar[str] = "kg"

    def describe(self) -> str:
        """As `Objective`."""
        return "mass: the kilograms delivered"

    def column(self, scorer: Scorer, o: Index, n: Index) -> Int64s:
        """As `Objective`."""
        return np.full(len(o), MICRO, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus(Objective):
    """Euro that both sides gain together: highest price + disposal avoided - ask - transport - processing.

    An open price equals the other side's. Disposal is avoided for by-products and waste, per delivered kg (what
    processors lose is still disposed of), less what the firm itself pays to give the goods away.
    """

    kind: ClassVar[str] = "surplus"
    unit: ClassVar[str] = "EUR"
    disposal_eur_kg: Number = FACTS["disposal"].value
    transport_eur_tkm: Number = FACTS["transport"].value

    def describe(self) -> str:
        """As `Objective`."""
        return (
            "surplus: highest price + disposal avoided - ask - transport - processing, "
            f"with disposal at {_shown(self.disposal_eur_kg, 'disposal')} "
            f"and transport at {_shown(self.transport_eur_tkm, 'transport')}"
        )

    def column(self, scorer: Scorer, o: Index, n: Index) -> Int64s:
        """As `Objective`."""
        sides = scorer.sides
        transport = rounded_product(_carried_m(sides, o, n), micro(self.transport_eur_tkm))
        return self.margin(sides, o, n) + self.saved(sides, o) - transport

    def margin(self, sides: Sides, o: Index, n: Index) -> Int64s:
        """Micro-EUR per delivered kg between what the need pays and what ask and processing cost."""
        both = sides.offers.priced[o] & sides.needs.priced[n]
        room = sides.needs.price_milli[n] - sides.offers.price_milli[o]
        return np.where(both, room, -sides.before.cost_milli[o]) * (MICRO // 1000)

    def saved(self, sides: Sides, o: Index) -> Int64s:
        """Micro-EUR of disposal avoided per delivered kg."""
        ask = np.where(sides.offers.priced[o], sides.before.price_milli[o], 0) * (MICRO // 1000)
        saved = np.maximum(micro(self.disposal_eur_kg) + np.minimum(ask, 0), 0)
        return np.where(np.isin(sides.before.regime[o], _DISPOSED_OF), saved, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Avoided(Objective):
    """Kilograms of CO2e not emitted: delivered fibres x what each avoids x replacement rate - transport.

    A fibre without a figure avoids nothing. `factors` replace or complete the vocabulary's, in kg CO2e per kg.
    """

    kind: ClassVar[str] = "avoided"
    unit: ClassVar[str] = "kg CO2e"
    replacement_rate: Number = FACTS["replacement"].value
    transport_kg_tkm: Number = FACTS["transport.co2e"].value
    factors: Mapping[str, Number] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {code: fact.value for code, fact in AVOIDED.items()}
        object.__setattr__(self, "factors", MappingProxyType({**known, **self.factors}))

    def describe(self) -> str:
        """As `Objective`."""
        figures = ", ".join(f"{code} {factor}" for code, factor in self.factors.items())
        return (
            "avoided: kg CO2e per kg of fibre x replacement rate - transport, "
            f"with {figures}; replacement rate {_shown(self.replacement_rate, 'replacement')}; "
            f"transport {_shown(self.transport_kg_tkm, 'transport.co2e')}"
        )

    def column(self, scorer: Scorer, o: Index, n: Index) -> Int64s:
        """As `Objective`."""
        rate = Decimal(str(self.replacement_rate))
        each = [micro(Decimal(str(self.factors.get(code, 0))) * rate) for code in FIBRE_CODES]
        offered = scorer.sides.shares.astype(np.int64) @ np.array(each, dtype=np.int64)
        burden = rounded_product(_carried_m(scorer.sides, o, n), micro(self.transport_kg_tkm))
        return np.asarray((offered // _WHOLE_PCT)[o] - burden)


KINDS: Final[Mapping[str, type[Objective]]] = {kind.kind: kind for kind in (Fit, Surplus, Avoided, Mass)}


def unit_of(objectives: tuple[Objective, ...], expected: bool = False) -> str:
    """What a sum of objectives is measured in."""
    unit = objectives[0].unit if len(objectives) == 1 else WEIGHTED
    return f"expected {unit}" if expected else unit


def values(
    objectives: tuple[Objective, ...], scorer: Scorer, o: Index, n: Index, acceptance: Acceptance | None = None
) -> Int64s:
    """Micro-units per delivered kg of each pair, of one objective or of several times their weights.

    Within a million units either way: what is more is a slip in a price. With a model of acceptance it is what can be
    expected: the value times the probability that both sides accept.
    """
    total = _summed(objectives, scorer, o, n)
    return total if acceptance is None else acceptance.expected_micro(scorer, o, n, total)


def _summed(objectives: tuple[Objective, ...], scorer: Scorer, o: Index, n: Index) -> Int64s:
    if len(objectives) == 1:
        return _column(objectives[0], scorer, o, n)
    total = np.zeros(len(o), dtype=np.int64)
    for objective in objectives:
        total += rounded_product(_column(objective, scorer, o, n), micro(objective.weight))
    return np.clip(total, -_MOST, _MOST)


def micro(figure: Number) -> int:
    """Millionths, rounded half up."""
    return int((Decimal(str(figure)) * MICRO).quantize(Decimal(1), ROUND_HALF_UP))


def rounded_product(column: Int64s, factor_micro: int) -> Int64s:
    """Column x factor, rounded half up; exact while neither exceeds 10**12."""
    high, low = np.divmod(column, MICRO)
    return np.asarray(high * factor_micro + (low * factor_micro + MICRO // 2) // MICRO)


def _column(objective: Objective, scorer: Scorer, o: Index, n: Index) -> Int64s:
    parts = [objective.column(scorer, o[at : at + _STRIPE], n[at : at + _STRIPE]) for at in range(0, len(o), _STRIPE)]
    return np.clip(np.concatenate(parts), -_MOST, _MOST) if parts else np.zeros(0, dtype=np.int64)


def _carried_m(sides: Sides, o: Index, n: Index) -> Int64s:
    """Metres per delivered kg, each stretch weighed by what is carried there (a million: one tonne-kilometre)."""
    return np.asarray(way_m(sides, o, n) - sides.before.metres[o] + sides.before.carried_m[o])


def _shown(figure: Number, code: str) -> str:
    fact = FACTS[code]
    return str(fact) if Decimal(str(figure)) == fact.value else f"{figure} {fact.unit} (stated by the policy)"
