# SPDX-License-Identifier: AGPL-3.0-or-later
"""Truth tables of listings: who may do what in which state, what the law asks, what looks alike."""

from __future__ import annotations

from datetime import date
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from marketplace.errors import NotAllowed
from marketplace.listings import facts, search, shelves
from marketplace.listings.rules import (
    IMPORT_MOVES,
    MOVES,
    ImportMove,
    ImportState,
    Move,
    NoSuchMove,
    Role,
    SheetMovedOn,
    State,
    available,
    decide,
    decide_import,
)
from marketplace.listings.twins import looks_like_twin
from marketplace.listings.values import completed, derived
from matching.market.vocabulary import CATEGORIES, FORMS

TODAY = date(2026, 11, 22)
D, P, X, W, E = State.DRAFT, State.PUBLISHED, State.EXHAUSTED, State.WITHDRAWN, State.EXPIRED
MEMBER, MANAGER, SYSTEM = Role.MEMBER, Role.MANAGER, Role.SYSTEM
ALLOWED: dict[tuple[State, Move, Role], State] = {
    (D, Move.EDIT, MEMBER): D,
    (D, Move.EDIT, MANAGER): D,
    (D, Move.PUBLISH, MANAGER): P,
    (D, Move.DISCARD, MEMBER): W,
    (D, Move.DISCARD, MANAGER): W,
    (P, Move.AMEND, MANAGER): P,
    (X, Move.AMEND, MANAGER): X,
    (P, Move.WITHDRAW, MANAGER): W,
    (X, Move.WITHDRAW, MANAGER): W,
    (P, Move.EXHAUST, SYSTEM): X,
    (X, Move.RESTOCK, SYSTEM): P,
    (P, Move.EXPIRE, SYSTEM): E,
    (X, Move.EXPIRE, SYSTEM): E,
    (State.ARRANGED, Move.LAPSE, SYSTEM): W,
}


@pytest.mark.parametrize(("state", "move", "role"), list(product(State, Move, Role)))
def test_each_state_move_and_role(state: State, move: Move, role: Role) -> None:
    after = ALLOWED.get((state, move, role))
    assert (move in available(state, role)) == (after is not None)
    if after is not None:
        assert decide(move, state, role) is after
        return
    refusal = NotAllowed if role not in MOVES[move].who else NoSuchMove
    with pytest.raises(refusal):
        decide(move, state, role)


def test_withdrawn_and_expired_are_final() -> None:
    assert not [available(state, role) for state, role in product((W, E), Role) if available(state, role)]


@pytest.mark.parametrize(("state", "move", "role"), list(product(ImportState, ImportMove, Role)))
def test_each_state_move_and_role_of_a_sheet(state: ImportState, move: ImportMove, role: Role) -> None:
    after = {
        (ImportState.PREVIEW, ImportMove.ANSWER): ImportState.PREVIEW,
        (ImportState.PREVIEW, ImportMove.ACCEPT): ImportState.ACCEPTED,
        (ImportState.ACCEPTED, ImportMove.UNDO): ImportState.UNDONE,
    }.get((state, move))
    if role not in IMPORT_MOVES[move].who:
        with pytest.raises(NotAllowed):
            decide_import(move, state, role)
    elif after is None:
        with pytest.raises(SheetMovedOn):
            decide_import(move, state, role)
    else:
        assert decide_import(move, state, role) is after


OFFER = {
    "forms": "CUT_KNIT",
    "mass_g": 1000,
    "composition": "WO:80;PA:20",
    "regime": "BYPRODUCT",
    "origin": "pre",
    "lat": 43.9,
    "lon": 11.1,
}
NEED = {"forms": "CUT_KNIT", "mass_g": 1000, "regime": "BYPRODUCT;PRODUCT", "lat": 43.9, "lon": 11.1}
PLACE = {"place_code": "PRATO", "lat": 43.9, "lon": 11.1}


def names_of(side: str, values: dict[str, Any], permits: frozenset[str] = frozenset()) -> set[str]:
    found = facts.problems(side, completed(values, PLACE), today=TODAY, permits=permits)
    return {problem.name for problem in found}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, None),
        ({"origin": "post"}, "regime"),
        ({"origin": "post", "regime": "EOW"}, None),
        ({"price_milli_eur_kg": -1}, "price_milli_eur_kg"),
        ({"price_milli_eur_kg": 0}, None),
        ({"regime": "WASTE"}, "waste_codes"),
        ({"regime": "WASTE", "waste_codes": "04 02 22"}, None),
        ({"regime": "WASTE", "waste_codes": "04 02 22", "price_milli_eur_kg": -200}, None),
        ({"regime": "WASTE", "waste_codes": "15 02 02"}, "waste_codes"),
        ({"regime": "WASTE", "waste_codes": "99 99 99"}, "waste_codes"),
        ({"regime": ""}, "regime"),
        ({"regime": "SERVICE"}, "regime"),
        ({"origin": ""}, "origin"),
        ({"composition": ""}, "composition"),
        ({"composition": "WO:80;PA:15"}, "composition"),
        ({"composition": "WO:70;PA:30.4"}, None),
        ({"composition": "ZZ:100"}, "composition"),
        ({"forms": "CONES_TUBES", "composition": ""}, None),
        ({"forms": "CUT_KNIT;CUT_WOVEN"}, "forms"),
        ({"forms": "NO_SUCH", "category_code": "TEX-SCR"}, "forms"),
        ({"mass_g": None}, "mass_g"),
        ({"lot_g": 1001}, "lot_g"),
        ({"lot_g": 1000}, None),
        ({"colour": "navy"}, "colour"),
        ({"certificates": "GRS;INVENTED"}, "certificates"),
        ({"from_day": date(2027, 2, 2), "until_day": date(2027, 2, 1)}, "until_day"),
        ({"until_day": date(2026, 11, 21)}, "until_day"),
        ({"until_day": TODAY}, None),
        ({"unit": "pieces", "quantity": "3"}, "unit"),
        ({"category_code": "NO-SUCH"}, "category_code"),
    ],
)
def test_what_an_offer_must_state(change: dict[str, Any], name: str | None) -> None:
    assert names_of("offer", {**OFFER, **change}) == ({name} if name else set())


@pytest.mark.parametrize(
    ("change", "permits", "name"),
    [
        ({}, frozenset(), None),
        ({"composition": "WO:70-100;*:0-5"}, frozenset(), None),
        ({"composition": "WO:80"}, frozenset(), "composition"),
        ({"regime": ""}, frozenset(), "regime"),
        ({"regime": "WASTE"}, frozenset({"04 02 22"}), "waste_codes"),
        ({"regime": "WASTE", "waste_codes": "04 02 22"}, frozenset(), "waste_codes"),
        ({"regime": "WASTE", "waste_codes": "04 02 22"}, frozenset({"04 02 22"}), None),
        ({"price_milli_eur_kg": -100}, frozenset(), None),
        ({"delta_e_milli": 2000}, frozenset(), "delta_e_milli"),
        ({"delta_e_milli": 2000, "colour": "#1b2a41"}, frozenset(), None),
        ({"min_fill_g": 1001}, frozenset(), "min_fill_g"),
    ],
)
def test_what_a_need_must_state(change: dict[str, Any], permits: frozenset[str], name: str | None) -> None:
    assert names_of("need", {**NEED, **change}, permits) == ({name} if name else set())


def test_what_is_not_weighed_needs_a_quantity_and_nothing_of_the_trade() -> None:
    assert names_of("offer", {"category_code": "URB-SPC", "unit": "m2", "quantity": "450"}) == set()
    assert names_of("offer", {"category_code": "URB-SPC", "unit": "m2"}) == {"quantity"}


def test_quality_grows_with_what_is_stated() -> None:
    bare = facts.quality("offer", completed(OFFER, PLACE))
    more = {"description": "x", "from_day": TODAY, "price_milli_eur_kg": 100, "lot_g": 10, "colour": "#1b2a41"}
    full = facts.quality("offer", completed({**OFFER, **more}, PLACE))
    assert (bare.level, full.level, full.missing) == (1, 3, ())
    assert len(bare.missing) == 5


def test_every_form_stands_on_a_shelf_of_one_of_the_themes() -> None:
    assert set(shelves.category_by_form()) == set(FORMS)
    assert set(shelves.category_by_form().values()) <= set(CATEGORIES)
    assert {shelves.theme_of(code) for code in CATEGORIES} == set(shelves.listable_themes())
    assert len(shelves.listable_themes()) == 4


@pytest.mark.parametrize(
    ("forms", "pct"),
    [("CARD_WASTE", 500), ("REGEN_WOOL", 500), ("CARDED_YARN", 500), ("YARN_CONES", 200), ("CUT_KNIT", 200)],
)
def test_carded_goods_bear_five_per_cent_of_others(forms: str, pct: int) -> None:
    assert shelves.others_usually_pct((forms,)) == pct


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("边角", True),
        ("边角料", True),
        ("针织", True),
        ("料", True),
        ("角边", False),
        ("lana", True),
        ("LANA", True),
        ("ritagl", True),
        ("agli", False),
        ("wool knit", True),
        ("wool cotton", False),
        ("maglieria lana", True),
        ("magileria lanna", True),
        ("wolo", False),
        ("kniwtear", True),
        ("cahsmere", False),
        ("%", None),
        ("_", None),
        ("", None),
    ],
)
def test_search_in_three_languages(query: str, found: bool | None) -> None:
    values = completed(OFFER, PLACE)
    text = derived("offer", values)["search_text"]
    words = search.sought(query)
    assert (bool(words) is False) == (found is None)
    if found is not None:
        assert all(is_found(word, text) for word in words) == found


def is_found(word: search.Sought, text: str) -> bool:
    """What the database is asked, without one."""
    as_typed = all(pattern.strip("%") in text for pattern in word.patterns)
    return as_typed or any(pattern.strip("%") in text for pattern in word.respelt)


def test_a_search_asks_no_more_than_so_many_conditions() -> None:
    for query in (" ".join(f"wort{n}" for n in range(50)), "针织边角料羊毛" * 30, "lanna " * 40, "x" * 300):
        words = search.sought(query)
        assert len(words) <= search.MOST_TERMS
        assert sum(len(word.patterns) + len(word.respelt) + len(word.forms) for word in words) <= 64


BASE = {
    "side": "offer",
    "forms": "CUT_WOVEN",
    "unit": "kg",
    "quantity": "",
    "mass_g": 400_000,
    "composition": "CO:97;EA:3",
    "from_day": date(2027, 2, 1),
    "until_day": date(2027, 3, 1),
}


@pytest.mark.parametrize(
    ("change", "twin"),
    [
        ({}, True),
        ({"mass_g": 405_000}, True),
        ({"mass_g": 408_163}, True),
        ({"mass_g": 409_000}, False),
        ({"composition": "CO:95;EA:5"}, True),
        ({"composition": "CO:90;EA:10"}, False),
        ({"forms": "CUT_KNIT"}, False),
        ({"from_day": date(2027, 3, 1), "until_day": date(2027, 4, 1)}, True),
        ({"from_day": date(2027, 3, 2), "until_day": date(2027, 4, 1)}, False),
        ({"from_day": None, "until_day": None}, True),
    ],
)
def test_the_same_lot_typed_twice_looks_alike(change: dict[str, Any], twin: bool) -> None:
    one, other = SimpleNamespace(**BASE), SimpleNamespace(**{**BASE, **change})
    assert looks_like_twin(one, other) is twin
    assert looks_like_twin(other, one) is twin
