# SPDX-License-Identifier: AGPL-3.0-or-later
"""The truth table of cases, and the checks of each legal state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from marketplace.approvals.checks import checks, red
from marketplace.approvals.facts import CaseFacts, Mix, Permit
from marketplace.approvals.rules import (
    AlreadyDecided,
    FourEyes,
    Move,
    NotYourCase,
    Role,
    State,
    approving_move,
    available,
    decide,
    role_of,
    two_needed,
)

REFUSALS = (AlreadyDecided, FourEyes, NotYourCase)
AGAINST = {Move.RETURN: State.RETURNED, Move.REFUSE: State.REFUSED}
# Written by hand: what each role can do, when one coordinator is enough and when two are needed.
ONE: dict[tuple[State, Role], dict[Move, State]] = {
    (State.WAITING, Role.DECIDER): {Move.APPROVE: State.APPROVED, **AGAINST},
    (State.WAITING, Role.FIRST): AGAINST,
    (State.WAITING, Role.SYSTEM): {Move.VOID: State.VOID},
    (State.SECONDING, Role.DECIDER): AGAINST,
    (State.SECONDING, Role.FIRST): AGAINST,
    (State.SECONDING, Role.SYSTEM): {Move.VOID: State.VOID},
}
TWO: dict[tuple[State, Role], dict[Move, State]] = {
    **ONE,
    (State.WAITING, Role.DECIDER): {Move.APPROVE_FIRST: State.SECONDING, **AGAINST},
    (State.SECONDING, Role.DECIDER): {Move.APPROVE_SECOND: State.APPROVED, **AGAINST},
}
CELLS = [(s, m, r, two) for s in State for m in Move for r in Role for two in (False, True)]


@pytest.mark.parametrize(("state", "move", "role", "two"), CELLS)
def test_every_cell_of_the_table_is_as_written(state: State, move: Move, role: Role, two: bool) -> None:
    expected = (TWO if two else ONE).get((state, role), {}).get(move)
    assert (move in available(state, role, two)) == (expected is not None)
    if expected is None:
        with pytest.raises(REFUSALS):
            decide(move, state, role, two)
    else:
        assert decide(move, state, role, two) is expected


def test_the_table_has_a_cell_for_everybody() -> None:
    assert len(CELLS) == 6 * 6 * 5 * 2


@pytest.mark.parametrize("role", [Role.PARTY, Role.OUTSIDER])
def test_parties_and_outsiders_decide_nothing(role: Role) -> None:
    assert not [s for s in State for two in (False, True) if available(s, role, two)]
    with pytest.raises(NotYourCase):
        decide(Move.APPROVE, State.WAITING, role, False)


def test_nobody_is_both_of_the_four_eyes() -> None:
    with pytest.raises(FourEyes):
        decide(Move.APPROVE_SECOND, State.SECONDING, Role.FIRST, True)


@pytest.mark.parametrize("state", [State.APPROVED, State.RETURNED, State.REFUSED, State.VOID])
def test_a_decision_is_made_once(state: State) -> None:
    with pytest.raises(AlreadyDecided):
        decide(approving_move(state, False), state, Role.DECIDER, False)


@pytest.mark.parametrize(
    ("coordinates", "is_party", "first", "role"),
    [
        (True, False, False, Role.DECIDER),
        (True, False, True, Role.FIRST),
        (True, True, False, Role.PARTY),
        (True, True, True, Role.PARTY),
        (False, True, False, Role.PARTY),
        (False, False, False, Role.OUTSIDER),
    ],
)
def test_being_a_party_comes_before_being_a_coordinator(
    coordinates: bool, is_party: bool, first: bool, role: Role
) -> None:
    assert role_of(coordinates, is_party, first) is role


@pytest.mark.parametrize(
    ("regime", "mass_g", "involved", "two"),
    [
        ("PRODUCT", 4_999_999, False, False),
        ("PRODUCT", 5_000_000, False, True),
        ("WASTE", 1, False, True),
        ("BYPRODUCT", 1, True, True),
    ],
)
def test_two_coordinators_for_waste_for_five_tonnes_and_for_their_own(
    regime: str, mass_g: int, involved: bool, two: bool
) -> None:
    assert two_needed(regime, mass_g, involved) is two


TODAY = date(2026, 11, 22)
PICKUP = (date(2026, 12, 1), date(2026, 12, 3))
BYPRODUCT = CaseFacts(
    today=TODAY,
    regime="BYPRODUCT",
    mass_g=400_000,
    price_milli_eur_kg=450,
    transport="giver",
    offer_mass_g=1_000_000,
    need_mass_g=500_000,
    pickup=PICKUP,
    offer_window=(TODAY, None),
    need_window=(None, date(2027, 2, 1)),
    need_regimes=("BYPRODUCT", "PRODUCT"),
    origin="pre",
    form_code="CUT_KNIT",
    composition="WO:80;PA:20",
)
WASTE = replace(
    BYPRODUCT,
    regime="WASTE",
    need_regimes=("WASTE",),
    waste_codes=("04 02 22",),
    permits=(Permit("04 02 22", date(2027, 6, 30)),),
    operator_is_broker=True,
)


def colours(facts: CaseFacts) -> dict[str, str]:
    return {check.key: check.colour for check in checks(facts)}


def test_a_sound_byproduct_has_no_red_line_and_names_the_papers_to_be_seen() -> None:
    assert colours(BYPRODUCT) == {
        "mass": "green",
        "days": "green",
        "regime": "green",
        "origin": "green",
        "gate_fee": "green",
        "process": "green",
        "sheet": "amber",
        "declaration": "amber",
    }


def test_sound_waste_leaves_the_carrier_to_a_person() -> None:
    assert colours(WASTE) == {
        "mass": "green",
        "days": "green",
        "regime": "green",
        "waste_code": "green",
        "permit": "green",
        "carrier": "amber",
        "origin": "green",
        "broker": "green",
    }


@pytest.mark.parametrize(
    ("facts", "change", "key", "colour"),
    [
        # the operator
        (WASTE, {"operator_is_broker": False}, "broker", "red"),
        # both listings
        (BYPRODUCT, {"mass_g": 500_000}, "mass", "green"),
        (BYPRODUCT, {"mass_g": 500_001}, "mass", "red"),
        (BYPRODUCT, {"pickup": (None, None)}, "days", "amber"),
        (BYPRODUCT, {"pickup": (date(2027, 2, 1), date(2027, 2, 9))}, "days", "green"),
        (BYPRODUCT, {"pickup": (date(2027, 2, 2), date(2027, 2, 9))}, "days", "red"),
        (BYPRODUCT, {"offer_window": (date(2026, 12, 4), None)}, "days", "red"),
        (BYPRODUCT, {"today": date(2026, 12, 4)}, "days", "amber"),
        (BYPRODUCT, {"need_regimes": ("PRODUCT",)}, "regime", "red"),
        (BYPRODUCT, {"need_regimes": ()}, "regime", "green"),
        (BYPRODUCT, {"certificates_asked": frozenset({"GRS"})}, "certificates", "red"),
        (
            BYPRODUCT,
            {"certificates_asked": frozenset({"GRS"}), "certificates_held": frozenset({"GRS", "RCS"})},
            "certificates",
            "amber",
        ),
        # by-products
        (BYPRODUCT, {"origin": "post"}, "origin", "red"),
        (BYPRODUCT, {"origin": ""}, "origin", "amber"),
        (BYPRODUCT, {"price_milli_eur_kg": 0}, "gate_fee", "green"),
        (BYPRODUCT, {"price_milli_eur_kg": -1}, "gate_fee", "red"),
        (BYPRODUCT, {"form_code": "USED_GARMENTS"}, "process", "amber"),
        # waste
        (WASTE, {"waste_codes": ()}, "waste_code", "red"),
        (WASTE, {"waste_codes": ("04 02 14",)}, "waste_code", "red"),
        (WASTE, {"waste_codes": ("99 99 99",)}, "waste_code", "red"),
        (WASTE, {"permits": ()}, "permit", "red"),
        (WASTE, {"permits": (Permit("04 02 21", date(2027, 6, 30)),)}, "permit", "red"),
        (WASTE, {"permits": (Permit("04 02 22", PICKUP[1]),)}, "permit", "green"),
        (WASTE, {"permits": (Permit("04 02 22", PICKUP[1] - timedelta(days=1)),)}, "permit", "red"),
        (WASTE, {"permits": (Permit("04 02 22", None),)}, "permit", "amber"),
        (WASTE, {"giver_albo": frozenset({"2-bis"})}, "carrier", "green"),
        (WASTE, {"transport": "taker", "taker_albo": frozenset({"4"})}, "carrier", "green"),
        (WASTE, {"transport": "taker", "taker_albo": frozenset({"2-bis"})}, "carrier", "amber"),
        (WASTE, {"transport": "carrier", "giver_albo": frozenset({"4"})}, "carrier", "amber"),
        (WASTE, {"origin": ""}, "origin", "amber"),
        # end of waste, used goods, animal by-products, products
        (BYPRODUCT, {"regime": "EOW", "need_regimes": ("EOW",)}, "plant", "amber"),
        (BYPRODUCT, {"regime": "EOW", "need_regimes": ("EOW",), "giver_has_permit": True}, "plant", "green"),
        (BYPRODUCT, {"regime": "USED_GOOD", "need_regimes": ()}, "never_discarded", "green"),
        (BYPRODUCT, {"regime": "USED_GOOD", "need_regimes": (), "need_use": "recycle"}, "use", "amber"),
        (WASTE, {"regime": "USED_GOOD", "need_regimes": ()}, "never_discarded", "amber"),
        (BYPRODUCT, {"regime": "ABP", "need_regimes": ()}, "operator", "amber"),
        (BYPRODUCT, {"regime": "PRODUCT"}, "product", "green"),
        (WASTE, {"regime": "PRODUCT", "need_regimes": ()}, "product", "amber"),
        (BYPRODUCT, {"regime": "", "need_regimes": ()}, "legal_state", "red"),
        # soil
        (BYPRODUCT, {"need_category": "AGR-MUL"}, "soil", "red"),
        (BYPRODUCT, {"need_category": "AGR-MUL", "composition": "WO:100"}, "soil", "amber"),
    ],
)
def test_each_check_turns_where_the_rule_says(facts: CaseFacts, change: dict[str, Any], key: str, colour: str) -> None:
    assert colours(replace(facts, **change))[key] == colour


def test_only_red_lines_forbid() -> None:
    assert red(checks(BYPRODUCT)) == []
    assert [check.key for check in red(checks(replace(WASTE, permits=(), mass_g=600_000)))] == ["mass", "permit"]


def test_what_is_no_textile_may_go_to_the_soil() -> None:
    facts = replace(BYPRODUCT, form_code="", composition="", need_category="AGR-COM")
    assert "soil" not in colours(facts)


@pytest.mark.parametrize("regime", ["PRODUCT", "BYPRODUCT", "WASTE", "EOW", "USED_GOOD", "ABP"])
def test_every_legal_check_names_its_article(regime: str) -> None:
    rows = checks(replace(WASTE, regime=regime, need_regimes=()))
    general = {"mass", "days", "regime", "certificates"}
    assert [check.key for check in rows if not check.article and check.key not in general] == []


def test_every_sentence_can_be_filled_from_its_facts() -> None:
    for facts in (BYPRODUCT, WASTE, replace(WASTE, permits=(Permit("04 02 22", TODAY),), mass_g=10**9)):
        for check in checks(facts):
            names = {name.removesuffix("_g").removesuffix("_on"): "x" for name in check.facts}
            assert "%(" not in check.words % names


@pytest.mark.parametrize(
    ("mix", "colour"),
    [
        (None, None),
        (Mix(400_000, talked_about=0, lost=0), "green"),
        (Mix(399_999, talked_about=0, lost=0), "amber"),
        (Mix(400_000, talked_about=0, lost=1), "amber"),
        (Mix(400_000, talked_about=1, lost=1), "red"),
    ],
)
def test_a_component_of_a_recipe_waits_for_the_others(mix: Mix | None, colour: str | None) -> None:
    assert colours(replace(BYPRODUCT, mix=mix)).get("recipe") == colour
