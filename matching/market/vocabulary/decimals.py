# SPDX-License-Identifier: AGPL-3.0-or-later
"""Decimal numbers as people type them, kept exact: an integer count of the smallest unit, never a float."""

import re
from typing import Final

from matching.market.vocabulary.faults import Wrong, wrong

MOST_DIGITS: Final = 15  # before the point; int64 holds 18 digits, and no quantity of this trade needs more

_number = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?").fullmatch
_comma = re.compile(r"(-?[0-9]{1,3}(?:[. '’\u00a0\u202f][0-9]{3})*|-?[0-9]+),([0-9]+)").fullmatch
_thousands = re.compile(r"-?[0-9]{1,3}(?:[ ,.'’\u00a0\u202f][0-9]{3})+(?:\.[0-9]+)?").fullmatch
_separators = re.compile(r"[ ,.'’\u00a0\u202f]")


def scaled(text: str, places: int) -> int:
    """The number times 10**places, exactly: `scaled("1250.5", 3)` is 1250500. Raises `Wrong`."""
    found = _number(text)
    if found is None:
        raise _not_a_number(text)
    sign, whole, fraction = found.group(1), found.group(2).lstrip("0"), (found.group(3) or "").rstrip("0")
    if len(fraction) > places:
        raise wrong("too_many_decimals", value=text, places=places)
    if len(whole) > MOST_DIGITS:
        raise wrong("too_large", value=text)
    size = int(whole + fraction.ljust(places, "0") or "0")
    return -size if sign else size


def plain(text: str) -> str:
    """A number's shortest spelling: `95.00000` is `95`, `-0.50` is `-0.5`."""
    if "." not in text:
        return text
    return text.rstrip("0").rstrip(".")


def unscaled(count: int, places: int) -> str:
    """The inverse of `scaled`, in its shortest spelling: `unscaled(1250500, 3)` is `1250.5`."""
    sign, digits = ("-", str(-count)) if count < 0 else ("", str(count))
    digits = digits.rjust(places + 1, "0")
    whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
    return sign + plain(f"{whole}.{fraction}")


def _not_a_number(text: str) -> Wrong:
    if any(c.isdecimal() and not c.isascii() for c in text):
        return wrong("digits_of_another_script", value=text, example=_in_ascii(text))
    comma = _comma(text)
    if comma is not None:
        return _decimal_comma(text, comma)
    if _thousands(text) is not None:
        return wrong("thousands_separator", value=text, example=_without_thousands(text))
    return wrong("not_a_number", value=text)


def _decimal_comma(text: str, found: re.Match[str]) -> Wrong:
    whole, fraction = _separators.sub("", found.group(1)), found.group(2)
    if len(fraction) == 3 and text == f"{whole},{fraction}" and len(whole.lstrip("-")) <= 3:
        return wrong("ambiguous_comma", value=text, thousands=whole + fraction, decimal=f"{whole}.{fraction}")
    return wrong("decimal_comma", value=text, example=f"{whole}.{fraction}")


def _without_thousands(text: str) -> str:
    whole, point, fraction = text.rpartition(".")
    if not point or (len(fraction) == 3 and "." in whole):
        return _separators.sub("", text)
    return f"{_separators.sub('', whole)}.{fraction}"


def _in_ascii(text: str) -> str:
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)
