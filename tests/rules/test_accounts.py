# SPDX-License-Identifier: AGPL-3.0-or-later
"""Roles, a firm's standing, passwords and VAT numbers: every combination, without a database."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts.bodies import known_bodies, other_names
from marketplace.accounts.browsers import browser_name
from marketplace.accounts.credentials import digest, hash_password, is_password, new_token
from marketplace.accounts.details import BODY_KINDS, STRATEGY_ROLES
from marketplace.accounts.passwords import UnfitPassword, check_password
from marketplace.accounts.rules import (
    MOVES,
    ROLE_WORDS,
    ROLES_OF_KIND,
    STANDING_WORDS,
    AnalystOfNoFirm,
    Move,
    NotARoleHere,
    NotYourOwnFirm,
    OneFirmOnly,
    Standing,
    WrongMove,
    available,
    check_combination,
    check_not_own_firm,
    check_role,
    decide,
)
from marketplace.accounts.vat_numbers import is_vat_number, plain_vat_number
from marketplace.errors import NotAllowed
from marketplace.policy import FIRM_ROLES, Actor, Membership, Role

EXPECTED = {
    (Move.VERIFY, Standing.PENDING, Role.COORDINATOR): Standing.VERIFIED,
    (Move.VERIFY, Standing.SUSPENDED, Role.COORDINATOR): Standing.VERIFIED,
    (Move.SUSPEND, Standing.PENDING, Role.COORDINATOR): Standing.SUSPENDED,
    (Move.SUSPEND, Standing.VERIFIED, Role.COORDINATOR): Standing.SUSPENDED,
    (Move.SUSPEND, Standing.PENDING, Role.ADMIN): Standing.SUSPENDED,
    (Move.SUSPEND, Standing.VERIFIED, Role.ADMIN): Standing.SUSPENDED,
}


@pytest.mark.parametrize(("move", "state", "role"), list(product(Move, Standing, Role)))
def test_a_firm_s_standing_changes_only_as_the_table_says(move: Move, state: Standing, role: Role) -> None:
    outcome = EXPECTED.get((move, state, role))
    assert (move in available(state, {role})) == (outcome is not None)
    if outcome is not None:
        assert decide(move, state, {role}) is outcome
    elif role in MOVES[move].who:
        with pytest.raises(WrongMove):
            decide(move, state, {role})
    else:
        with pytest.raises(NotAllowed):
            decide(move, state, {role})


@pytest.mark.parametrize(("kind", "role"), list(product(ROLES_OF_KIND, Role)))
def test_an_organisation_gives_only_the_roles_of_its_kind(kind: str, role: Role) -> None:
    expected = {
        "firm": {Role.MEMBER, Role.MANAGER},
        "association": {Role.OFFICER, Role.ANALYST},
        "municipality": {Role.COORDINATOR, Role.ANALYST, Role.ADMIN},
        "university": {Role.COORDINATOR, Role.ANALYST, Role.ADMIN},
        "chamber": {Role.ANALYST},
        "union": {Role.ANALYST},
    }[kind]
    if role in expected:
        check_role(kind, role)
    else:
        with pytest.raises(NotARoleHere):
            check_role(kind, role)


@pytest.mark.parametrize(("held", "added"), list(product(Role, Role)))
def test_nobody_works_for_two_firms_or_counts_for_others_and_works_for_one(held: Role, added: Role) -> None:
    if held in FIRM_ROLES and added in FIRM_ROLES:
        refusal: type[Exception] | None = OneFirmOnly
    elif {held, added} & FIRM_ROLES and Role.ANALYST in (held, added):
        refusal = AnalystOfNoFirm
    else:
        refusal = None
    if refusal is None:
        check_combination({held}, added)
    else:
        with pytest.raises(refusal):
            check_combination({held}, added)


def test_a_coordinator_does_not_decide_about_the_firm_they_work_for() -> None:
    both = Actor(1, "Anna", "it", (Membership(Role.COORDINATOR, 1), Membership(Role.MEMBER, 7)))
    check_not_own_firm(both, 8)
    with pytest.raises(NotYourOwnFirm):
        check_not_own_firm(both, 7)


def test_every_role_standing_and_kind_has_words() -> None:
    assert set(ROLE_WORDS) == set(Role)
    assert set(STANDING_WORDS) == set(Standing)
    assert set(BODY_KINDS) == set(ROLES_OF_KIND) - {"firm"}


@pytest.mark.parametrize("number", ["00307120972", "IT00307120972", "it 00307120972", " 00307120972 ", "12345670017"])
def test_a_vat_number_with_its_check_digit_is_one(number: str) -> None:
    assert is_vat_number(number)
    assert plain_vat_number(number).isdigit()
    assert len(plain_vat_number(number)) == 11


@pytest.mark.parametrize(
    "number",
    [
        *("", "0", "00307120973", "0030712097", "003071209720", "00000000000", "DE00307120972", "0030712097O"),
        *("１２３", "٠٠٣٠٧١٢٠٩٧٢", "00307120972; DROP TABLE", "\x00" * 11, "11111111111", "12345678901", "９" * 11),
    ],
)
def test_anything_else_is_no_vat_number(number: str) -> None:
    assert not is_vat_number(number)


@given(st.text(max_size=30))
def test_no_text_breaks_the_check_of_vat_numbers(text: str) -> None:
    assert is_vat_number(text) in (True, False)


@given(st.integers(min_value=0, max_value=10), st.integers(min_value=1, max_value=9))
def test_one_wrong_digit_is_noticed(place: int, shift: int) -> None:
    digits = [int(d) for d in "00307120972"]
    digits[place] = (digits[place] + shift) % 10
    assert not is_vat_number("".join(map(str, digits)))


@pytest.mark.parametrize("length", [7, 8, 9])
def test_a_short_password_is_refused(length: int) -> None:
    with pytest.raises(UnfitPassword):
        check_password("x" * length)


@pytest.mark.parametrize("length", [10, 14, 15, 64, 65, 4096])
def test_a_long_password_is_welcome(length: int) -> None:
    check_password("x" * length)


def test_a_password_beyond_reason_is_refused() -> None:
    with pytest.raises(UnfitPassword):
        check_password("x" * 4097)


@pytest.mark.parametrize(
    "password",
    ["anna.rossi@ditta.it", "Anna.Rossi@Ditta.IT", "annarossianna", "Lanificio Turchino", "lanificioturchino"],
)
def test_the_address_or_the_firm_s_name_is_no_password(password: str) -> None:
    with pytest.raises(UnfitPassword):
        check_password(password, "anna.rossi@ditta.it", "anna.rossi.anna@ditta.it", "Lanificio Turchino")


@pytest.mark.parametrize(
    "password",
    ["cimose e blousse", "羊毛羊毛羊毛羊毛羊毛", "🧶" * 10, "          x", "p\x00ssword...", "Passw0rd!2026"],
)
def test_any_characters_make_a_password(password: str) -> None:
    check_password(password, "anna@ditta.it", "")
    assert is_password(password, hash_password(password))


def test_a_password_is_the_same_in_either_spelling_of_its_accents() -> None:
    assert is_password("perche\u0301 si\u0300 certo", hash_password("perch\u00e9 s\u00ec certo"))


def test_a_wrong_password_and_a_person_without_one_are_refused() -> None:
    assert not is_password("sbagliata del tutto", hash_password("giusta del tutto"))
    assert not is_password("qualunque cosa", None)
    assert not is_password("x" * 1_000_000, hash_password("giusta del tutto"))
    assert not is_password("\ud800" * 10, hash_password("giusta del tutto"))


def test_tokens_do_not_repeat_and_are_kept_as_digests() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(len(token) >= 43 and digest(token) != token for token in tokens)


def test_the_bodies_are_those_of_the_strategy_and_the_associations_of_firms() -> None:
    bodies = {body.name: body for body in known_bodies()}
    assert len(bodies) == 18
    assert {body.kind for body in bodies.values()} == set(BODY_KINDS)
    assert {body.strategy_role for body in bodies.values()} <= set(STRATEGY_ROLES)
    assert "Confartigianato Prato" in other_names("Confartigianato Imprese Prato")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit Version/19.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/143.0 Safari/537.36 Edg/143.0", "Edg, Windows"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_shortly(agent: str, name: str) -> None:
    assert browser_name(agent) == name
