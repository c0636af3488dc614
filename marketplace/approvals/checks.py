# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the law and the listings demand of a deal, each point green, amber or red, with its article.

Pure: facts in, checks out. A red check forbids the exchange; an amber one is for a person to look at, most often
because the paper that would prove it is not kept here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from marketplace.approvals.facts import CaseFacts, Check, Mix
from marketplace.approvals.regimes import OF_REGIME, of_unknown
from marketplace.errors import N_
from matching.market import vocabulary

NATURAL = frozenset({"animal", "vegetal"})
"""Families of fibres that grow."""
TO_SOIL = frozenset({"AGR-COM", "AGR-WOO", "AGR-MUL"})
"""Categories of needs whose goods end in or on the ground."""

Checks = Iterator[Check]


def checks(facts: CaseFacts) -> list[Check]:
    """Every check of the regime and of the two listings, in the order a person reads them."""
    rows = [*_of_all(facts), *OF_REGIME.get(facts.regime, of_unknown)(facts)]
    if facts.need_category in TO_SOIL:
        rows.extend(_of_soil(facts))
    return rows


def red(rows: Sequence[Check]) -> list[Check]:
    """The checks that forbid the exchange."""
    return [check for check in rows if check.colour == "red"]


def _of_all(facts: CaseFacts) -> Checks:
    yield _mass(facts)
    yield _days(facts)
    yield _regime_wanted(facts)
    if facts.certificates_asked:
        yield _certificates(facts)
    if facts.mix is not None:
        yield _recipe(facts.mix, facts.mass_g)


def _mass(facts: CaseFacts) -> Check:
    most_g = min(facts.offer_mass_g, facts.need_mass_g)
    within = facts.mass_g <= most_g
    words = (
        N_("%(mass)s lie within what both listings state.")
        if within
        else N_("%(mass)s are more than a listing states: %(most)s.")
    )
    return Check("mass", "green" if within else "red", "", words, {"mass_g": facts.mass_g, "most_g": most_g})


def _days(facts: CaseFacts) -> Check:
    if facts.pickup == (None, None):
        return Check("days", "amber", "", N_("No days for the pick-up are agreed."))
    if not (_meet(facts.pickup, facts.offer_window) and _meet(facts.pickup, facts.need_window)):
        return Check("days", "red", "", N_("The pick-up lies outside the days of one of the listings."))
    if facts.pickup[1] is not None and facts.pickup[1] < facts.today:
        return Check("days", "amber", "", N_("The agreed days for the pick-up have passed."))
    return Check("days", "green", "", N_("The pick-up lies within the days of both listings."))


def _meet(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    """Whether two windows share a day; an open end reaches for ever."""
    starts = max((day for day in (one[0], other[0]) if day), default=date.min)
    ends = min((day for day in (one[1], other[1]) if day), default=date.max)
    return starts <= ends


def _regime_wanted(facts: CaseFacts) -> Check:
    if facts.need_regimes and facts.regime not in facts.need_regimes:
        return Check("regime", "red", "", N_("The taker does not accept goods of this legal state."))
    return Check("regime", "green", "", N_("The taker accepts goods of this legal state."))


def _certificates(facts: CaseFacts) -> Check:
    missing = sorted(facts.certificates_asked - facts.certificates_held)
    if missing:
        words = N_("The taker asks for certificates that the giver does not state: %(names)s.")
        return Check("certificates", "red", "", words, {"names": ", ".join(missing)})
    words = N_("Stated, but to be seen, since certificates are not kept here: %(names)s.")
    return Check("certificates", "amber", "", words, {"names": ", ".join(sorted(facts.certificates_asked))})


def _recipe(mix: Mix, mass_g: int) -> Check:
    if mix.talked_about:
        words = N_("Only all parts together are of use; others that are not agreed yet: %(number)s.")
        return Check("recipe", "red", "", words, {"number": mix.talked_about})
    if mix.lost:
        words = N_("Ask the taker if the rest is still of use; other parts that fell away: %(number)s.")
        return Check("recipe", "amber", "", words, {"number": mix.lost})
    if mass_g != mix.computed_g:
        words = N_("Computed were %(computed)s, agreed are %(mass)s: the other parts may not fit any more.")
        return Check("recipe", "amber", "", words, {"computed_g": mix.computed_g, "mass_g": mass_g})
    return Check("recipe", "green", "", N_("All parts are agreed, this one as computed."))


def _of_soil(facts: CaseFacts) -> Checks:
    form = vocabulary.FORMS.get(facts.form_code)
    if form is None or not form.textile:
        return
    article = "Reg. (EC) 1069/2009; D.Lgs. 75/2010"
    shares = vocabulary.parse_composition(facts.composition) if facts.composition else ()
    if any(vocabulary.fibre(share.fibre).family not in NATURAL for share in shares):
        yield Check("soil", "red", article, N_("Textiles with man-made fibres may not go to the soil."))
    else:
        words = N_("Only undyed, untreated natural fibres may go to the soil, with an analysis.")
        yield Check("soil", "amber", article, words)
