# SPDX-License-Identifier: AGPL-3.0-or-later
"""Terms add up to the score exactly, depend on their pair alone, and say what they compare."""

import json
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allocation.policy import DEFAULT_WEIGHTS, Policy
from matching.evidence.explain import explain, reasons
from matching.evidence.proposal import Term
from matching.evidence.reasons import Column, Reasons
from matching.evidence.units import decimal_text, from_decimal_text
from matching.evidence.view_market import view_of
from matching.market.columns import Needs, Offers
from matching.pairing.retrieve import compatible_pairs
from matching.pairing.score import MICRO, TERM_NAMES, Scorer, scorer
from matching.pairing.sides import prepare
from matching.pairing.text import text_vectors
from tests.matching.markets import Record, district, markets, needs_of, offers_of

TERM = {name: row for row, name in enumerate(TERM_NAMES)}


def judge(offers: Offers, needs: Needs, policy: Policy | None = None) -> Scorer:
    return scorer(prepare(offers, needs), (policy or Policy()).weight_micro)


def share(term: str, offer: Record | None = None, need: Record | None = None) -> float:
    """What a term of one pair earns, as a share of its weight."""
    only = Policy(weights={**dict.fromkeys(TERM_NAMES, 0), term: 1})
    amounts = judge(offers_of(offer or {}), needs_of(need or {}), only).amounts(np.array([0]), np.array([0]))
    return float(amounts.sum()) / MICRO


@settings(max_examples=60, deadline=None)
@given(markets())
def test_terms_add_up_to_the_score_and_keep_within_their_weights(market: tuple[Offers, Needs]) -> None:
    scores = judge(*market)
    pairs = compatible_pairs(scores.sides)
    amounts = scores.amounts(pairs.offer, pairs.need)
    assert (amounts >= 0).all()
    assert (amounts <= scores.weight_micro[:, None]).all()
    assert scores.scores(pairs.offer, pairs.need).tolist() == amounts.sum(axis=0).tolist()
    told = reasons(scores, pairs.offer, pairs.need)
    assert told.scores_micro() == [sum(term.amount_micro for term in terms) for terms in told.terms()]
    for text, total in zip(told.texts(), amounts.sum(axis=0), strict=True):
        assert sum(Decimal(str(reason["amount"])) for reason in json.loads(text)) == Decimal(int(total)) / MICRO


@given(st.lists(st.builds(Term, st.text(), st.integers(0, MICRO), st.text(), st.text())))
def test_reasons_are_written_as_json_writes_them(terms: list[Term]) -> None:
    listed = [{"name": t.name, "amount": t.amount_micro / MICRO, "offer": t.offer, "need": t.need} for t in terms]
    told = Reasons(1, tuple(Column(*([cell] for cell in term)) for term in terms))
    assert told.texts() == [json.dumps(listed, ensure_ascii=False)]
    assert told.terms() == [tuple(terms)]
    assert all(Decimal(repr(t.amount_micro / MICRO)) == Decimal(t.amount_micro) / MICRO for t in terms)


def test_a_pair_scores_the_same_alone_and_among_all() -> None:
    scores = judge(*district())
    pairs = compatible_pairs(scores.sides)
    together = scores.amounts(pairs.offer, pairs.need)
    for k in range(0, len(pairs), 7):
        alone = scores.amounts(pairs.offer[k : k + 1], pairs.need[k : k + 1])
        assert alone[:, 0].tolist() == together[:, k].tolist()


def test_a_pair_scores_the_same_whatever_else_is_on_the_market() -> None:
    offers, needs = district()
    scores = judge(offers, needs)
    pairs = compatible_pairs(scores.sides)
    o, n = int(pairs.offer[5]), int(pairs.need[5])
    small = judge(offers.take([o]), needs.take([n]))
    zero = np.array([0])
    assert small.amounts(zero, zero)[:, 0].tolist() == scores.amounts(pairs.offer, pairs.need)[:, 5].tolist()


@given(
    st.dictionaries(
        st.sampled_from(TERM_NAMES), st.decimals(0, 1000, places=3).filter(lambda weight: weight > 0), min_size=1
    )
)
def test_weights_are_normalised_to_a_million_micro_points(weights: dict[str, Decimal]) -> None:
    micro = Policy(weights=weights).weight_micro
    assert sum(micro.values()) == MICRO
    assert tuple(micro) == TERM_NAMES
    full = {**DEFAULT_WEIGHTS, **weights}
    total = sum(Decimal(str(weight)) for weight in full.values())
    assert all(abs(micro[name] - Decimal(str(full[name])) * MICRO / total) < 1 for name in TERM_NAMES)


def test_composition_is_best_at_the_open_end_of_a_bound() -> None:
    bounds = {"composition": "WO:60-100"}
    assert share("composition", {"composition": "WO:100"}, bounds) == 1
    assert share("composition", {"composition": "WO:60;PA:40"}, bounds) == 0
    assert share("composition", {"composition": "WO:80;PA:20"}, bounds) == 0.5
    assert share("composition", {"composition": "WO:95;EA:5"}, {"composition": "EA:0-5"}) == 0
    assert share("composition", {"composition": "WO:85;PA:15"}, {"composition": "PA:10-20"}) == 1


def test_what_is_not_stated_is_neutral() -> None:
    assert share("composition", {}, {"composition": ""}) == 0.5
    assert share("colour", {"colour": ""}, {"delta_e": ""}) == 0.5
    assert share("price", {"price_eur_kg": ""}) == 0.5
    assert share("price", {}, {"price_eur_kg": ""}) == 0.5


def test_an_open_price_is_named_so() -> None:
    for ask, name in (("", "price open"), ("1.2", "price")):
        view = view_of(offers_of({"price_eur_kg": ask}), needs_of({}), Policy())
        assert name in [term.name for term in explain(view, 0, 0).terms]


def test_a_shade_class_tells_half_as_much_as_a_measured_colour() -> None:
    assert share("colour") == 1
    untold = {"delta_e": ""}
    same = share("colour", {"colour": "GREEN"}, {**untold, "colour": "GREEN"})
    far = share("colour", {"colour": "GREEN"}, {**untold, "colour": "WHITE"})
    assert (same, far) == (0.75, 0.25)


def test_prices_with_room_score_more_and_work_below_zero_too() -> None:
    assert share("price", {"price_eur_kg": "1"}, {"price_eur_kg": "2"}) == 0.5
    assert share("price", {"price_eur_kg": "0"}, {"price_eur_kg": "2"}) == 1
    assert share("price", {"price_eur_kg": "2"}, {"price_eur_kg": "2"}) == 0
    waste = {"regime": "WASTE", "waste_code": "04 02 22", "price_eur_kg": "-0.4"}
    takes = {"regimes": "WASTE", "waste_codes": "04 02 22", "price_eur_kg": "-0.2"}
    assert share("price", waste, takes) == 0.5


def test_nearer_longer_and_higher_in_the_hierarchy_score_more() -> None:
    near, far = {"lat": "43.88", "lon": "11.1"}, {"radius_km": "", "lat": "45.5", "lon": "9.2"}
    assert share("distance", {}, near) == 1 > share("distance", {}, far) > 0
    month = {"available_from": "2027-02-15", "available_until": "2027-03-16"}
    assert share("time", month) == 1
    assert share("time", {"available_from": "2027-02-15", "available_until": "2027-02-17"}) == 0.1
    uses = [share("hierarchy", {}, {"use": use}) for use in ("reuse", "recycle", "recover")]
    assert uses == [1.0, 0.6, 0.2]


def test_a_form_suits_some_uses_better_than_others() -> None:
    assert share("form", {"form": "CUT_KNIT"}, {"use": "recycle"}) == 1
    assert share("form", {"form": "CUT_KNIT"}, {"use": "reuse"}) == 0.5


def test_text_ranks_alike_descriptions_first_in_every_language() -> None:
    wool = ["maglia lana blu da stracciare", "navy wool knitwear for pulling", "羊毛边角料，藏青色"]
    cotton = ["stracci di cotone bianco", "white cotton rags", "白色棉布条"]
    vectors = text_vectors([*wool, ""], [*wool, *cotton])
    assert vectors is not None
    for k in range(3):
        row = vectors.likeness(np.full(6, k), np.arange(6))
        assert row.argmax() == k
        assert row[k] == pytest.approx(1, abs=1e-3)
        assert row[k + 3] < row[k]
    assert vectors.likeness(np.array([3]), np.array([0])).tolist() == [0.0]


def test_a_market_without_words_needs_no_text_model() -> None:
    assert text_vectors(["", ""], ["lana"]) is None
    assert share("text", {"description": ""}) == 0


@given(st.integers(-(10**15), 10**15), st.sampled_from([3, 6, 9]))
def test_decimals_are_written_exactly_and_read_back(units: int, places: int) -> None:
    text = decimal_text(units, places)
    assert Decimal(text) == Decimal(units).scaleb(-places)
    assert from_decimal_text(text, places) == units


@given(st.text("0123456789.-", max_size=6), st.sampled_from([3, 6]))
def test_what_is_read_is_written_the_same(text: str, places: int) -> None:
    try:
        units = from_decimal_text(text, places)
    except ValueError:
        return
    assert decimal_text(units, places) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.0",
        "01",
        "1.2345",
        "-0",
        "+1",
        "1e3",
        " 1",
        "1,5",
        "١",
        "NaN",
        "1\n",
        "-0\n",
        "-",
        ".5",
        "1.",
        "-0.0",
        "--1",
    ],
)
def test_a_number_this_program_would_not_write_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        from_decimal_text(text, 3)
