# SPDX-License-Identifier: AGPL-3.0-or-later
"""CIEDE2000 against its published test data, and blends against the recipes planted in the sample district."""

import numpy as np
import pytest

from matching.pairing.colour import (
    blend_lab,
    blend_reflectance,
    blend_transform,
    ciede2000,
    lab_to_srgb,
    srgb_to_lab,
)

# Sharma, Wu & Dalal 2005, table 1: two colours and their difference.
SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
TABLE = np.array([[float(number) for number in line.split()] for line in SHARMA.strip().splitlines()])


def hex_lab(code: str) -> np.ndarray:
    return srgb_to_lab(np.array([int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)]))


def test_all_34_published_differences_are_met_to_the_last_printed_digit() -> None:
    assert TABLE.shape == (34, 7)
    assert np.abs(ciede2000(TABLE[:, :3], TABLE[:, 3:6]) - TABLE[:, 6]).max() < 0.5e-4 + 1e-9


def test_the_difference_is_symmetric() -> None:
    there, back = ciede2000(TABLE[:, :3], TABLE[:, 3:6]), ciede2000(TABLE[:, 3:6], TABLE[:, :3])
    assert np.abs(there - back).max() < 1e-9


def test_a_colour_does_not_differ_from_itself() -> None:
    assert (ciede2000(TABLE[:, :3], TABLE[:, :3]) == 0.0).all()


def test_a_missing_colour_has_no_difference() -> None:
    assert np.isnan(ciede2000(np.full((1, 3), np.nan), TABLE[:1, :3]))[0]


def test_white_is_white_and_a_screen_colour_comes_back() -> None:
    assert np.allclose(hex_lab("#ffffff"), [100, 0, 0], atol=1e-9)
    for code in ("#17382a", "#bd918f", "#5b2538"):
        wanted = [int(code[k : k + 2], 16) for k in (1, 3, 5)]
        assert np.allclose(lab_to_srgb(hex_lab(code)) * 255, wanted, atol=1e-6)


def test_the_blend_transform_and_its_inverse_undo_each_other() -> None:
    reflectance = np.linspace(0.0, 1.0, 101)
    assert np.allclose(blend_reflectance(blend_transform(reflectance)), reflectance, atol=1e-12)


def test_a_blend_of_one_colour_is_that_colour() -> None:
    lab = hex_lab("#5b2538")
    assert np.allclose(blend_lab(np.stack([lab, lab]), np.array([3.0, 1.0])), lab, atol=1e-9)


@pytest.mark.parametrize("share", [0.1, 0.28, 0.5])
def test_a_little_white_lightens_black_less_than_an_average_says(share: float) -> None:
    black, white = hex_lab("#101010"), hex_lab("#f4efe4")
    mixed = blend_lab(np.stack([white, black]), np.array([share, 1 - share]))
    assert mixed[0] < share * white[0] + (1 - share) * black[0]
