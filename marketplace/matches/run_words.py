# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said of runs, of what they are worth and of what they left out, in the page's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from marketplace.errors import N_
from matching.pairing.acceptance import Quality

RUN_STATES: Mapping[str, tuple[str, str]] = {
    "queued": (N_("Waiting to start"), "waiting"),
    "running": (N_("At work"), "waiting"),
    "done": (N_("Ready to publish"), "yours"),
    "failed": (N_("Failed"), "bad"),
    "cancelled": (N_("Cancelled"), "neutral"),
    "published": (N_("Published"), "good"),
}
"""State of a run → words and tone of its badge."""

PHASES: Mapping[str, str] = {
    "queued": N_("Waiting for a worker"),
    "compiling": N_("Preparing for a large market"),
    "rules": N_("Looking for possible pairs"),
    "scores": N_("Judging how well they fit"),
    "allocation": N_("Deciding how many kilograms go where"),
    "reasons": N_("Writing down the reasons"),
    "check": N_("Checking the result"),
    "done": N_("Done"),
}

OUTCOMES: Mapping[str, str] = {
    "optimal": N_("the best possible result"),
    "time limit": N_("the best result found within the time limit"),
    "gap open": N_("at most the stated gap away from the best possible; the search stopped there"),
}

UNITS: Mapping[str, str] = {
    "score·kg": N_("points × kg"),
    "EUR": N_("euro"),
    "kg CO2e": N_("kg CO2e avoided"),
    "kg": N_("kg delivered"),
    "weighted": N_("weighted sum"),
}
"""What a run's value is measured in → words."""
EXPECTED = "expected "
"""Stands before a unit whose values are weighed by how likely both firms accept."""

CHANGES: Mapping[str, str] = {
    "new": N_("only in the second"),
    "gone": N_("only in the first"),
    "other mass": N_("with another mass: by how much"),
    "unchanged": N_("the same in both"),
}
"""What became of the ways of one run in another → words."""

COLUMNS: Mapping[str, str] = {
    "lot_kg": N_("least quantity of one lot"),
    "divisible": N_("all or nothing"),
    "max_suppliers": N_("limit of suppliers"),
    "blend": N_("blend of several lots"),
    "min_fill_kg": N_("least total"),
    "composition": N_("composition"),
    "form": N_("form"),
    "forms": N_("forms"),
    "regime": N_("legal state"),
    "regimes": N_("legal state"),
    "waste_code": N_("waste code"),
    "waste_codes": N_("waste codes"),
    "origin": N_("origin"),
    "lat": N_("place on the map"),
    "lon": N_("place on the map"),
    "price_eur_kg": N_("price"),
    "colour": N_("colour"),
    "delta_e": N_("colour tolerance"),
    "certificates": N_("certificates"),
    "mass_kg": N_("quantity"),
    "radius_km": N_("not further than"),
    "length_mm": N_("fibre length"),
    "length_min_mm": N_("least fibre length"),
    "micron": N_("fineness"),
    "micron_max": N_("coarsest fineness"),
    "available_from": N_("from"),
    "available_until": N_("until"),
    "needed_from": N_("from"),
    "needed_until": N_("until"),
}
"""Column of the engine's files → what the page calls it."""


def state_of_run(state: str) -> tuple[str, str]:
    """Words and tone of a run's badge."""
    words, tone = RUN_STATES[state]
    return str(_(words)), tone


def phase(key: str) -> str:
    """What a run is doing."""
    return str(_(PHASES.get(key, N_("At work"))))


def outcome(key: str) -> str:
    """How a run ended, as the engine says it."""
    return str(_(OUTCOMES[key])) if key in OUTCOMES else key


def fault(words: str) -> str:
    """Why a run failed: our own sentences translated, the engine's as they are.

    Not `_` in the template, which would take a sentence that quotes what somebody typed for safe HTML.
    """
    return str(_(words))


def unit(key: str) -> str:
    """What a value of the engine is measured in."""
    bare = key.removeprefix(EXPECTED)
    words = str(_(UNITS[bare])) if bare in UNITS else bare
    return words if bare == key else str(_("%(unit)s to be expected", unit=words))


def value_of(summary: Mapping[str, Any]) -> str:
    """A run's value with what it counts."""
    return f"{format_decimal(summary.get('value', 0), '#,##0.000')} {unit(str(summary.get('unit', '')))}".strip()


def reliability(quality: Quality) -> dict[str, Any]:
    """What was foreseen and what was seen, per cent of each group of answers, as the lines of a chart."""
    foreseen = [round(100 * one.predicted, 1) for one in quality.bins]
    seen = [round(100 * one.accepted, 1) for one in quality.bins]
    return {
        "kind": "line",
        "unit": "%",
        "categories": [format_percent(one.predicted, "0%") for one in quality.bins],
        "series": [{"name": str(_("Foreseen")), "values": foreseen}, {"name": str(_("Seen")), "values": seen}],
    }


def left_out(reason: str) -> str:
    """Why a run could not take a listing or a processor in, from "incomplete: composition"."""
    _kind, _colon, columns = reason.partition(": ")
    named = dict.fromkeys(str(_(COLUMNS[column])) if column in COLUMNS else column for column in columns.split(", "))
    what = ", ".join(named)
    return str(_("The engine cannot read it as it is: %(what)s.", what=what))


def change_kind(kind: str) -> str:
    """What became of some ways of one run in another."""
    return str(_(CHANGES[kind]))


FILTERS: Mapping[str, Callable[..., object]] = {
    "run_state": state_of_run,
    "run_phase": phase,
    "run_outcome": outcome,
    "run_fault": fault,
    "value_unit": unit,
    "left_out_reason": left_out,
    "change_kind": change_kind,
}
"""Filters that every template may use."""
