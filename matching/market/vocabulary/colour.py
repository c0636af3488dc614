# SPDX-License-Identifier: AGPL-3.0-or-later
"""Colours as people state them, led back to CIE L*a*b* (D65, 2° observer).

`#rrggbb` is sRGB (IEC 61966-2-1), `lab:L a b` is taken as it is, a shade code stands for a class: its centre
places it among the others but is no measurement.
"""

import re
from functools import cache, lru_cache
from typing import Final, NamedTuple

from matching.market.vocabulary.codes import SHADE_CODES, nearest
from matching.market.vocabulary.decimals import plain, scaled
from matching.market.vocabulary.faults import Wrong, wrong
from matching.market.vocabulary.tables import rows_of

Lab = tuple[float, float, float]

LAB_PLACES: Final = 6
LARGEST_AB: Final = 200

_hex = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})").fullmatch
_xyz_of_linear_rgb: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_linear_rgb_of_xyz: Final = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)
_white: Final = tuple(sum(row) for row in _xyz_of_linear_rgb)  # #ffffff is L* 100, a* 0, b* 0 exactly


class Colour(NamedTuple):
    """L*a*b*, or None for a class without a centre (multicolour); `measured` is False for shade classes."""

    lab: Lab | None
    measured: bool


@lru_cache(maxsize=4096)
def parse_colour(text: str) -> Colour:
    """`#1b2a41`, `lab:18 2 -16` or a shade code; raises `Wrong`."""
    if _hex(text):
        return Colour(lab_of_srgb(text), measured=True)
    if text.startswith("lab:"):
        return Colour(_stated_lab(text), measured=True)
    if text in SHADE_CODES:
        return Colour(_shade_centres()[text], measured=False)
    raise _not_a_colour(text)


def lab_of_srgb(text: str) -> Lab:
    """L*a*b* of `#rrggbb`; deterministic to the last bit, since it works on one colour at a time."""
    if not _hex(text):
        raise _not_a_colour(text)
    channels = bytes.fromhex(text[1:])
    red, green, blue = _LINEAR[channels[0]], _LINEAR[channels[1]], _LINEAR[channels[2]]
    of_x, of_y, of_z = _xyz_of_linear_rgb
    fx = _lightness((of_x[0] * red + of_x[1] * green + of_x[2] * blue) / _white[0])
    fy = _lightness((of_y[0] * red + of_y[1] * green + of_y[2] * blue) / _white[1])
    fz = _lightness((of_z[0] * red + of_z[1] * green + of_z[2] * blue) / _white[2])
    return (116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz))


def srgb_of_lab(lab: Lab) -> str:
    """`#rrggbb` of L*a*b*, as a screen shows it: what no screen can show is clipped."""
    fy = (lab[0] + 16) / 116
    ratios = (_ratio(f) for f in (fy + lab[1] / 500, fy, fy - lab[2] / 200))
    xyz = [ratio * white for ratio, white in zip(ratios, _white, strict=True)]
    linear = (sum(weight * value for weight, value in zip(row, xyz, strict=True)) for row in _linear_rgb_of_xyz)
    return "#" + "".join(f"{round(255 * _gamma(min(max(value, 0.0), 1.0))):02x}" for value in linear)


def _ratio(f: float) -> float:
    """The inverse of `_lightness`."""
    return f**3 if f**3 > 216 / 24389 else (116 * f - 16) * 27 / 24389


def _gamma(value: float) -> float:
    """The inverse of `_linear`."""
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


_LINEAR: Final = tuple(_linear(step / 255) for step in range(256))


def _lightness(ratio: float) -> float:
    """CIE 15: the cube root, with its straight part near black."""
    return ratio ** (1 / 3) if ratio > 216 / 24389 else (24389 / 27 * ratio + 16) / 116


def _stated_lab(text: str) -> Lab:
    parts = text.removeprefix("lab:").split()
    if len(parts) != 3:
        raise _not_a_colour(text)
    lightness, a, b = parts
    return (
        _between(lightness, 0, 100),
        _between(a, -LARGEST_AB, LARGEST_AB),
        _between(b, -LARGEST_AB, LARGEST_AB),
    )


def _between(text: str, low: int, high: int) -> float:
    value = scaled(text, LAB_PLACES)
    if not low <= value / 10**LAB_PLACES <= high:
        raise wrong("not_between", value=plain(text), low=low, high=high)
    return float(text)


def _not_a_colour(text: str) -> Wrong:
    shade = nearest(text, SHADE_CODES)
    return wrong("not_a_colour", value=text, **({"suggestion": shade} if shade else {}))


@cache
def _shade_centres() -> dict[str, Lab | None]:
    return {row["code"]: _centre(row) for row in rows_of("shades")}


def _centre(row: dict[str, str]) -> Lab | None:
    return (float(row["lab_l"]), float(row["lab_a"]), float(row["lab_b"])) if row["lab_l"] else None
