# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the law demands of goods in each legal state (D.Lgs. 152/2006, DM 264/2016, Reg. (EC) 1069/2009)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from marketplace.approvals.facts import CaseFacts, Check
from marketplace.errors import N_
from matching.market import vocabulary

ART_184BIS = "D.Lgs. 152/2006 art. 184-bis"
ART_184TER = "D.Lgs. 152/2006 art. 184-ter"

Checks = Iterator[Check]


def _of_byproduct(facts: CaseFacts) -> Checks:
    yield _before_consumption(facts)
    yield _not_paid_for(facts)
    yield _from_a_process(facts)
    words = N_("The technical sheet (annex 2) or the contract must be seen: documents are not kept here.")
    yield Check("sheet", "amber", "DM 264/2016 art. 5", words)
    words = N_("The giver must sign the declaration of conformity when the goods leave.")
    yield Check("declaration", "amber", "DM 264/2016 art. 7", words)


def _before_consumption(facts: CaseFacts) -> Check:
    if facts.origin == "post":
        words = N_("What comes after consumption is never a by-product.")
        return Check("origin", "red", ART_184BIS, words)
    if facts.origin == "pre":
        return Check("origin", "green", ART_184BIS, N_("A residue of production, before consumption."))
    return Check("origin", "amber", ART_184BIS, N_("Whether it is a residue of production is not stated."))


def _not_paid_for(facts: CaseFacts) -> Check:
    if facts.price_milli_eur_kg < 0:
        words = N_("The giver pays to be rid of it: a strong sign of waste.")
        return Check("gate_fee", "red", "DM 264/2016 art. 5", words)
    return Check("gate_fee", "green", "DM 264/2016 art. 5", N_("The giver does not pay to be rid of it."))


def _from_a_process(facts: CaseFacts) -> Check:
    form = vocabulary.FORMS.get(facts.form_code)
    if form is not None and "BYPRODUCT" in form.usual_regimes:
        return Check("process", "green", ART_184BIS, N_("Goods of this form are commonly by-products."))
    words = N_("Goods of this form are not commonly by-products: which process do they come from?")
    return Check("process", "amber", ART_184BIS, words)


def _of_waste(facts: CaseFacts) -> Checks:
    yield _code(facts)
    yield _permit(facts)
    yield _carrier(facts)
    if facts.origin:
        yield Check("origin", "green", "D.Lgs. 152/2006 art. 184", N_("Where the waste arose is stated."))
    else:
        yield Check("origin", "amber", "D.Lgs. 152/2006 art. 184", N_("Where the waste arose is not stated."))
    yield _broker(facts)


def _broker(facts: CaseFacts) -> Check:
    article = "D.Lgs. 152/2006 art. 212"
    if facts.operator_is_broker:
        return Check("broker", "green", article, N_("The operator is enrolled as a broker of waste (category 8)."))
    words = N_(
        "Arranging the recovery of others' waste is a broker's work, and the operator is not enrolled (category 8)."
    )
    return Check("broker", "red", article, words)


def _code(facts: CaseFacts) -> Check:
    article = "2000/532/EC"
    if not facts.waste_codes:
        return Check("waste_code", "red", article, N_("The offer states no waste code."))
    for code in facts.waste_codes:
        entry = vocabulary.WASTE_LIST.get(code)
        if entry is None or entry.hazardous or not entry.listable:
            words = N_("Waste of the code %(code)s cannot be traded here.")
            return Check("waste_code", "red", article, words, {"code": code})
    words = N_("Waste code %(code)s: not hazardous, listed.")
    return Check("waste_code", "green", article, words, {"code": ", ".join(facts.waste_codes)})


def _permit(facts: CaseFacts) -> Check:
    article = "D.Lgs. 152/2006 art. 208, 214-216"
    on = facts.pickup[1] or facts.pickup[0] or facts.today
    held = {permit.waste_code: permit for permit in facts.permits}
    for code in facts.waste_codes:
        permit = held.get(code)
        if permit is None:
            words = N_("The taker has no permit for the code %(code)s.")
            return Check("permit", "red", article, words, {"code": code})
        if permit.valid_until is None:
            words = N_("Until when the taker's permit for %(code)s is valid is not stated.")
            return Check("permit", "amber", article, words, {"code": code})
        if permit.valid_until < on:
            words = N_("The taker's permit for %(code)s ends on %(until)s, before the pick-up on %(day)s.")
            return Check("permit", "red", article, words, {"code": code, "until_on": permit.valid_until, "day_on": on})
    return Check("permit", "green", article, N_("The taker's permit is valid on the day of the pick-up."))


def _carrier(facts: CaseFacts) -> Check:
    article = "D.Lgs. 152/2006 art. 212"
    if facts.transport == "giver" and facts.giver_albo & {"2-bis", "4"}:
        return Check("carrier", "green", article, N_("The giver is enrolled with the Albo to carry this waste."))
    if facts.transport == "taker" and "4" in facts.taker_albo:
        return Check("carrier", "green", article, N_("The taker is enrolled with the Albo to carry this waste."))
    words = N_("The carrier must be enrolled with the Albo (category 4, or 2-bis for one's own waste).")
    return Check("carrier", "amber", article, words)


def _of_end_of_waste(facts: CaseFacts) -> Checks:
    if facts.giver_has_permit:
        yield Check("plant", "green", ART_184TER, N_("The giver has a permit as a plant."))
    else:
        yield Check("plant", "amber", ART_184TER, N_("No plant permit of the giver is on file."))
    words = N_("The declaration of conformity of the lot must be seen: documents are not kept here.")
    yield Check("declaration", "amber", ART_184TER, words)


def _of_used_goods(facts: CaseFacts) -> Checks:
    article = "D.Lgs. 152/2006 art. 183"
    if facts.waste_codes:
        words = N_("A waste code is stated: were the goods ever discarded?")
        yield Check("never_discarded", "amber", article, words)
    else:
        yield Check("never_discarded", "green", article, N_("Nothing says that the goods were ever discarded."))
    if facts.need_use in ("recycle", "recover"):
        words = N_("The taker does not want to use the goods again as they are: a sign of waste.")
        yield Check("use", "amber", article, words)


def _of_animal(_facts: CaseFacts) -> Checks:
    article = "Reg. (EC) 1069/2009 art. 21-23"
    yield Check("operator", "amber", article, N_("Is the taker registered or approved for animal by-products?"))
    yield Check(
        "document", "amber", article, N_("The goods travel with the commercial document for animal by-products.")
    )


def _of_product(facts: CaseFacts) -> Checks:
    article = "D.Lgs. 152/2006 art. 184-ter"
    if facts.waste_codes:
        words = N_("A waste code is stated: waste becomes a product only at an authorised plant.")
        yield Check("product", "amber", article, words)
    else:
        yield Check("product", "green", article, N_("Sold as a product, with delivery note and invoice."))


def of_unknown(_facts: CaseFacts) -> Checks:
    """A legal state that is not one."""
    yield Check("legal_state", "red", "D.Lgs. 152/2006", N_("The legal state of the goods is not stated."))


OF_REGIME: Mapping[str, Callable[[CaseFacts], Checks]] = {
    "PRODUCT": _of_product,
    "BYPRODUCT": _of_byproduct,
    "WASTE": _of_waste,
    "EOW": _of_end_of_waste,
    "USED_GOOD": _of_used_goods,
    "ABP": _of_animal,
}
