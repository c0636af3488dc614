# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be wrong with a policy, each as a sentence that names the key."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from matching.allocation.objectives import KINDS, Number, Objective
from matching.allocation.policy_words import Objection, objection
from matching.market.vocabulary import FIBRE_CODES
from matching.pairing.acceptance import Acceptance

Pair = tuple[str, str]

KILOGRAMS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?").fullmatch
SHARES: Final = ("tolerance", "replacement_rate")
MOST: Final = 10**6  # of weights and figures: with more, values would leave the reach of the solvers


def preset_problems(preset: Any, known: Iterable[str]) -> list[Objection]:
    """A preset has a name that is known."""
    names = ", ".join(f'"{name}"' for name in known)
    return [] if preset in list(known) else [objection("preset", "no_preset", value=repr(preset), known=names)]


def weight_problems(weights: Any, defaults: Mapping[str, Number]) -> list[Objection]:
    """Weights of terms that exist, none below nought, not all nought."""
    if not isinstance(weights, Mapping):
        return [objection("weights", "numbers_expected")]
    problems = [objection(f"weights.{name}", "unknown_term") for name in weights if name not in defaults]
    problems += [
        objection(f"weights.{name}", "not_from_nought", value=weight)
        for name, weight in weights.items()
        if not is_number(weight, math.inf)
    ]
    if not problems and not any({**defaults, **weights}.values()):
        problems.append(objection("weights", "all_nought"))
    return problems


def objective_problems(objectives: Any) -> list[Objection]:
    """Objectives of known kinds, whose figures can be reckoned with."""
    if not isinstance(objectives, tuple | list) or not all(type(one) in KINDS.values() for one in objectives):
        return [objection("objective", "objectives_listed")]
    problems = [problem for at, one in enumerate(objectives, start=1) for problem in _of_objective(at, one)]
    if objectives and not problems and not any(one.weight for one in objectives):
        problems.append(objection("objective", "no_weight"))
    return problems


def _of_objective(at: int, objective: Objective) -> Iterator[Objection]:
    for key in (entry.name for entry in fields(objective)):
        value = getattr(objective, key)
        where = f"objective {at}, {key}"
        if key == "factors":
            yield from _of_factors(where, value)
        elif key in SHARES:
            if not is_number(value, 1) and (value is not None or key != "tolerance"):
                yield objection(where, "not_a_share", value=value)
        elif not is_number(value, MOST):
            yield objection(where, "not_up_to", value=value, most=MOST)


def _of_factors(where: str, factors: Mapping[str, Any]) -> Iterator[Objection]:
    for fibre, factor in factors.items():
        if fibre not in FIBRE_CODES:
            yield objection(where, "no_fibre", value=fibre)
        elif not is_number(factor, MOST):
            yield objection(where, "not_up_to", value=f"{fibre} {factor}", most=MOST)


def acceptance_problems(acceptance: Any) -> list[Objection]:
    """A model of acceptance, or none."""
    if acceptance is None or isinstance(acceptance, Acceptance):
        return []
    return [objection("acceptance", "model_expected")]


def around_problems(ids: Any) -> list[Objection]:
    """Ids of listings."""
    plain = isinstance(ids, tuple) and all(isinstance(one, str) for one in ids)
    return [] if plain else [objection("around", "ids_expected")]


def pair_problems(name: str, pairs: Any) -> list[Objection]:
    """Pairs of ids."""
    if not isinstance(pairs, tuple):
        return [objection(name, "pairs_expected")]
    return [
        objection(name, "no_pair", value=repr(pair))
        for pair in pairs
        if not (isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair))
    ]


def limit_problems(most: Any) -> list[Objection]:
    """A limit is a whole number, at least one."""
    if most is None or (isinstance(most, int) and not isinstance(most, bool) and most >= 1):
        return []
    return [objection("max_proposals_per_firm", "not_whole", value=most)]


def closeness_problems(share: Any) -> list[Objection]:
    """What may be left undecided is a share of the value."""
    return [] if is_number(share, 1) else [objection("close_enough", "not_a_share", value=share)]


def stability_problems(value: Any, kind: type[Any]) -> list[Objection]:
    """A tax of at least nought, and places of kilograms, each of four texts."""
    if value is None:
        return []
    if type(value) is not kind:
        return [objection("stability", "table_expected")]
    wrong_tax = (
        [] if is_number(value.tax, MOST) else [objection("stability.tax", "not_up_to", value=value.tax, most=MOST)]
    )
    if not isinstance(value.kept, tuple):
        return [*wrong_tax, objection("stability.kept", "kept_expected")]
    return wrong_tax + [
        objection("stability.kept", "no_place", value=repr(place))
        for place in value.kept
        if not (isinstance(place, tuple) and len(place) == 4 and all(isinstance(part, str) for part in place))
        or not KILOGRAMS(place[3])
    ]


def share_problems(name: str, value: Any, kind: type[Any]) -> list[Objection]:
    """A table of shares from 0 to 1, where there is one."""
    if value is None:
        return []
    if type(value) is not kind:
        return [objection(name, "shares_expected")]
    found = ((entry.name, getattr(value, entry.name)) for entry in fields(value))
    return [objection(f"{name}.{key}", "not_a_share", value=share) for key, share in found if not is_number(share, 1)]


def contradictions(pins: tuple[Pair, ...], forbids: tuple[Pair, ...]) -> list[Objection]:
    """What can be seen without a market."""
    refused = set(forbids)
    return [objection("", "pinned_and_forbidden", value=pair) for pair in pins if pair in refused]


def is_number(value: Any, most: float) -> bool:
    """Whether it is a number from 0 to `most`, infinity not included."""
    plain = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return plain and Decimal(value).is_finite() and 0 <= value <= most
