# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be wrong with a policy, each as a sentence that names the key."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from matching.allocation.objectives import KINDS, Number, Objective
from matching.market.vocabulary import FIBRE_CODES
from matching.pairing.acceptance import Acceptance

Pair = tuple[str, str]

KILOGRAMS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?").fullmatch
SHARES: Final = ("tolerance", "replacement_rate")
MOST: Final = 10**6  # of weights and figures: with more, values would leave the reach of the solvers


def preset_problems(preset: Any, known: Iterable[str]) -> list[str]:
    """A preset has a name that is known."""
    names = ", ".join(f'"{name}"' for name in known)
    return [] if preset in list(known) else [f"preset: {preset!r} is not a preset; known are {names}"]


def weight_problems(weights: Any, defaults: Mapping[str, Number]) -> list[str]:
    """Weights of terms that exist, none below nought, not all nought."""
    if not isinstance(weights, Mapping):
        return ["weights: expected a table of numbers"]
    problems = [f"weights.{name}: unknown term" for name in weights if name not in defaults]
    problems += [
        f"weights.{name}: {weight} is not a number of at least 0"
        for name, weight in weights.items()
        if not is_number(weight, math.inf)
    ]
    if not problems and not any({**defaults, **weights}.values()):
        problems.append("weights: at least one must be greater than 0")
    return problems


def objective_problems(objectives: Any) -> list[str]:
    """Objectives of known kinds, whose figures can be reckoned with."""
    if not isinstance(objectives, tuple | list) or not all(type(one) in KINDS.values() for one in objectives):
        return ["objective: expected a list of objectives"]
    problems = [problem for at, one in enumerate(objectives, start=1) for problem in _of_objective(at, one)]
    if objectives and not problems and not any(one.weight for one in objectives):
        problems.append("objective: at least one weight must be greater than 0")
    return problems


def _of_objective(at: int, objective: Objective) -> Iterator[str]:
    for key in (entry.name for entry in fields(objective)):
        value = getattr(objective, key)
        where = f"objective {at}, {key}"
        if key == "factors":
            yield from _of_factors(where, value)
        elif key in SHARES:
            if not is_number(value, 1) and (value is not None or key != "tolerance"):
                yield f"{where}: {value} is not a share from 0 to 1"
        elif not is_number(value, MOST):
            yield f"{where}: {value} is not a number from 0 to {MOST}"


def _of_factors(where: str, factors: Mapping[str, Any]) -> Iterator[str]:
    for fibre, factor in factors.items():
        if fibre not in FIBRE_CODES:
            yield f"{where}: {fibre} is not the code of a fibre"
        elif not is_number(factor, MOST):
            yield f"{where}: {fibre} {factor} is not a number from 0 to {MOST}"


def acceptance_problems(acceptance: Any) -> list[str]:
    """A model of acceptance, or none."""
    if acceptance is None or isinstance(acceptance, Acceptance):
        return []
    return ["acceptance: expected a model, as Acceptance.fit makes it"]


def around_problems(ids: Any) -> list[str]:
    """Ids of listings."""
    plain = isinstance(ids, tuple) and all(isinstance(one, str) for one in ids)
    return [] if plain else ["around: expected a list of ids"]


def pair_problems(name: str, pairs: Any) -> list[str]:
    """Pairs of ids."""
    if not isinstance(pairs, tuple):
        return [f"{name}: expected pairs of ids"]
    return [
        f"{name}: {pair!r} is not a pair of an offer's and a need's id"
        for pair in pairs
        if not (isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair))
    ]


def limit_problems(most: Any) -> list[str]:
    """A limit is a whole number, at least one."""
    if most is None or (isinstance(most, int) and not isinstance(most, bool) and most >= 1):
        return []
    return [f"max_proposals_per_firm: {most} is not a whole number of at least 1"]


def closeness_problems(share: Any) -> list[str]:
    """What may be left undecided is a share of the value."""
    return [] if is_number(share, 1) else [f"close_enough: {share} is not a share from 0 to 1"]


def stability_problems(value: Any, kind: type[Any]) -> list[str]:
    """A tax of at least nought, and places of kilograms, each of four texts."""
    if value is None:
        return []
    if type(value) is not kind:
        return ["stability: expected a table"]
    problems = [] if is_number(value.tax, MOST) else [f"stability.tax: {value.tax} is not a number from 0 to {MOST}"]
    if not isinstance(value.kept, tuple):
        return [*problems, "stability.kept: expected lists of offer, need, processors and kilograms"]
    problems += [
        f"stability.kept: {place!r} is not offer, need, processors and kilograms as texts"
        for place in value.kept
        if not (isinstance(place, tuple) and len(place) == 4 and all(isinstance(part, str) for part in place))
        or not KILOGRAMS(place[3])
    ]
    return problems


def share_problems(name: str, value: Any, kind: type[Any]) -> list[str]:
    """A table of shares from 0 to 1, where there is one."""
    if value is None:
        return []
    if type(value) is not kind:
        return [f"{name}: expected a table of shares"]
    found = ((entry.name, getattr(value, entry.name)) for entry in fields(value))
    return [f"{name}.{key}: {share} is not a share from 0 to 1" for key, share in found if not is_number(share, 1)]


def contradictions(pins: tuple[Pair, ...], forbids: tuple[Pair, ...]) -> list[str]:
    """What can be seen without a market."""
    refused = set(forbids)
    return [f"{pair} is pinned and forbidden" for pair in pins if pair in refused]


def is_number(value: Any, most: float) -> bool:
    """Whether it is a number from 0 to `most`, infinity not included."""
    plain = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return plain and Decimal(value).is_finite() and 0 <= value <= most
