# SPDX-License-Identifier: AGPL-3.0-or-later
"""What keeps a listing unmatched: the rules counted, and the smallest change that brings kilograms, tried out."""

from functools import cache

import pytest
from hypothesis import given, settings

from matching import Needs, Offers, Run, match
from matching.evidence.relaxations import WhyNotListing
from tests.matching.markets import Record, district, markets, needs_of, offers_of
from tests.matching.plain_rules import OF_A_MIX, broken

# need, its first relaxation: column, before, after, kilograms, partner
NEAR_MISSES = [
    ("N-001", "radius_km", "24", "26.682", 240, "O-137"),
    ("N-009", "needed_from", "2027-03-15", "2027-03-14", 150, "O-019"),
    ("N-096", "waste_codes", "04 02 22", "04 02 21;04 02 22", 900, "O-005"),
    ("N-040", "price_eur_kg", "3.4", "3.45", 300, "O-062"),
    ("N-021", "mass_kg", "280", "300", 300, "O-145"),
    ("N-022", "lot_kg", "200", "190", 190, "O-117"),
    ("N-034", "certificates", "GRS;OEKOTEX", "GRS", 400, "O-141"),
    ("N-056", "delta_e", "2", "2.248", 120, "O-037"),
    ("N-030", "length_min_mm", "18", "17", 350, "O-041"),
    ("N-098", "micron_max", "19.5", "19.8", 250, "O-132"),
    ("N-077", "regimes", "PRODUCT;BYPRODUCT", "PRODUCT;BYPRODUCT;EOW", 500, "O-125"),
    ("N-042", "forms", "SELVEDGE;CUT_WOVEN", "SELVEDGE;HEADERS;CUT_WOVEN", 300, "O-009"),
    ("N-116", "mass_kg", "500", "520", 520, "O-088"),
    ("N-076", "price_eur_kg", "-0.18", "-0.15", 1400, "O-028"),
    ("N-049", "min_fill_kg", "500", "480", 480, "O-114"),
]


@cache
def run() -> Run:
    """The district without its recipes, which take from several near misses."""
    offers, needs = district()
    return match(offers, needs.take([row for row in range(len(needs)) if not needs.blend[row]]))


def listing(found: Run, **ids: str) -> WhyNotListing:
    answer = found.why_not(**ids)
    assert isinstance(answer, WhyNotListing)
    return answer


@pytest.mark.parametrize(("need", "column", "before", "after", "kg", "partner"), NEAR_MISSES)
def test_a_near_miss_needs_exactly_the_planted_change(
    need: str, column: str, before: str, after: str, kg: int, partner: str
) -> None:
    (only,) = listing(run(), need=need).relaxations
    assert (only.whose, only.listing_id, only.column, only.after) == ("need", need, column, after)
    assert float(only.before) == float(before) if column == "price_eur_kg" else only.before == before
    assert (only.mass_g, only.partner_ids) == (kg * 1000, (partner,))


def test_a_bound_of_the_composition_is_widened_to_what_is_there() -> None:
    (only,) = listing(run(), need="N-097").relaxations
    assert "EA:0-2" in only.before
    assert only.after == only.before.replace("EA:0-2", "EA:0-3")


def test_nothing_mends_trading_with_oneself() -> None:
    answer = listing(run(), need="N-018")
    assert answer.relaxations == ()
    assert (answer.excluded[0].rule, answer.excluded[0].alone) == ("own firm", 1)


def test_a_matched_listing_has_nothing_to_mend() -> None:
    answer = listing(run(), offer="O-158")
    assert (answer.matched_g, answer.relaxations, answer.rivals) == (640_000, (), ())


def test_an_outbid_listing_hears_who_stands_closest() -> None:
    answer = listing(run(), need="N-057")
    assert answer.matched_g == 0
    assert answer.compatible == len(answer.rivals) == 1
    assert answer.rivals[0].offer_id == "O-008"
    assert "O-008 goes to" in str(answer)


def test_the_offer_s_own_changes_come_where_either_side_could_change() -> None:
    (only,) = listing(match(offers_of({"price_eur_kg": "1.6"}), needs_of({})), offer="O-1").relaxations
    assert (only.whose, only.column, only.before, only.after) == ("offer", "price_eur_kg", "1.6", "1.5")
    (only,) = listing(match(offers_of({"certificates": ""}), needs_of({})), offer="O-1").relaxations
    assert (only.whose, only.column, only.after) == ("offer", "certificates", "GRS")
    late = {"available_from": "2027-04-05", "available_until": "2027-05-01"}
    (only,) = listing(match(offers_of(late), needs_of({})), offer="O-1").relaxations
    assert (only.whose, only.column, only.after) == ("offer", "available_from", "2027-04-01")


@pytest.mark.parametrize(
    ("change", "column"), [({"length_mm": ""}, "length_mm"), ({"micron": ""}, "micron"), ({"colour": ""}, "colour")]
)
def test_a_value_that_is_not_stated_should_be(change: Record, column: str) -> None:
    found = match(offers_of(change), needs_of({}))
    for ids in ({"offer": "O-1"}, {"need": "N-1"}):
        (only,) = listing(found, **ids).relaxations
        assert (only.whose, only.listing_id, only.column, only.before, only.after) == ("offer", "O-1", column, "", "?")


def test_one_wider_radius_brings_every_partner_within_it() -> None:
    near = [{"id": f"O-{k}", "lat": f"{43.9 + k / 100:.2f}", "lon": "11.12", "mass_kg": "50"} for k in range(1, 6)]
    answer = listing(match(offers_of(*near), needs_of({"radius_km": "2"})), need="N-1")
    kilometres = [(relaxation.after, relaxation.mass_g // 1000) for relaxation in answer.relaxations]
    assert kilometres == [("2.224", 50), ("3.336", 100), ("4.448", 150)]
    assert answer.relaxations[1].partner_ids == ("O-2", "O-3")


FAR: Record = {"id": "O-2", "firm": "Lontana", "lat": "44.02", "mass_kg": "200"}


@pytest.mark.parametrize(
    ("near", "far", "need", "kg"),
    [
        ({"mass_kg": "100"}, {}, {}, 200),
        ({"mass_kg": "250"}, {}, {}, 50),
        ({"mass_kg": "250"}, {"lot_kg": "60"}, {}, None),  # only 50 kg are still wanted
        ({"mass_kg": "250"}, {"divisible": "no"}, {}, None),
        ({"mass_kg": "250"}, {}, {"lot_kg": "60"}, None),
        ({"mass_kg": "100"}, {}, {"max_suppliers": "1"}, None),
        ({"mass_kg": "50", "divisible": "no"}, {"mass_kg": "100"}, {"min_fill_kg": "200"}, None),
        ({"mass_kg": "299.5"}, {}, {}, None),  # what rounding leaves is no lack
    ],
)
def test_kilograms_are_those_that_lots_and_suppliers_leave(
    near: Record, far: Record, need: Record, kg: int | None
) -> None:
    found = match(offers_of(near, {**FAR, **far}), needs_of({"mass_kg": "300", "radius_km": "10", **need}), seconds=600)
    for answer in (listing(found, need="N-1"), listing(found, offer="O-2")):
        wider = [change for change in answer.relaxations if change.column == "radius_km"]
        assert [change.mass_g for change in wider] == ([] if kg is None else [kg * 1000])


def test_a_change_that_the_formats_forbid_is_not_proposed() -> None:
    found = match(offers_of({"price_eur_kg": "0"}), needs_of({"price_eur_kg": "-0.1"}))
    assert listing(found, offer="O-1").relaxations == ()
    assert [only.after for only in listing(found, need="N-1").relaxations] == ["0"]


@settings(max_examples=60, deadline=None)
@given(markets())
def test_every_proposed_change_does_what_it_promises(market: tuple[Offers, Needs]) -> None:
    offers, needs = market
    found = match(*market)
    offer_records = {listing: offers.record(row) for row, listing in enumerate(offers.ids)}
    need_records = {listing: needs.record(row) for row, listing in enumerate(needs.ids)}
    answers = [listing(found, offer=offer) for offer in offers.ids] + [listing(found, need=need) for need in needs.ids]
    for answer in answers:
        for change in answer.relaxations:
            assert change.mass_g > 0
            for partner in change.partner_ids if change.after != "?" else ():
                pair = (answer.listing_id, partner) if answer.side == "offer" else (partner, answer.listing_id)
                offer, need = dict(offer_records[pair[0]]), dict(need_records[pair[1]])
                faults = OF_A_MIX if need["blend"] else set()
                assert change.rule == "least total" or len(broken(offer, need) - faults) == 1
                (offer if change.whose == "offer" else need)[change.column] = change.after
                assert broken(offer, need) - faults == set()


@settings(max_examples=40, deadline=None)
@given(markets())
def test_rules_are_counted_as_a_plain_reading_counts_them(market: tuple[Offers, Needs]) -> None:
    offers, needs = market
    found = match(*market)
    for row, need in enumerate(needs.ids):
        ignored = OF_A_MIX if needs.blend[row] else set()
        faults = [broken(offers.record(k), needs.record(row)) - ignored for k in range(len(offers))]
        answer = listing(found, need=need)
        assert answer.compatible == sum(not names for names in faults)
        for rule in answer.excluded:
            assert rule.listings == sum(rule.rule in names for names in faults)
            assert rule.alone == sum(names == {rule.rule} for names in faults)
