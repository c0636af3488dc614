# SPDX-License-Identifier: AGPL-3.0-or-later
"""Codes of a listing in the page's words: for templates here and in the rooms further along the deal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import format_percent, get_locale
from flask_babel import gettext as _

from marketplace.errors import N_
from marketplace.listings.facts import Problem
from marketplace.web.languages import listed, told
from matching.market.vocabulary import (
    CATEGORIES,
    FIBRES,
    FORM_GROUPS,
    FORMS,
    ORIGINS,
    PLACES,
    PROCESSES,
    REGIME_LIST,
    SHADES,
    THEMES,
    USE_LIST,
    WASTE_LIST,
    Term,
    parse_bounds,
    parse_colour,
    parse_composition,
    srgb_of_lab,
)

UNIT_WORDS: Mapping[str, str] = {
    "kg": N_("kg"),
    "t": N_("tonnes"),
    "m": N_("metres"),
    "m2": N_("square metres"),
    "m3": N_("cubic metres"),
    "m3/day": N_("cubic metres a day"),
    "l": N_("litres"),
    "kWh": N_("kWh"),
    "MWh/y": N_("MWh a year"),
    "tkm": N_("tonne-kilometres"),
    "kg/day capacity": N_("kg a day"),
    "cones": N_("cones"),
    "bales": N_("bales"),
    "rolls": N_("rolls"),
    "pieces": N_("pieces"),
    "pallet places": N_("pallet places"),
    "portions": N_("portions"),
    "jobs": N_("jobs"),
    "hours": N_("hours"),
    "days": N_("days"),
    "season": N_("seasons"),
}

VALUE_WORDS: Mapping[str, str] = {
    "category_code": N_("Category"),
    "certificates": N_("Certificates"),
    "colour": N_("Colour"),
    "composition": N_("Composition"),
    "delta_e_milli": N_("Colour tolerance (ΔE00)"),
    "description": N_("Description"),
    "divisible": N_("It may be sold in parts"),
    "blend": N_("Several lots may be blended"),
    "forms": N_("Form"),
    "from_day": N_("From"),
    "lat": N_("Place"),
    "length_um": N_("Fibre length"),
    "lon": N_("Place"),
    "lot_g": N_("Smallest lot"),
    "mass_g": N_("Quantity"),
    "max_suppliers": N_("At most so many suppliers"),
    "micron_milli": N_("Fineness"),
    "min_fill_g": N_("Least total"),
    "origin": N_("Origin"),
    "price_milli_eur_kg": N_("Price"),
    "quantity": N_("Quantity in another unit"),
    "radius_m": N_("Not further than"),
    "reference": N_("Your own name for it"),
    "regime": N_("Legal state"),
    "unit": N_("Unit"),
    "until_day": N_("Until"),
    "use": N_("What becomes of it"),
    "waste_codes": N_("Waste codes"),
}
"""What the columns of a listing are called."""

_LISTS: Mapping[str, Mapping[str, Term]] = {
    "category": CATEGORIES,
    "fibre": FIBRES,
    "form": FORMS,
    "form_group": FORM_GROUPS,
    "origin": ORIGINS,
    "place": PLACES,
    "process": PROCESSES,
    "regime": REGIME_LIST,
    "shade": SHADES,
    "theme": THEMES,
    "use": USE_LIST,
    "waste_code": WASTE_LIST,
}


def vocabulary_language() -> str:
    """The vocabulary's name of the page's language: it, en or zh."""
    locale = get_locale()
    return locale.language if locale and locale.language in ("it", "en", "zh") else "it"


def term(kind: str, code: str) -> str:
    """The name of one code of a list of the vocabulary (`kind`: form, fibre, regime, …); unknown codes as they are."""
    terms = _LISTS[kind]
    return terms[code].name(vocabulary_language()) if code in terms else code


def terms(kind: str, codes: str) -> str:
    """The names of codes that are joined by semicolons."""
    return listed(term(kind, code) for code in codes.split(";") if code)


def unit(code: str) -> str:
    """A unit in words."""
    return str(_(UNIT_WORDS[code])) if code in UNIT_WORDS else code


def problem(found: Problem) -> str:
    """What is missing or wrong, as a sentence; a form it proposes is named, not coded."""
    facts = {name: term("form", text) if name == "form" else text for name, text in found.facts.items()}
    return told(found.words, facts)


def usual_regime(forms: str) -> str:
    """Under which regimes goods of a form usually change hands, or empty."""
    regimes = FORMS[forms].usual_regimes if forms in FORMS else ()
    return " / ".join(term("regime", code) for code in regimes)


def value_name(column: str) -> str:
    """What a column of a listing is called on the page."""
    return str(_(VALUE_WORDS[column]))


def composition(listing: Any) -> str:
    """«70% wool, 30% polyamide», or what a need accepts: «60% to 100% wool, at most 5% others»."""
    return composition_of(listing.side, listing.composition) if listing.composition else ""


def composition_of(side: str, text: str) -> str:
    """A stated composition of an offer, or the bounds of a need, in words."""
    if side == "offer":
        return listed(share_of(term("fibre", share.fibre), share.pct) for share in parse_composition(text))
    return listed(_bound(*bound) for bound in parse_bounds(text))


def share_of(fibre: str, hundredths: float) -> str:
    """«70% wool», from the fibre's name and hundredths of a per cent."""
    return str(_("%(share)s %(fibre)s", share=_percent(hundredths), fibre=fibre))


def title(listing: Any) -> str:
    """What a listing is called wherever it stands in a list: its form, or its category where it has none."""
    return terms("form", listing.forms) or term("category", listing.category_code)


def colour(listing: Any) -> str:
    """A shade's name, or the measured value as it was stated."""
    return shade(listing.colour)


def shade(text: str) -> str:
    """A colour as people read it: L*a*b* beside what a screen shows of it, as «#505b43 (lab:37.2 -9.5 12.7)»."""
    lab = parse_colour(text).lab if text.startswith("lab:") else None
    return term("shade", text) if lab is None else f"{srgb_of_lab(lab)} ({text})"


def _bound(fibre: str, low: int, high: int) -> str:
    name = _("other fibres") if fibre == "*" else term("fibre", fibre)
    if low == 0:
        return str(_("at most %(high)s %(fibre)s", high=_percent(high), fibre=name))
    if high >= 10_000:
        return str(_("at least %(low)s %(fibre)s", low=_percent(low), fibre=name))
    return str(_("%(low)s to %(high)s %(fibre)s", low=_percent(low), high=_percent(high), fibre=name))


def _percent(hundredths: float) -> str:
    return str(format_percent(hundredths / 10_000, "0.##%"))


FILTERS: Mapping[str, Callable[..., str]] = {
    "term": lambda code, kind: term(kind, code),
    "terms": lambda codes, kind: terms(kind, codes),
    "unit_words": unit,
    "value_name": value_name,
    "problem_words": problem,
    "usual_regime": usual_regime,
    "composition_words": composition,
    "stated_composition": lambda text, side: composition_of(side, text) if text else "",
    "listing_title": title,
    "colour_words": colour,
}
"""Filters that every template may use."""
