# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a market lacks, between the engine's values, a run's JSON and a page's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import ngettext

from marketplace.listings.words import vocabulary_language
from marketplace.matches.market import key_of
from marketplace.web.languages import day
from matching import Shortage
from matching.evidence.shortage import Material


def as_json(found: Shortage) -> dict[str, Any]:
    """As a run keeps it: listings by their keys."""
    competitions = [
        {
            "needs": [key_of(need) for need in one.need_ids],
            "offers": [key_of(offer) for offer in one.offer_ids],
            "wanted_g": one.wanted_g,
            "offered_g": one.offered_g,
        }
        for one in found.competitions
    ]
    calls = [
        {
            "mass_g": call.mass_g,
            "needs": [key_of(need) for need in call.need_ids],
            "swatch": call.swatch,
            "forms": list(call.material.forms),
            "fibres": list(call.material.fibres),
            "shade": call.material.shade,
            "length_min_um": call.material.length_min_um,
            "micron_max_milli": call.material.micron_max_milli,
        }
        for call in found.calls
    ]
    return {"unmet_g": found.unmet_g, "competitions": competitions, "calls": calls}


def material(call: Mapping[str, Any]) -> str:
    """What is called for, without its mass: «navy wool, ≥ 20 mm: noils»."""
    asked = Material(
        tuple(call["forms"]), tuple(call["fibres"]), call["shade"], call["length_min_um"], call["micron_max_milli"]
    )
    return asked.text(vocabulary_language())


def asked(call: Mapping[str, Any]) -> str:
    """How many firms were asked for it, and when."""
    on, firms = day(date.fromisoformat(call["asked_on"])), call["asked_firms"]
    return str(ngettext("%(num)s firm, on %(day)s", "%(num)s firms, on %(day)s", firms, day=on))


FILTERS: Mapping[str, Callable[..., str]] = {"material_words": material, "asked_words": asked}
"""Filters that every template may use."""
