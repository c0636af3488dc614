# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why a pair of a written result is proposed, or why it isn't, in lines for a terminal."""

from collections.abc import Iterable, Iterator

from matching.allocation.relax import charged
from matching.console.refused import Refused
from matching.console.words import say
from matching.evidence.claims import Result
from matching.evidence.explain import explain
from matching.evidence.measure import WORDS, BrokenRule
from matching.evidence.outcome import row_prices
from matching.evidence.proposal import SCORE_PLACES, Explanation
from matching.evidence.staged import priced_view, read_multipliers
from matching.evidence.units import decimal_text, from_decimal_text
from matching.evidence.view import View
from matching.evidence.view_market import view_of


def explanation_lines(result: Result, offer_id: str, need_id: str, lang: str) -> Iterator[str]:
    """The rules a pair breaks; or of each way its terms, its kilograms, and what stands in the way of more of them."""
    offer = place_among(result.offers.ids, offer_id, "unknown_offer")
    need = place_among(result.needs.ids, need_id, "unknown_need")
    view = view_of(result.offers.take([offer]), result.needs.take([need]), result.policy, result.processors)
    found = explain(view, 0, 0)
    if found.broken:
        yield say("impossible", lang, offer=offer_id, need=need_id)
        yield from rule_lines(found.broken, lang)
    for way in found.chains if found.broken else (found, *found.chains):
        kg = _proposed_kg(result, way)
        yield _headline(way, kg, lang)
        yield from _terms(way, lang)
        if kg is None:
            yield from _hindrances(result, view, way, lang)


def place_among(ids: tuple[str, ...], wanted: str, key: str) -> int:
    """Where an id stands; `Refused` with the sentence of this key where it does not."""
    if wanted not in ids:
        raise Refused(key, id=wanted)
    return ids.index(wanted)


def rule_lines(broken: Iterable[BrokenRule], lang: str) -> Iterator[str]:
    """A line for each broken rule: what the pair measures, and what would be allowed."""
    for rule in broken:
        measured, allowed = (_worded(value, lang) for value in (rule.measured, rule.allowed))
        yield say("broken_rule", lang, rule=say(f"rule {rule.name}", lang), measured=measured, allowed=allowed)


def _headline(found: Explanation, kg: str | None, lang: str) -> str:
    start = " → ".join([found.offer_id, *found.processor_ids])
    values = {"offer": start, "need": found.need_id, "score": decimal_text(found.score_micro, SCORE_PLACES)}
    return say("proposed", lang, kg=kg, **values) if kg else say("not_proposed", lang, **values)


def _terms(found: Explanation, lang: str) -> Iterator[str]:
    for term in found.terms:
        amount = decimal_text(term.amount_micro, SCORE_PLACES)
        name = say(f"term {term.name}", lang)
        yield say("term_line", lang, term=name, amount=amount, offer=term.offer, need=term.need)


def _proposed_kg(result: Result, found: Explanation) -> str | None:
    way = (found.offer_id, found.need_id, ";".join(found.processor_ids))
    for row in result.proposal_rows:
        if (row["offer_id"], row["need_id"], row["processor_ids"]) == way:
            return row["delivered_kg"]
    return None


def _hindrances(result: Result, view: View, found: Explanation, lang: str) -> Iterator[str]:
    """Why a possible way got nothing: the policy, or better uses elsewhere."""
    if result.policy.excludes((found.offer_id, found.need_id)):
        yield say("why_forbidden", lang)
    else:
        yield _outbid(result, view, found, lang)


def _outbid(result: Result, view: View, found: Explanation, lang: str) -> str:
    """What a kilogram of either side is worth elsewhere, out of the prices that prove the run."""
    written: dict[str, dict[str, int]] = {side: {} for side in (*view.priced_ids, *view.multiplied_ids)}
    for row in result.price_rows:
        written[row["side"]][row["id"]] = from_decimal_text(row["price"], SCORE_PLACES)
    view = priced_view(view, read_multipliers(view, written))
    prices = row_prices(view, written)
    leg = next(k for k in range(len(view.legs)) if view.name(k)[2] == found.processor_ids)
    charge = int(charged(view.task, prices)[leg]), int(prices.need[0])
    worth = int(view.legs.value[leg])
    short = sum(charge) - worth
    if short <= 0:
        return say("why_tie", lang)
    texts = [decimal_text(micro, SCORE_PLACES) for micro in (worth, *charge, short)]
    return say("why_outbid", lang, **dict(zip(("score", "offer_price", "need_price", "short"), texts, strict=True)))


def _worded(value: str, lang: str) -> str:
    """A measured value with its one word, if it has one, in the reader's language."""
    for word in WORDS:
        if value == word or value.endswith(f" {word}"):
            return value.removesuffix(word) + say(f"value {word}", lang)
    return value
