# SPDX-License-Identifier: AGPL-3.0-or-later
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.market.vocabulary import SHADES, Wrong, lab_of_srgb, parse_colour, srgb_of_lab


@pytest.mark.parametrize(
    ("text", "lab"),
    [
        ("#ffffff", (100, 0, 0)),
        ("#000000", (0, 0, 0)),
        ("#ff0000", (53.2408, 80.0925, 67.2032)),
        ("#00ff00", (87.7347, -86.1827, 83.1793)),
        ("#0000FF", (32.2970, 79.1875, -107.8602)),
        ("#808080", (53.5850, 0, 0)),
    ],
)
def test_srgb_becomes_lab_under_d65(text: str, lab: tuple[float, float, float]) -> None:
    assert lab_of_srgb(text) == pytest.approx(lab, abs=2e-3)


@given(st.integers(0, 0xFFFFFF))
def test_every_srgb_colour_has_a_lightness_between_0_and_100(value: int) -> None:
    lightness, _, _ = lab_of_srgb(f"#{value:06x}")
    assert -1e-9 <= lightness <= 100 + 1e-9


def test_lab_is_taken_as_it_is() -> None:
    assert parse_colour("lab:20.0 30.6 -8.7") == ((20.0, 30.6, -8.7), True)


def test_a_shade_is_a_class_and_no_measurement() -> None:
    colour = parse_colour("NAVY")
    assert colour.lab == SHADES["NAVY"].lab
    assert not colour.measured


def test_multicolour_has_no_centre() -> None:
    assert parse_colour("MULTICOLOUR") == (None, False)


@pytest.mark.parametrize(
    "text", ["#fff", "1b2a41", "#1b2a4g", "lab:20 30", "lab:20;30;8", "blu madonna", "", "lab:", "rgb(1,2,3)"]
)
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(Wrong, match="is not a colour"):
        parse_colour(text)


@pytest.mark.parametrize("text", ["lab:101 0 0", "lab:-1 0 0", "lab:50 900 0", "lab:50 0 -201"])
def test_lab_outside_its_range_is_refused(text: str) -> None:
    with pytest.raises(Wrong, match="is not between"):
        parse_colour(text)


def test_a_shade_nearly_right_is_suggested() -> None:
    with pytest.raises(Wrong, match="did you mean BORDEAUX"):
        parse_colour("bordeau")


@given(st.integers(0, 0xFFFFFF))
def test_a_screen_shows_again_what_it_was_measured_from(value: int) -> None:
    assert srgb_of_lab(lab_of_srgb(f"#{value:06x}")) == f"#{value:06x}"


def test_what_no_screen_can_show_is_clipped() -> None:
    assert srgb_of_lab((100, 0, 0)) == "#ffffff"
    assert srgb_of_lab((50, 200, -200))[3:] == "00ff"
