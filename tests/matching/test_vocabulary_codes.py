# SPDX-License-Identifier: AGPL-3.0-or-later
import pytest

from matching.market import vocabulary as v
from matching.market.vocabulary import Wrong


@pytest.mark.parametrize("typed", ["04 02 22", "04.02.22", "040222", "04-02-22", " 04 02 22 ", "04/02/22"])
def test_a_waste_code_is_recognised_however_it_is_spelt(typed: str) -> None:
    assert v.normalised_waste_code(typed) == "04 02 22"


@pytest.mark.parametrize("typed", ["15 02 02*", "15 02 02 *", "150202*"])
def test_the_asterisk_of_a_hazardous_code_is_understood(typed: str) -> None:
    assert v.normalised_waste_code(typed) == "15 02 02"


@pytest.mark.parametrize("typed", ["", "04 02", "99 99 99", "04 02 2", "04 02 222", "EER 04 02 22", "０４０２２２"])
def test_what_is_no_waste_code_is_none(typed: str) -> None:
    assert v.normalised_waste_code(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("CUT_WOWEN", "CUT_WOVEN"),
        ("cut woven", "CUT_WOVEN"),
        ("selvedge", "SELVEDGE"),
        ("REGEN-WOOL", "REGEN_WOOL"),
        ("xyz", None),
    ],
)
def test_the_nearest_form_is_the_one_meant(typed: str, meant: str | None) -> None:
    assert v.nearest(typed, v.FORM_CODES) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("PES", "PL"),  # ISO 2076; by likeness it would be PE, another fibre
        ("PAN", "PC"),
        ("CV", "VI"),
        ("wo", "WO"),
        ("lana", "WO"),
        ("羊毛", "WO"),
        ("Cotton", "CO"),
        ("PI", "PM / PAPER"),  # paper yarn on Italian labels, polyimide in ISO 2076
    ],
)
def test_a_fibre_of_another_code_system_is_led_back_to_its_code(typed: str, meant: str) -> None:
    with pytest.raises(Wrong) as refusal:
        v.checked_fibre(typed)
    assert refusal.value.faults[0].values["suggestion"] == meant


def test_a_fibre_nobody_knows_gets_no_suggestion() -> None:
    with pytest.raises(Wrong, match=r"^QQ is not a known fibre$"):
        v.checked_fibre("QQ")


def test_a_waste_code_in_another_spelling_is_refused_with_the_right_one() -> None:
    with pytest.raises(Wrong, match="did you mean 04 02 22"):
        v.checked_waste_code("04.02.22")


def test_processes_and_regimes_are_checked_too() -> None:
    assert v.checked_process("CARBONISE") == "CARBONISE"
    assert v.checked_regime("EOW") == "EOW"
    with pytest.raises(Wrong, match="did you mean CARBONISE"):
        v.checked_process("CARBONIZE")
    with pytest.raises(Wrong, match="did you mean BYPRODUCT"):
        v.checked_regime("BY-PRODUCT")
    with pytest.raises(Wrong, match="SERVICE is not a known regime"):
        v.checked_regime("SERVICE")
