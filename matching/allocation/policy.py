# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a run should want: its objectives, the weights of the score, pairs that are agreed, pairs that are refused."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from matching.allocation.objectives import Avoided, Fit, Mass, Number, Objective
from matching.allocation.policy_problems import (
    Pair,
    acceptance_problems,
    around_problems,
    closeness_problems,
    contradictions,
    limit_problems,
    objective_problems,
    pair_problems,
    preset_problems,
    share_problems,
    stability_problems,
    weight_problems,
)
from matching.allocation.policy_toml import acceptance_tables, read_policy, written_policy
from matching.allocation.policy_words import Objection
from matching.pairing.acceptance import Acceptance
from matching.pairing.score import MICRO, TERM_NAMES

DEFAULT_WEIGHTS: Final[Mapping[str, Number]] = MappingProxyType(
    {
        "composition": Decimal("0.30"),
        "colour": Decimal("0.15"),
        "form": Decimal("0.10"),
        "price": Decimal("0.15"),
        "distance": Decimal("0.10"),
        "time": Decimal("0.05"),
        "hierarchy": Decimal("0.10"),
        "text": Decimal("0.05"),
    }
)
BEST_FIT: Final = "best fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """The first share of what small firms offer and need goes first, at a price of at most so much of the value."""

    max_price: Number = Decimal("0.03")
    share: Number = Decimal("0.5")


Kept = tuple[str, str, str, str]  # offer, need, processors joined by ";", kilograms delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """A kilogram that leaves where it was costs `tax`, in units of value; `kept` is where kilograms are now."""

    tax: Number = 0
    kept: tuple[Kept, ...] = ()


PRESETS: Final[Mapping[str, tuple[tuple[Objective, ...], Fairness | None]]] = MappingProxyType(
    {
        BEST_FIT: ((Fit(),), None),
        "most tonnes": ((Mass(),), None),
        "most CO2e avoided": ((Avoided(),), None),
        "small firms first": ((Fit(),), Fairness()),
    }
)


class BadPolicyError(ValueError):
    """A policy that can't be followed; `problems` are sentences, one for each thing that is wrong."""

    def __init__(self, problems: Iterable[Objection]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A preset and what is to differ from it; without objectives or fairness of its own it has the preset's.

    `weights` are of the score's terms (those not named keep their default), pins and forbids (offer, need) ids.
    With listings to stay `around`, only pairs with one of them are proposed, but for pins.
    With a model of `acceptance` values are expected ones: times the probability that both sides accept.
    A search may end once no plan can be worth more than this one by more than the share `close_enough`.
    A pinned pair gets as many kilograms as both sides have left, before anything else, in the order given.
    Raises BadPolicyError with every problem.
    """

    preset: str = BEST_FIT
    objective: tuple[Objective, ...] = ()
    fairness: Fairness | None = None
    weights: Mapping[str, Number] = field(default_factory=dict)
    pins: tuple[Pair, ...] = ()
    forbids: tuple[Pair, ...] = ()
    max_proposals_per_firm: int | None = None
    close_enough: Number = 0
    stability: Stability | None = None
    acceptance: Acceptance | None = None
    around: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = [*preset_problems(self.preset, PRESETS), *objective_problems(self.objective)]
        problems += weight_problems(self.weights, DEFAULT_WEIGHTS)
        problems += stability_problems(self.stability, Stability)
        problems += [*limit_problems(self.max_proposals_per_firm), *closeness_problems(self.close_enough)]
        problems += share_problems("fairness", self.fairness, Fairness)
        for name in ("pins", "forbids"):
            problems += pair_problems(name, getattr(self, name))
        problems += [*acceptance_problems(self.acceptance), *around_problems(self.around)]
        problems = problems or contradictions(self.pins, self.forbids)
        if problems:
            raise BadPolicyError(problems)
        objective, fairness = PRESETS[self.preset]
        object.__setattr__(self, "objective", tuple(self.objective) or objective)
        object.__setattr__(self, "fairness", self.fairness or fairness)
        object.__setattr__(self, "weights", MappingProxyType(dict(self.weights)))
        object.__setattr__(self, "acceptance", self.acceptance and self.acceptance.stated)

    @property
    def stages(self) -> tuple[tuple[Objective, ...], ...]:
        """The objectives in order of priority; those of one stage are added up."""
        ends = [at for at, one in enumerate(self.objective, start=1) if one.tolerance is not None]
        edges = sorted({0, *ends, len(self.objective)})
        return tuple(self.objective[first:last] for first, last in pairwise(edges))

    def excludes(self, pair: Pair) -> bool:
        """Whether the policy proposes this pair of an offer and a need by no way: forbidden, or not one of `around`."""
        return pair in self.forbids or (bool(self.around) and not {*pair} & {*self.around})

    @property
    def is_fit(self) -> bool:
        """Whether values are scores."""
        return [one.kind for one in self.objective] == [Fit.kind] and self.acceptance is None

    @property
    def weight_micro(self) -> dict[str, int]:
        """The weights normalised to whole micro-points that add up to MICRO exactly (largest remainders)."""
        weights = {name: Decimal(str(self._weight(name))) for name in TERM_NAMES}
        total = sum(weights.values())
        exact = {name: weight * MICRO / total for name, weight in weights.items()}
        micro = {name: math.floor(share) for name, share in exact.items()}
        by_remainder = sorted(TERM_NAMES, key=lambda name: micro[name] - exact[name])
        for name in by_remainder[: MICRO - sum(micro.values())]:
            micro[name] += 1
        return micro

    def _weight(self, name: str) -> Number:
        return self.weights.get(name, DEFAULT_WEIGHTS[name])

    @classmethod
    def from_toml(cls, text: str) -> "Policy":
        """Read a policy file; BadPolicyError names every key that is unknown and every value that can't be."""
        fields, problems = read_policy(text)
        for name, table in (("fairness", Fairness), ("stability", Stability)):
            if fields.get(name) is not None:
                fields[name] = table(**fields[name])
        try:
            policy = cls(**fields)
        except BadPolicyError as error:
            raise BadPolicyError([*problems, *error.problems]) from error
        if problems:
            raise BadPolicyError(problems)
        return policy

    def keeping(self, proposal_rows: Iterable[Mapping[str, str]]) -> "Policy":
        """The same with these proposals (rows of proposals.csv) as what should move little, if it taxes moving."""
        if self.stability is None:
            return self
        kept = tuple(
            (row["offer_id"], row["need_id"], row["processor_ids"], row["delivered_kg"]) for row in proposal_rows
        )
        return replace(self, stability=replace(self.stability, kept=kept))

    def to_toml(self) -> str:
        """The policy in full, defaults included; `from_toml` reads it back."""
        keys: dict[str, Any] = {
            "preset": self.preset,
            "pins": self.pins,
            "forbids": self.forbids,
            "around": self.around,
        }
        if self.max_proposals_per_firm is not None:
            keys["max_proposals_per_firm"] = self.max_proposals_per_firm
        if self.close_enough:
            keys["close_enough"] = self.close_enough
        weights = {name: self._weight(name) for name in TERM_NAMES}
        tables = {"weights": weights, **acceptance_tables(self.acceptance)}
        tables |= {} if self.fairness is None else {"fairness": asdict(self.fairness)}
        tables |= {} if self.stability is None else {"stability": asdict(self.stability)}
        return written_policy(keys, self.objective, tables)
