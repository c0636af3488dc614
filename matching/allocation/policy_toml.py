# SPDX-License-Identifier: AGPL-3.0-or-later
"""POLICY.toml, read and written."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from matching.allocation.objectives import KINDS, Objective, micro
from matching.allocation.policy_words import Objection, objection
from matching.pairing.acceptance import Acceptance

_KEYS: Final = (
    "preset",
    "objective",
    "fairness",
    "weights",
    "pins",
    "forbids",
    "max_proposals_per_firm",
    "close_enough",
    "around",
    "stability",
    "acceptance",
)
_TABLES: Final = {"fairness": ("max_price", "share"), "stability": ("tax", "kept")}
_ACCEPTANCE_KEYS: Final = ("prior", "intercept", "weights")


def read_policy(text: str) -> tuple[dict[str, Any], list[Objection]]:
    """The fields of a policy as a file states them, as far as they can be read, and what can't be."""
    try:
        stated = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        return {}, [objection("", "not_toml", error=error)]
    problems = [objection(key, "unknown_key") for key in stated if key not in _KEYS]
    read = {key: value for key, value in stated.items() if key in _KEYS}
    for name, parse in (("objective", _objectives), ("acceptance", _acceptance)):
        if name in read:
            read[name], wrong = parse(read[name])
            problems += wrong
    for name in [name for name in _TABLES if name in read]:
        read[name], wrong = _table(name, read[name])
        problems += wrong
    if read.get("stability") and "kept" in read["stability"]:
        read["stability"]["kept"] = _as_pairs(read["stability"]["kept"])
    for name in {"pins", "forbids", "around"} & read.keys():
        read[name] = _as_pairs(read[name])
    return read, problems


def _table(name: str, table: Any) -> tuple[dict[str, Any] | None, list[Objection]]:
    """The known keys of a table, None where it is none."""
    if not isinstance(table, dict):
        return None, [objection(name, "table_expected")]
    known = {key: value for key, value in table.items() if key in _TABLES[name]}
    return known, [objection(f"{name}.{key}", "unknown_key") for key in table if key not in known]


def _objectives(tables: Any) -> tuple[tuple[Objective, ...], list[Objection]]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return (), [objection("objective", "objectives_expected")]
    found: list[Objective] = []
    problems: list[Objection] = []
    for at, table in enumerate(tables, start=1):
        kind = KINDS.get(str(table.get("kind")))
        if kind is None:
            stated = repr(table.get("kind"))
            problems.append(objection(f"objective {at}, kind", "none_of", value=stated, known=", ".join(KINDS)))
            continue
        known = {entry.name for entry in fields(kind)}
        problems += [objection(f"objective {at}, {key}", "unknown_key") for key in table if key not in {"kind", *known}]
        if isinstance(table.get("factors", {}), dict):
            found.append(kind(**{key: value for key, value in table.items() if key in known}))
        else:
            problems.append(objection(f"objective {at}, factors", "numbers_expected"))
    return (tuple(found) if len(found) == len(tables) else ()), problems  # each keeps its number in what is told


def _acceptance(table: Any) -> tuple[Acceptance | None, list[Objection]]:
    if not isinstance(table, dict) or not isinstance(table.get("weights", {}), dict):
        return None, [objection("acceptance", "acceptance_expected")]
    problems = [objection(f"acceptance, {key}", "unknown_key") for key in table if key not in _ACCEPTANCE_KEYS]
    weights = table.get("weights", {})
    stated = {"prior": Decimal("0.5"), "intercept": 0, **{k: v for k, v in table.items() if k != "weights"}}
    problems += [
        objection(f"acceptance, {name}", "not_a_number", value=repr(number))
        for name, number in [*stated.items(), *weights.items()]
        if not isinstance(number, int | Decimal) or isinstance(number, bool) or not Decimal(number).is_finite()
    ]
    if problems:
        return None, problems
    by_name = {name: micro(number) for name, number in weights.items()}
    try:
        return Acceptance(micro(stated["intercept"]), by_name, micro(stated["prior"])), []
    except ValueError as error:
        return None, [objection("acceptance", "no_model", error=error)]


def acceptance_tables(acceptance: Acceptance | None) -> dict[str, Mapping[str, Any]]:
    """The tables that state a model."""
    if acceptance is None:
        return {}
    weights = {name: Decimal(weight).scaleb(-6) for name, weight in acceptance.weight_micro.items()}
    numbers = {"prior": acceptance.prior_micro, "intercept": acceptance.intercept_micro}
    return {"acceptance": {name: Decimal(number).scaleb(-6) for name, number in numbers.items()} | {"weights": weights}}


def _as_pairs(read: Any) -> Any:
    if not isinstance(read, list):
        return read
    return tuple(tuple(pair) if isinstance(pair, list) else pair for pair in read)


def written_policy(
    keys: Mapping[str, Any], objectives: Iterable[Objective], tables: Mapping[str, Mapping[str, Any]]
) -> str:
    """A file that states all of this."""
    lines = [_line(key, value) for key, value in keys.items()]
    for objective in objectives:
        lines += ["", "[[objective]]", _line("kind", objective.kind)]
        stated = {entry.name: getattr(objective, entry.name) for entry in fields(objective)}
        lines += [_line(key, value) for key, value in stated.items() if value is not None]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(_line(key, value) for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _line(key: str, value: Any) -> str:
    return f"{key} = {_written(value)}"


def _written(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_written(part)}" for name, part in value.items()) + " }"
    return f"{Decimal(str(value)):f}"


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else _text(name)


def _text(text: str) -> str:
    escaped = "".join(f"\\u{ord(letter):04X}" if letter in '"\\\x7f' or letter < " " else letter for letter in text)
    return f'"{escaped}"'
