# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rules of docs/formats.md once more, one pair at a time, in decimals, from the typed texts: the tests' judge."""

import math
from decimal import Decimal

import numpy as np

from matching.market.vocabulary import parse_colour
from matching.pairing.colour import ciede2000

Record = dict[str, str]
OF_A_MIX = {"price", "length", "micron", "composition", "colour"}


def broken(offer: Record, need: Record) -> set[str]:
    """Names of the rules a pair breaks."""
    verdicts = {
        "own firm": offer["firm"] == need["firm"],
        "form": offer["form"] not in need["forms"].split(";"),
        "regime": offer["regime"] not in need["regimes"].split(";"),
        "waste code": offer["regime"] == "WASTE" and offer["waste_code"] not in need["waste_codes"].split(";"),
        "post-consumer by-product": offer["regime"] == "BYPRODUCT" and offer["origin"] == "post",
        "certificates": not words(need["certificates"]) <= words(offer["certificates"]),
        "window": window(offer, need),
        "price": both(offer, need, "price_eur_kg") and number(offer["price_eur_kg"]) > number(need["price_eur_kg"]),
        "lot of the offer": least(offer) > number(need["mass_kg"]),
        "lot of the need": number(need["lot_kg"] or "0") > number(offer["mass_kg"]),
        "length": at_least(offer["length_mm"], need["length_min_mm"]),
        "micron": at_most(offer["micron"], need["micron_max"]),
        "radius": bool(need["radius_km"]) and Decimal(kilometres(offer, need)) > number(need["radius_km"]),
        "composition": composition(offer, need),
        "colour": colour(offer, need),
    }
    return {name for name, verdict in verdicts.items() if verdict}


def number(text: str) -> Decimal:
    return Decimal(text)


def words(text: str) -> set[str]:
    return {word for word in text.split(";") if word}


def both(offer: Record, need: Record, column: str) -> bool:
    return bool(offer[column] and need[column])


def least(offer: Record) -> Decimal:
    return number(offer["mass_kg"]) if offer["divisible"] == "no" else number(offer["lot_kg"] or "0")


def at_least(measured: str, limit: str) -> bool:
    """Broken if a limit is stated and the measured value is missing or below it."""
    return bool(limit) and (not measured or number(measured) < number(limit))


def at_most(measured: str, limit: str) -> bool:
    """Broken if a limit is stated and the measured value is missing or above it."""
    return bool(limit) and (not measured or number(measured) > number(limit))


def window(offer: Record, need: Record) -> bool:
    starts = [day for day in (offer["available_from"], need["needed_from"]) if day]
    ends = [day for day in (offer["available_until"], need["needed_until"]) if day]
    return bool(starts and ends) and max(starts) > min(ends)


def kilometres(offer: Record, need: Record) -> float:
    lat1, lon1, lat2, lon2 = (
        math.radians(float(text)) for text in (offer["lat"], offer["lon"], need["lat"], need["lon"])
    )
    cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(lon2 - lon1)
    return 6371.0088 * math.acos(min(1.0, cosine))


def composition(offer: Record, need: Record) -> bool:
    if not need["composition"]:
        return False
    if not offer["composition"]:
        return True
    shares = {part.split(":")[0]: number(part.split(":")[1]) for part in offer["composition"].split(";")}
    bounds = {part.split(":")[0]: part.split(":")[1].split("-") for part in need["composition"].split(";")}
    rest = sum(share for fibre, share in shares.items() if fibre not in bounds)
    return any(
        not number(low) <= (rest if fibre == "*" else shares.get(fibre, Decimal(0))) <= number(high)
        for fibre, (low, high) in bounds.items()
    )


def colour(offer: Record, need: Record) -> bool:
    if not need["delta_e"]:
        return False
    if not (offer["colour"] and need["colour"]):
        return True
    one, other = parse_colour(offer["colour"]), parse_colour(need["colour"])
    if not (one.measured and other.measured):
        return True
    return float(ciede2000(np.array(one.lab), np.array(other.lab))) > float(need["delta_e"])
