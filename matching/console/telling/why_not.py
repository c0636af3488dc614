# SPDX-License-Identifier: AGPL-3.0-or-later
"""What keeps a pair or a listing of a written result apart, and what would help, in lines for a terminal."""

from collections.abc import Iterator, Sequence

from matching.allocation.objectives import Fit
from matching.console.refused import Refused
from matching.console.telling.pair import place_among, rule_lines
from matching.console.words import say
from matching.evidence.claims import Result
from matching.evidence.outcome import Outcome, Share, outcome_of
from matching.evidence.proposal import SCORE_PLACES
from matching.evidence.relaxations import Relaxation, WhyNotListing, why_not_listing
from matching.evidence.units import decimal_text, kg_text
from matching.evidence.whynot import (
    BELOW_LOT,
    NOT_COMPETITIVE,
    POLICY,
    PROPOSED,
    RULE,
    UNLISTED,
    WhyNot,
    why_not_pair,
)


def why_not_lines(result: Result, listing: str, need: str | None, lang: str) -> Iterator[str]:
    """What keeps a listing of either side unmatched; of an offer and a need, why they don't meet."""
    offers, needs = result.offers.ids, result.needs.ids
    if need is not None:
        pair = place_among(offers, listing, "unknown_offer"), place_among(needs, need, "unknown_need")
        outcome = _outcome(result)
        return pair_lines(why_not_pair(outcome, *pair), outcome.view.unit, lang)
    if listing not in offers and listing not in needs:
        raise Refused("unknown_listing", id=listing)
    return _either_side(result, listing, lang)


def _either_side(result: Result, listing: str, lang: str) -> Iterator[str]:
    outcome = _outcome(result)
    if listing in result.offers.ids:
        found = why_not_listing(outcome, "offer", result.offers.ids.index(listing))
        yield from listing_lines(found, outcome.view.unit, lang)
    if listing in result.needs.ids:
        found = why_not_listing(outcome, "need", result.needs.ids.index(listing))
        yield from listing_lines(found, outcome.view.unit, lang)


def _outcome(result: Result) -> Outcome:
    return outcome_of(result, result.derived_view())


def pair_lines(found: WhyNot, unit: str, lang: str) -> Iterator[str]:
    """The one reason of a pair, with the values it rests on; `unit` is that of the run's value."""
    offer = " → ".join([found.offer_id, *found.processor_ids])
    score = decimal_text(found.score_micro, SCORE_PLACES)
    named = {"offer": offer, "need": found.need_id, "score": score, "unit": unit}
    scored = "" if unit == Fit.unit else "_worth"  # under other objectives a pair has a value beside its score
    if found.reason == PROPOSED:
        yield say(f"proposed{scored}", lang, kg=kg_text(found.proposed_g), **named)
    elif found.reason == UNLISTED:
        yield say("why_unlisted", lang, **named)
    elif found.reason == RULE:
        yield say("impossible", lang, **named)
        yield from rule_lines(found.broken, lang)
    else:
        yield say(f"not_proposed{scored}", lang, **named)
        yield from (f"  {line}" for line in _hindrance(found, lang))


def _hindrance(found: WhyNot, lang: str) -> Iterator[str]:
    """Why a possible pair ships nothing, what would make up for it, and who has the kilograms."""
    if found.reason == POLICY:
        yield say("why_forbidden" if found.score_micro > 0 else "why_worthless", lang)
        return
    if found.reason == NOT_COMPETITIVE:
        micro = found.score_micro, found.offer_price_micro, found.need_price_micro, found.shortfall_micro
        texts = (decimal_text(points, SCORE_PLACES) for points in micro)
        yield say("why_outbid", lang, **dict(zip(("score", "offer_price", "need_price", "short"), texts, strict=True)))
    else:
        yield say("why_below_lot" if found.reason == BELOW_LOT else "why_tie", lang)
    if found.nearer_m is not None:
        yield say("why_nearer", lang, km=decimal_text(found.nearer_m, 3))
    if found.cheaper_milli is not None:
        yield say("why_cheaper", lang, price=decimal_text(found.cheaper_milli, 3))
    if found.takers:
        yield say("why_taken", lang, offer=found.offer_id, shares=_shares(found.takers))
    if found.suppliers:
        yield say("why_served", lang, need=found.need_id, shares=_shares(found.suppliers))


def _shares(shares: Sequence[Share]) -> str:
    return ", ".join(f"{share.listing_id} {kg_text(share.mass_g)} kg" for share in shares)


def listing_lines(found: WhyNotListing, unit: str, lang: str) -> Iterator[str]:
    """What is matched of a listing, the rules that keep others away, the smallest changes, the closest rivals."""
    matched, mass = kg_text(found.matched_g), kg_text(found.mass_g)
    yield say(f"why_{found.side}", lang, id=found.listing_id, matched=matched, kg=mass, count=found.compatible)
    for rule in found.excluded:
        name = say(f"rule {rule.rule}", lang)
        yield "  " + say("why_excluded", lang, rule=name, count=rule.listings, alone=rule.alone)
    for change in found.relaxations:
        yield "  " + _change(change, lang)
    for rival in found.rivals:
        yield from (f"  {line}" for line in pair_lines(rival, unit, lang))


def _change(change: Relaxation, lang: str) -> str:
    return say(
        "why_change" if change.after != "?" else "why_state",
        lang,
        id=change.listing_id,
        column=change.column,
        before=change.before or "–",
        after=change.after or "–",
        kg=kg_text(change.mass_g),
        partners=", ".join(change.partner_ids),
    )
