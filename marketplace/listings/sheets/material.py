# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the goods of a line are: form, composition, colour."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.errors import N_
from marketplace.listings.facts import Problem
from marketplace.listings.sheets.amounts import spelled
from marketplace.listings.sheets.compositions import read_bounds, read_composition
from marketplace.listings.sheets.findings import Findings
from marketplace.listings.sheets.lexicon import form_words, found_in, normal, shade_words
from marketplace.listings.sheets.table import Cell
from matching.market.vocabulary import FORMS, Wrong, nearest, parse_colour

UNKNOWN_FORM = N_("“%(text)s” is not a form that we know. Which one is it?")
NEAR_FORM = N_("“%(text)s” is not a form that we know. Is it %(form)s?")
SEVERAL_FORMS = N_("“%(text)s” names more than one form.")
A_SHADE = N_("“%(text)s” was taken as a class of colour; it is no measured value.")
NAMED_COLOUR = N_("“%(text)s” is the name of a colour, not a measured value: kept in the description.")


def read_material(found: Findings, cells: Mapping[str, Cell], side: str) -> None:
    """Form, composition and colour of a line, of an offer or a need (`side`)."""
    _forms(found, cells.get("forms"), side)
    if side == "offer":
        composition, problem = read_composition(cells.get("composition"))
        remark = None
    else:
        asked = {name.removeprefix("composition").strip(): c for name, c in cells.items() if _is_composition(name)}
        composition, problem, remark = read_bounds(asked) if any(asked.values()) else ("", None, None)
    if composition:
        found.values["composition"] = composition
    found.problems += [problem] if problem else []
    found.remarks += [remark] if remark else []
    _colour(found, cells.get("colour"))


def _is_composition(name: str) -> bool:
    return name.split(" ")[0] == "composition"


def _forms(found: Findings, cell: Cell, side: str) -> None:
    if cell is None:
        return
    text = spelled(cell)
    codes = [part.strip() for part in text.split(";")]
    if all(code in FORMS for code in codes):
        found.values["forms"] = ";".join(codes)
        return
    found.told.append(str(cell))
    codes = found_in(text, form_words())
    near = nearest(text, tuple(FORMS)) if not codes else None
    if not codes and near:
        found.ask("forms", NEAR_FORM, text=text[:60], form=near)
    elif not codes:
        found.ask("forms", UNKNOWN_FORM, text=text[:60])
    elif side == "offer" and len(codes) > 1:
        found.ask("forms", SEVERAL_FORMS, text=text[:60])
    else:
        found.values["forms"] = ";".join(codes)


def _colour(found: Findings, cell: Cell) -> None:
    """A measured value or the exact name of a shade; any other name is only told."""
    if cell is None:
        return
    text = spelled(cell)
    try:
        parse_colour(text)
    except Wrong:
        shade = _shade(normal(text))
        found.told.append(str(cell))
        found.values["colour"] = shade or ""
        found.remarks.append(Problem("colour", A_SHADE if shade else NAMED_COLOUR, {"text": text[:60]}))
    else:
        found.values["colour"] = text


def _shade(text: str) -> str | None:
    """The one shade that a name means: the whole name, else all of its words that name any."""
    words = shade_words()
    named = {words[part] for part in ([text] if text in words else text.split(" ")) if part in words}
    return named.pop() if len(named) == 1 and "MULTICOLOUR" not in named else None
