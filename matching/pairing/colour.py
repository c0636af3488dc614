# SPDX-License-Identifier: AGPL-3.0-or-later
"""Colour: how far apart two shades are (CIEDE2000), and what fibres of several shades look like blended.

Colours are CIE L*a*b* under D65 with the 2° observer, arrays of shape (..., 3).
Sources: Sharma, Wu & Dalal 2005 (CIEDE2000); IEC 61966-2-1 (sRGB); Stearns & Noechel 1944 (blends).
"""

from typing import Final

import numpy as np

from matching.market.columns import Floats

STEARNS_NOECHEL_M: Final = 0.15  # of wool
_RGB_TO_XYZ: Final = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_XYZ_TO_RGB: Final = np.linalg.inv(_RGB_TO_XYZ)
_WHITE: Final = _RGB_TO_XYZ.sum(axis=1)
_EPSILON: Final = 216 / 24389
_KAPPA: Final = 24389 / 27
_POW_25_7: Final = 25.0**7


def srgb_to_lab(rgb: Floats) -> Floats:
    """L*a*b* of sRGB values in 0–1, shape (..., 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear_rgb_to_lab(linear)


def lab_to_srgb(lab: Floats) -> Floats:
    """sRGB values in 0–1 of L*a*b*; colours a screen can't show are clipped."""
    linear = np.clip(lab_to_linear_rgb(lab), 0.0, 1.0)
    return np.asarray(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


def linear_rgb_to_lab(linear: Floats) -> Floats:
    """L*a*b* of linear RGB reflectances, shape (..., 3)."""
    ratio = linear @ _RGB_TO_XYZ.T / _WHITE
    f = np.where(ratio > _EPSILON, np.cbrt(ratio), (_KAPPA * ratio + 16) / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_linear_rgb(lab: Floats) -> Floats:
    """Linear RGB reflectances of L*a*b*, not clipped."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    cubed = f**3
    ratio = np.where(cubed > _EPSILON, cubed, (116 * f - 16) / _KAPPA)
    return np.asarray(ratio * _WHITE @ _XYZ_TO_RGB.T)


def blend_transform(reflectance: Floats) -> Floats:
    """Stearns–Noechel F of a reflectance in 0–1: what adds up by mass when fibres are blended."""
    return np.asarray((1 - reflectance) / (STEARNS_NOECHEL_M * (reflectance - 0.01) + 0.01))


def blend_reflectance(transform: Floats) -> Floats:
    """Reflectance whose Stearns–Noechel F is `transform`: the inverse of `blend_transform`."""
    return np.asarray((1 + 0.01 * transform * (STEARNS_NOECHEL_M - 1)) / (1 + STEARNS_NOECHEL_M * transform))


def blend_lab(lab: Floats, mass: Floats) -> Floats:
    """L*a*b* of fibres of colours `lab`, shape (k, 3), carded together in the masses `mass`, shape (k,)."""
    share = np.asarray(mass, dtype=np.float64) / np.sum(mass)
    reflectance = np.clip(lab_to_linear_rgb(lab), 0.0, 1.0)
    return linear_rgb_to_lab(blend_reflectance(share @ blend_transform(reflectance)))


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Perceived difference ΔE00 of two arrays of colours (kL = kC = kH = 1); NaN where one is missing."""
    chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    grey = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + _POW_25_7)))
    chroma1, hue1 = _chroma_hue(one, grey)
    chroma2, hue2 = _chroma_hue(other, grey)
    mean_chroma, both = (chroma1 + chroma2) / 2, chroma1 * chroma2
    turn, mean_hue = _hue_turn(hue1, hue2, both)
    mean_light = ((one[..., 0] + other[..., 0]) / 2 - 50) ** 2
    scale_l = 1 + 0.015 * mean_light / np.sqrt(20 + mean_light)
    scale_c = 1 + 0.045 * mean_chroma
    scale_h = 1 + 0.015 * mean_chroma * _hue_weight(mean_hue)
    light = (other[..., 0] - one[..., 0]) / scale_l
    colour = (chroma2 - chroma1) / scale_c
    hue = 2 * np.sqrt(both) * np.sin(np.radians(turn) / 2) / scale_h
    twist = _rotation(mean_hue, mean_chroma) * colour * hue
    return np.asarray(np.sqrt(np.maximum(light**2 + colour**2 + hue**2 + twist, 0.0)))


def _chroma_hue(lab: Floats, grey: Floats) -> tuple[Floats, Floats]:
    """Chroma and hue (degrees, 0–360) with the red-green axis stretched near grey."""
    a = (1 + grey) * lab[..., 1]
    b = lab[..., 2]
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _hue_turn(hue1: Floats, hue2: Floats, both: Floats) -> tuple[Floats, Floats]:
    """Signed hue difference and mean hue in degrees; a grey has no hue, so it takes the other colour's."""
    grey = both == 0
    gap = hue2 - hue1
    turn = np.where(gap > 180, gap - 360, np.where(gap < -180, gap + 360, gap))
    total = hue1 + hue2
    across = np.where(total < 360, total + 360, total - 360)
    mean = np.where(np.abs(gap) <= 180, total, across) / 2
    return np.where(grey, 0.0, turn), np.where(grey, total, mean)


def _hue_weight(hue: Floats) -> Floats:
    return np.asarray(
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )


def _rotation(hue: Floats, chroma: Floats) -> Floats:
    """The blue region's interaction between chroma and hue."""
    turn = np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))
    return np.asarray(-2 * np.sqrt(chroma**7 / (chroma**7 + _POW_25_7)) * np.sin(turn))
