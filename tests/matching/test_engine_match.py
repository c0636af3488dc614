# SPDX-License-Identifier: AGPL-3.0-or-later
"""`match()` from listings to proven proposals: the district, shuffles, limits, cancelling, what stays."""

import gc
import random
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings

import matching
from matching import (
    BadPolicyError,
    Cancelled,
    FailedCheckError,
    Needs,
    Offers,
    Policy,
    UnknownListingError,
    match,
)
from matching.evidence import verify as verify_module
from matching.evidence.claims import Fault
from tests.matching.markets import Record, district, markets, needs_of, offers_of, simple


def test_the_district_is_solved_to_its_bound() -> None:
    run = match(*district(), seconds=120)
    summary = run.summary
    assert (summary["status"], summary["scope"]) == ("optimal", "all pairs")
    assert 0 <= summary["gap"] <= 1e-6
    assert 0 < summary["value"] <= summary["bound"] < summary["price_bound"]
    assert summary["bound_source"] == "solver"
    assert summary["unit"] == "score·kg"
    assert summary["compatible_pairs"] == 271
    assert summary["greedy_value"] <= summary["value"]
    assert set(summary["seconds"]) == {"rules", "scores", "allocation", "reasons", "check"}
    assert summary["peak_mb"] > 0
    assert sum(Decimal(row["value"]) for row in run.proposal_rows()) == Decimal(str(summary["value"]))
    assert str(run).endswith("% of the best possible, scope: all pairs")


def test_what_stays_unmatched_has_one_of_two_causes() -> None:
    run = match(*district())
    assert set(run.summary["unmatched"]) == {"no compatible partner", "partners taken"}


def test_every_kilogram_is_matched_or_has_a_reason() -> None:
    offers, needs = district()
    summary = match(offers, needs).summary
    for side, left in ((offers, summary["unmatched_offers"]), (needs, summary["unmatched_needs"])):
        assert sum(left.values()) + summary["matched_kg"] == side.mass_g.sum() / 1000


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    offers, needs = district()
    draw = random.Random(seed)
    rows = [draw.sample(range(len(side)), len(side)) for side in (offers, needs)]
    straight = match(offers, needs, seconds=120)
    shuffled = match(offers.take(rows[0]), needs.take(rows[1]), seconds=120)
    assert shuffled.proposal_rows() == straight.proposal_rows()
    assert shuffled.price_rows() == straight.price_rows()


@settings(max_examples=60, deadline=None)
@given(markets())
def test_any_small_market_gets_a_result_that_passes_its_own_check(market: tuple[Offers, Needs]) -> None:
    summary = match(*market).summary
    assert summary["status"] == "optimal"
    assert summary["value"] == pytest.approx(summary["bound"], rel=1e-6)


def test_rows_are_written_in_the_order_of_needs_then_offers() -> None:
    rows = match(*district(), seconds=120).proposal_rows()
    ends = [(row["need_id"], row["offer_id"]) for row in rows]
    assert ends == sorted(ends)


def test_pairs_are_all_written_so_that_another_solver_can_have_a_go() -> None:
    run = match(*simple(*district()))
    rows = list(run.pair_rows())
    assert len(rows) == run.summary["compatible_pairs"]
    best = {(row["offer_id"], row["need_id"]): row["value"] for row in rows}
    assert all(
        Decimal(best[proposal.offer_id, proposal.need_id]) * proposal.mass_g * 10**6 == proposal.value
        for proposal in run.proposals
    )


def test_a_market_without_offers_or_needs_is_empty_and_optimal() -> None:
    offers, needs = district()
    for market in ((offers.take([]), needs), (offers, needs.take([])), (offers.take([]), needs.take([]))):
        run = match(*market)
        assert (run.proposals, run.summary["status"], run.summary["gap"]) == ((), "optimal", 0.0)


def test_no_time_at_all_still_gives_a_verified_result_with_its_bound() -> None:
    run = match(*district(), seconds=0)
    assert run.summary["status"] == "time limit"
    assert 0 < run.summary["value"] < run.summary["bound"]
    assert 0 < run.summary["gap"] < 1


def test_a_listener_hears_each_phase_with_value_and_bound() -> None:
    heard: list[tuple[str, float, int | None, int | None]] = []
    match(*district(), progress=lambda *news: heard.append(news))
    assert list(dict.fromkeys(phase for phase, *_ in heard)) == ["rules", "scores", "allocation", "reasons", "check"]
    assert all(0 <= share <= 1 for _, share, _, _ in heard)
    assert heard[-1][0] == "check"
    assert any(value is not None and value == pytest.approx(bound, rel=2e-3) for _, _, value, bound in heard)


@pytest.mark.parametrize("phase", ["rules", "allocation", "check"])
def test_a_listener_may_cancel(phase: str) -> None:
    def cancel(at: str, share: float, value: int | None, bound: int | None) -> None:
        if at == phase:
            raise Cancelled

    with pytest.raises(Cancelled):
        match(*district(), progress=cancel)


def test_a_run_that_fails_its_own_check_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_module, "_masses", lambda claims: iter([Fault("mass", "here", "too much")]))
    with pytest.raises(FailedCheckError, match="here: mass: too much"):
        match(offers_of({}), needs_of({}))


def test_reuse_comes_before_recycling_where_both_bid_the_same() -> None:
    offers, needs = district()
    jumpers = offers.take([offers.ids.index("O-158")])
    rivals = needs.take([needs.ids.index("N-038"), needs.ids.index("N-048")])
    scores = {need: match(jumpers, rivals).explain("O-158", need).score_micro for need in ("N-038", "N-048")}
    assert scores["N-038"] > scores["N-048"]


def test_an_explanation_adds_up_and_says_which_rule_forbids() -> None:
    run = match(*district())
    explanation = run.proposals[0].explanation
    assert explanation.score_micro == run.proposals[0].score_micro
    assert str(explanation).splitlines()[0].endswith(f"score {run.proposal_rows()[0]['score']}")
    refused = run.explain("O-137", "N-001")
    assert [rule.name for rule in refused.broken] == ["radius"]
    assert str(refused).splitlines()[1] == "radius: 26.682 km (allowed: ≤ 24 km)"


def test_an_unknown_listing_is_named() -> None:
    run = match(*district())
    with pytest.raises(UnknownListingError, match="O-999"):
        run.explain("O-999", "N-001")


def test_a_pin_is_kept_and_a_forbidden_pair_stays_away() -> None:
    offers, needs = offers_of({"id": "O-1"}, {"id": "O-2", "micron": "19"}), needs_of({"mass_kg": "300"})
    free = match(offers, needs)
    other = next(offer for offer in offers.ids if offer != free.proposals[0].offer_id)
    pinned = match(offers, needs, policy=Policy(pins=((other, "N-1"),)))
    assert [proposal.offer_id for proposal in pinned.proposals] == [other]
    forbids = tuple((offer, "N-1") for offer in offers.ids)
    refused = match(offers, needs, policy=Policy(forbids=forbids))
    assert refused.proposals == ()
    assert set(refused.summary["unmatched"]) == {"excluded by the policy"}


def test_a_pin_that_is_named_twice_is_one_pin() -> None:
    offers, needs = offers_of({"mass_kg": "700"}), needs_of({"id": "N-1"}, {"id": "N-2"})
    once, twice = (match(offers, needs, policy=Policy(pins=(("O-1", "N-2"),) * times)) for times in (1, 2))
    assert [(row.need_id, row.mass_g) for row in twice.proposals] == [("N-1", 200_000), ("N-2", 500_000)]
    assert twice.proposal_rows() == once.proposal_rows()


def test_pins_share_what_is_there_in_their_order_and_the_proof_holds() -> None:
    offers, needs = offers_of({"mass_kg": "700"}), needs_of({"id": "N-1"}, {"id": "N-2"}, {"id": "N-3"})
    run = match(offers, needs, policy=Policy(pins=(("O-1", "N-3"), ("O-1", "N-2"))))
    assert [(row.need_id, row.mass_g) for row in run.proposals] == [("N-2", 200_000), ("N-3", 500_000)]
    assert run.summary["status"] == "optimal"


@pytest.mark.parametrize("offer", [{"mass_kg": "500"}, {"mass_kg": "700", "lot_kg": "300"}])
def test_a_pin_for_which_those_before_it_leave_too_little_is_named(offer: Record) -> None:
    offers, needs = offers_of(offer), needs_of({"id": "N-1"}, {"id": "N-2"})
    with pytest.raises(BadPolicyError, match="pins: O-1 → N-1 can't be kept beside the pins before it"):
        match(offers, needs, policy=Policy(pins=(("O-1", "N-2"), ("O-1", "N-1"))))


@pytest.mark.parametrize(
    ("pin", "complaint"),
    [
        (("O-137", "N-001"), "pins: O-137 → N-001 breaks the rule: radius"),
        (("O-999", "N-001"), "O-999 → N-001 names a listing that is not in the market"),
        (("O-044", "N-060"), "O-044 → N-060 would fix one component of a recipe"),
        (("O-114", "N-049"), "what is pinned to N-049 breaks the rule: least total"),
    ],
)
def test_a_pin_that_can_t_be_kept_is_named(pin: tuple[str, str], complaint: str) -> None:
    with pytest.raises(BadPolicyError, match=complaint):
        match(*district(), policy=Policy(pins=(pin,)))


def test_the_package_is_imported_in_half_a_second_and_knows_its_names() -> None:
    spent = "import resource, matching; print(resource.getrusage(resource.RUSAGE_SELF).ru_utime)"
    found = subprocess.run([sys.executable, "-c", spent], check=True, capture_output=True, text=True)
    assert float(found.stdout) < 0.5
    assert all(getattr(matching, name) is not None for name in matching.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        matching.nonsense  # noqa: B018


@pytest.mark.parametrize("awake", [True, False])
def test_the_collector_is_left_as_it_was(awake: bool) -> None:
    def stop(phase: str, share: float, value: int | None, bound: int | None) -> None:
        if (phase, share) == ("check", 1.0):
            raise Cancelled

    (gc.enable if awake else gc.disable)()
    try:
        match(offers_of({}), needs_of({}))
        assert gc.isenabled() == awake
        with pytest.raises(Cancelled):
            match(offers_of({}), needs_of({}), progress=stop)
        assert gc.isenabled() == awake
    finally:
        gc.enable()
