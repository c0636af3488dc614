# SPDX-License-Identifier: AGPL-3.0-or-later
"""Listings and processors as the engine reads them: ids as O-12, N-34 and P-5, free grams as mass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from marketplace.listings.models import Listing
from marketplace.listings.queries import permits_of
from marketplace.processors.models import Processor
from matching import BadInput, Needs, Offers, Policy, Processors

Record = Mapping[str, object]
Pair = tuple[int, int]
Side = TypeVar("Side", Offers, Needs, Processors)
Row = TypeVar("Row", Listing, Processor)
_FIRST_LINE = 2
"""The line of the first record in the engine's complaints: line 1 is the header."""


@dataclass(frozen=True, slots=True)
class Market:
    """What goes into a run, and (listing, reason) of what can't; likewise (processor, reason)."""

    offers: Offers
    needs: Needs
    processors: Processors
    left_out: tuple[tuple[int, str], ...]
    idle: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class Taken:
    """What open proposals speak of already: grams of a listing, and how many partners it has."""

    mass_g: int = 0
    partners: int = 0

    def leaves_some_of(self, listing: Listing) -> bool:
        """Whether enough is left for another proposal."""
        left_g = _free_g(listing) - self.mass_g
        if self.partners and (not listing.divisible or self.partners >= (listing.max_suppliers or self.partners + 1)):
            return False
        return left_g > 0 and left_g >= listing.lot_g

    def off(self, record: Record) -> Record:
        """The record of what is left."""
        less = {name: self._less(record[name]) for name in ("mass_kg", "min_fill_kg") if name in record}
        most = record.get("max_suppliers")
        return {**record, **less} | ({"max_suppliers": most - self.partners} if isinstance(most, int) else {})

    def _less(self, kilograms: object) -> Decimal:
        assert isinstance(kilograms, Decimal)
        return max(kilograms - Decimal(self.mass_g).scaleb(-3), Decimal(0))


def market_of(
    listings: Iterable[Listing],
    processors: Sequence[Processor],
    day: date,
    taken: Mapping[int, Taken] = MappingProxyType({}),
) -> Market:
    """What the engine works on; a row that lacks what the engine requires is left out with its columns.

    What open proposals have `taken` of a listing is left to them. Of the waste codes that a processor states those
    count for which its firm has a permit on that day.
    """
    sides: dict[str, list[Listing]] = {"offer": [], "need": []}
    for listing in listings:
        sides[listing.side].append(listing)
    none = Taken()
    offers, incomplete_offers = _read(
        sides["offer"], lambda one: taken.get(one.id, none).off(offer_record(one)), Offers.from_records
    )
    needs, incomplete_needs = _read(
        sides["need"], lambda one: taken.get(one.id, none).off(need_record(one)), Needs.from_records
    )
    plants, idle = _read(processors, lambda one: processor_record(one, day), Processors.from_records)
    return Market(offers, needs, plants, (*incomplete_offers, *incomplete_needs), tuple(idle))


def with_forbids(policy: Policy, market: Market, pairs: Iterable[Pair]) -> Policy:
    """The policy with these (offer, need) keys forbidden too, as far as both are in the market and not pinned."""
    offers, needs = set(market.offers.ids), set(market.needs.ids)
    ids = ((engine_id("offer", offer), engine_id("need", need)) for offer, need in sorted(pairs))
    known = {*policy.forbids, *policy.pins}
    more = tuple(pair for pair in ids if pair[0] in offers and pair[1] in needs and pair not in known)
    return replace(policy, forbids=(*policy.forbids, *more))


def engine_id(side: str, key: int) -> str:
    """O-12 for the offer with key 12, N-34 for the need with key 34, P-5 for the processor with key 5."""
    return f"{side[0].upper()}-{key}"


def key_of(engine_id: str) -> int:
    """The key behind O-12, N-34 or P-5."""
    return int(engine_id[2:])


def offer_record(listing: Listing) -> Record:
    """An offer's row of OFFERS.csv."""
    return {
        **_common(listing),
        "form": listing.forms,
        "divisible": listing.divisible,
        "regime": listing.regime,
        "waste_code": listing.waste_codes,
        "origin": listing.origin,
        "length_mm": _thousandths(listing.length_um),
        "micron": _thousandths(listing.micron_milli),
        "available_from": listing.from_day,
        "available_until": listing.until_day,
    }


def need_record(listing: Listing) -> Record:
    """A need's row of NEEDS.csv; of its least total only what earlier deliveries have not met yet is asked."""
    met_g = (listing.mass_g or 0) - _free_g(listing)
    return {
        **_common(listing),
        "forms": listing.forms,
        "use": listing.use,
        "delta_e": _thousandths(listing.delta_e_milli),
        "max_suppliers": listing.max_suppliers,
        "blend": listing.blend,
        "min_fill_kg": _thousandths(max(listing.min_fill_g - met_g, 0)),
        "regimes": listing.regime,
        "waste_codes": listing.waste_codes,
        "length_min_mm": _thousandths(listing.length_um),
        "micron_max": _thousandths(listing.micron_milli),
        "needed_from": listing.from_day,
        "needed_until": listing.until_day,
        "radius_km": _thousandths(listing.radius_m),
    }


def processor_record(processor: Processor, day: date) -> Record:
    """A processor's row of PROCESSORS.csv: it stands where its firm does."""
    permits = permits_of(processor.firm, day)
    return {
        "id": engine_id("processor", processor.id),
        "firm": str(processor.firm_id),
        "process": processor.process,
        "input_forms": processor.input_forms,
        "output_form": processor.output_form,
        "yield": Decimal(processor.yield_ppm).scaleb(-6),
        "capacity_kg": _thousandths(processor.capacity_g),
        "min_batch_kg": _thousandths(processor.min_batch_g),
        "cost_eur_kg": _thousandths(processor.cost_milli_eur_kg),
        "regimes": processor.regimes,
        "waste_codes": ";".join(code for code in processor.waste_codes.split(";") if code in permits),
        "lat": processor.firm.lat,
        "lon": processor.firm.lon,
        "removes": processor.removes,
        "eow": processor.end_of_waste,
        "certificates": processor.certificates,
    }


def _common(listing: Listing) -> dict[str, object]:
    return {
        "id": engine_id(listing.side, listing.id),
        "firm": str(listing.firm_id),
        "firm_size": listing.firm.size_class,
        "mass_kg": _thousandths(_free_g(listing)),
        "composition": listing.composition,
        "lot_kg": _thousandths(listing.lot_g),
        "colour": listing.colour,
        "price_eur_kg": _thousandths(listing.price_milli_eur_kg),
        "certificates": listing.certificates,
        "lat": listing.lat,
        "lon": listing.lon,
        "description": listing.description,
    }


def _free_g(listing: Listing) -> int:
    return listing.account.free_g if listing.account is not None else 0


def _thousandths(amount: int | None) -> Decimal | None:
    return None if amount is None else Decimal(amount).scaleb(-3)


def _read(
    rows: Sequence[Row], as_record: Callable[[Row], Record], read: Callable[[Iterable[Record]], Side]
) -> tuple[Side, list[tuple[int, str]]]:
    try:
        return read([as_record(row) for row in rows]), []
    except BadInput as error:
        columns: dict[int, dict[str, None]] = {}
        for problem in error.problems:
            columns.setdefault(problem.line - _FIRST_LINE, {})[problem.column] = None
    whole = [one for line, one in enumerate(rows) if line not in columns]
    incomplete = [(rows[line].id, f"incomplete: {', '.join(named)}") for line, named in sorted(columns.items())]
    return read([as_record(one) for one in whole]), incomplete
