# SPDX-License-Identifier: AGPL-3.0-or-later
"""Between the fields of the forms and the columns of a listing; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.listings.shelves import KILOGRAMS, others_usually_pct
from matching.market.vocabulary import SHADES, Bound, Share, format_bounds, format_composition, parse_bounds
from matching.market.vocabulary.composition import OTHERS, WHOLE_PCT
from matching.market.vocabulary.decimals import scaled

Data = Mapping[str, Any]


def offer_values(data: Data) -> dict[str, Any]:
    """The columns of an offer from the fields of its form."""
    rows = [row for row in data["shares"] if row["fibre"]]
    return {
        **_common(data),
        "forms": data["form"] or "",
        "composition": format_composition(Share(row["fibre"], row["percent"] or 0) for row in rows),
        "regime": data["regime"] or "",
        "origin": data["origin"] or "",
        "waste_codes": data["waste_code"] or "",
        "price_shown": data["price_shown"],
        "divisible": data["divisible"],
    }


def need_values(data: Data) -> dict[str, Any]:
    """The columns of a need from the fields of its form."""
    return {
        **_common(data),
        "forms": ";".join(data["forms"] or []),
        "composition": format_bounds(_bounds(data)),
        "regime": ";".join(data["regimes"] or []),
        "waste_codes": ";".join(data["waste_codes"] or []),
        "use": data["use"] or "",
        "delta_e_milli": data["delta_e"],
        "min_fill_g": data["min_fill_kg"] or 0,
        "max_suppliers": data["max_suppliers"],
        "blend": data["blend"],
        "radius_m": data["radius"],
    }


def _common(data: Data) -> dict[str, Any]:
    weighed = not data["quantity"]
    return {
        "category_code": data["category_code"] or "",
        "mass_g": data["mass_kg"] if weighed else None,
        "quantity": data["quantity"] or "",
        "unit": KILOGRAMS if weighed else data["unit"] or "",
        "description": data["description"] or "",
        "reference": data["reference"] or "",
        "colour": data["colour"] or data["shade"] or "",
        "lot_g": data["lot_kg"] or 0,
        "price_milli_eur_kg": data["price"],
        "certificates": ";".join(data["certificates"] or []),
        "from_day": data["from_day"],
        "until_day": data["until_day"],
        "length_um": data["length_mm"],
        "micron_milli": data["micron"],
    }


def _bounds(data: Data) -> Iterable[Bound]:
    named = [
        Bound(row["fibre"], row["least"] or 0, WHOLE_PCT if row["most"] is None else row["most"])
        for row in data["bounds"]
        if row["fibre"]
    ]
    if data["others"] == "given":
        return [*named, Bound(OTHERS, 0, data["others_most"] or 0)]
    if not named or data["others"] == "any":
        return named
    return [*named, Bound(OTHERS, 0, others_usually_pct(tuple(data["forms"] or [])))]


def filled(values: Data) -> dict[str, Any]:
    """A listing's values as the fields of its form hold them."""
    rows = composition_rows(values["composition"])
    others = next((row for row in rows if row["fibre"] == "*"), None)
    named = [row for row in rows if row["fibre"] != "*"]
    return {
        **values,
        "mass_kg": values["mass_g"],
        "lot_kg": values["lot_g"] or None,
        "min_fill_kg": values["min_fill_g"] or None,
        "price": values["price_milli_eur_kg"],
        "colour": own_colour(values["colour"]),
        "shade": shade_of(values["colour"]),
        "form": values["forms"],
        "forms": split(values["forms"]),
        "shares": named,
        "bounds": named,
        "others": "given" if others else ("any" if named else "usual"),
        "others_most": others["most"] if others else None,
        "regimes": split(values["regime"]),
        "waste_code": values["waste_codes"],
        "waste_codes": split(values["waste_codes"]),
        "certificates": split(values["certificates"]),
        "delta_e": values["delta_e_milli"],
        "length_mm": values["length_um"],
        "micron": values["micron_milli"],
        "radius": values["radius_m"],
    }


def composition_rows(text: str) -> list[dict[str, Any]]:
    """The rows of either form from a composition or from bounds, in hundredths of a percent."""
    if not text:
        return []
    if "-" in text:
        return [{"fibre": b.fibre, "least": b.low, "most": b.high, "percent": b.high} for b in parse_bounds(text)]
    pairs = [part.split(":") for part in text.split(";")]
    return [{"fibre": fibre, "percent": scaled(percent, 2)} for fibre, percent in pairs]


def own_colour(text: str) -> str:
    """The measured part of a colour: empty for a shade."""
    return "" if text in SHADES else text


def shade_of(text: str) -> str | None:
    """The shade of a colour, or None for a measured value."""
    return text if text in SHADES else None


def split(codes: str) -> list[str]:
    """Codes that are joined by semicolons."""
    return [code for code in codes.split(";") if code]
