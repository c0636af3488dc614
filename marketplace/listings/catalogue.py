# SPDX-License-Identifier: AGPL-3.0-or-later
"""The catalogue: what is on show, searched and filtered, with how many listings each filter would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from marketplace.listings.models import Listing
from marketplace.listings.rules import ON_SHOW
from marketplace.listings.search import Sought, sought
from marketplace.policy import Actor, only

PER_PAGE = 20
FACETS = ("theme", "side", "form", "material", "place")
ORDERS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "": (Listing.published_at.desc(), Listing.id.desc()),
    "largest": (Listing.mass_g.desc().nulls_last(), Listing.id.asc()),
    "ending": (Listing.until_day.asc().nulls_last(), Listing.id.asc()),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; empty means anything."""

    q: str = ""
    theme: str = ""
    side: str = ""
    form: str = ""
    material: str = ""
    place: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """One page of what was found, and for each filter how many listings each of its values would leave."""

    listings: Sequence[Listing]
    total: int
    number: int
    pages: int
    counts: Mapping[str, Counter[str]]


def browse(session: Session, actor: Actor, wanted: Wanted, number: int) -> CataloguePage:
    """What this person may see of what is on show; a page beyond the last is the last."""
    seen = _seen(actor, wanted.q)
    counts, total = _count(session, seen, wanted)
    pages = max(1, -(-total // PER_PAGE))
    number = min(max(number, 1), pages)
    # Everything is put in order by its key alone; whole rows are read of one page only.
    keys = (
        select(Listing.id)
        .where(seen, *_conditions(wanted))
        .order_by(*ORDERS[wanted.sort])
        .limit(PER_PAGE)
        .offset((number - 1) * PER_PAGE)
    )
    found = session.scalars(
        select(Listing)
        .where(Listing.id.in_(keys))
        .options(joinedload(Listing.account), joinedload(Listing.firm))
        .order_by(*ORDERS[wanted.sort])
    ).all()
    return CataloguePage(found, total, number, pages, counts)


def _seen(actor: Actor, q: str) -> ColumnElement[bool]:
    words = [_found(word) for word in sought(q)]
    nothing_to_look_for = [Listing.id < 0] if q and not words else []
    on_show = Listing.state.in_(sorted(ON_SHOW))
    return only(actor, "listings:see", Listing) & on_show & _all([*words, *nothing_to_look_for])


def _found(word: Sought) -> ColumnElement[bool]:
    as_typed = _all([Listing.search_text.like(pattern) for pattern in word.patterns])
    respelt = (Listing.search_text.like(pattern) for pattern in word.respelt)
    return or_(as_typed, *respelt, *map(_has_form, word.forms))


def _all(clauses: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    whole: ColumnElement[bool] = true()
    for clause in clauses:
        whole = whole & clause
    return whole


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    exact: list[tuple[InstrumentedAttribute[str], str]] = [
        (Listing.theme_code, wanted.theme),
        (Listing.side, wanted.side),
        (Listing.material, wanted.material),
        (Listing.place_code, wanted.place),
    ]
    found = [column == value for column, value in exact if value]
    if wanted.form:
        found.append(_has_form(wanted.form))
    return found


def _has_form(code: str) -> ColumnElement[bool]:
    """Codes hold an underscore, which LIKE would take for any character: positions are compared instead."""
    padded = ";" + Listing.forms + ";"
    return or_(Listing.forms == code, func.replace(padded, f";{code};", "") != padded)


def _count(session: Session, seen: ColumnElement[bool], wanted: Wanted) -> tuple[dict[str, Counter[str]], int]:
    """All filters' counts from one grouped query: each under all the other filters, not under itself."""
    columns = (Listing.theme_code, Listing.side, Listing.forms, Listing.material, Listing.place_code)
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    total = 0
    for *values, n in session.execute(select(*columns, func.count()).where(seen).group_by(*columns)):
        held = {facet: set(value.split(";")) for facet, value in zip(FACETS, values, strict=True)}
        missed = [facet for facet in FACETS if getattr(wanted, facet) and getattr(wanted, facet) not in held[facet]]
        total += 0 if missed else n
        for facet in FACETS:
            if not missed or missed == [facet]:
                counts[facet].update(dict.fromkeys(held[facet], n))
    return counts, total
