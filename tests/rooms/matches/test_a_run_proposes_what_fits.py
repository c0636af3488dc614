# SPDX-License-Identifier: AGPL-3.0-or-later
"""From published listings to the proposals of a run, through the real engine."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import Mock

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.db import Database, today
from marketplace.listings.queries import list_matchable
from marketplace.matches import run_words, runs, solving
from marketplace.matches.actions import cancel_run, start_run
from marketplace.matches.asked import Asked
from marketplace.matches.market import market_of
from marketplace.matches.models import ForbiddenPair, LeftOut, Proposal, Run
from marketplace.matches.queries import find_left_out
from marketplace.matches.rules import MAX_ATTEMPTS, PHASES, RunUnderWay
from marketplace.matches.runs import LOST, take_up
from marketplace.matches.solving import solve
from matching import match
from tests.rooms.matches.conftest import Market
from tests.world import make_firm, make_need, make_offer, make_proposal

Solved = Callable[[], Run]


def proposals(session: Session, run: Run) -> list[Proposal]:
    return list(session.scalars(select(Proposal).where(Proposal.run_id == run.id)))


def test_a_run_finds_the_pair_and_says_why(session: Session, market: Market, solved: Solved) -> None:
    run = solved()
    assert (run.state, run.unfinished, run.per_cent) == ("done", None, 100)
    [proposal] = proposals(session, run)
    assert (proposal.offer_id, proposal.need_id) == (market.offer.id, market.need.id)
    assert (proposal.mass_g, proposal.state) == (600_000, "computed")
    assert sum(reason["amount_micro"] for reason in proposal.reasons) == proposal.score_micro
    assert run.summary["matched_kg"] == 600
    assert run.summary["gap"] == 0


def test_only_free_grams_are_proposed(session: Session, market: Market, solved: Solved) -> None:
    assert market.need.account is not None
    market.need.account.reserved_g = 450_000
    session.flush()
    [proposal] = proposals(session, solved())
    assert proposal.mass_g == 150_000


def test_pairs_that_were_refused_or_are_talked_about_are_not_proposed(
    session: Session, market: Market, solved: Solved
) -> None:
    other = make_need(session, make_firm(session), mass_g=50_000)
    session.add(
        ForbiddenPair(offer_id=market.offer.id, need_id=market.need.id, reason="price", at=market.offer.created_at)
    )
    make_proposal(session, market.offer, other, state="negotiating")
    session.flush()
    assert proposals(session, solved()) == []


def test_what_the_engine_cannot_read_is_left_out_by_name(session: Session, market: Market, solved: Solved) -> None:
    odd = make_offer(session, make_firm(session), forms="NO_SUCH_FORM")
    run = solved()
    reasons = {row.listing_id: row.reason for row in session.scalars(select(LeftOut).where(LeftOut.run_id == run.id))}
    assert reasons == {odd.id: "incomplete: form"}
    found = find_left_out(session, odd)
    assert found is not None
    assert found.reason == "incomplete: form"
    assert len(proposals(session, run)) == 1


def test_a_market_without_listings_gives_a_run_without_proposals(
    session: Session, market: Market, solved: Solved
) -> None:
    market.offer.state = market.need.state = "withdrawn"
    session.flush()
    run = solved()
    assert (run.state, run.summary["proposals"]) == ("done", 0)


def test_a_second_run_is_refused_while_one_is_under_way(session: Session, market: Market) -> None:
    start_run(session, market.chief, "")
    with pytest.raises(RunUnderWay):
        start_run(session, market.chief, "")


def test_a_policy_that_cannot_be_followed_fails_with_its_reason(
    session: Session, database: Database, market: Market
) -> None:
    run = start_run(session, market.chief, "objektive = 1\n")
    session.commit()
    take_up(database, run.id)
    assert solve(database, run.id) == "failed"
    session.expire_all()
    assert "objektive" in run.fault
    assert run.unfinished is None


def test_a_run_that_waits_is_cancelled_at_once(session: Session, market: Market) -> None:
    run = start_run(session, market.chief, "")
    cancel_run(session, market.chief, run)
    assert (run.state, run.unfinished) == ("cancelled", None)


def test_a_run_at_work_hears_that_it_is_cancelled(session: Session, database: Database, market: Market) -> None:
    run = start_run(session, market.chief, "")
    session.commit()
    take_up(database, run.id)
    session.expire_all()
    cancel_run(session, market.chief, run)
    session.commit()
    assert solve(database, run.id) == "cancelled"
    session.expire_all()
    assert proposals(session, run) == []


def test_a_run_that_somebody_works_on_is_not_taken_up_twice(
    session: Session, database: Database, market: Market
) -> None:
    run = start_run(session, market.chief, "")
    session.commit()
    assert take_up(database, run.id) == 1
    assert take_up(database, run.id) is None


def test_a_run_that_lost_its_worker_is_taken_up_again_and_at_last_fails(
    session: Session, database: Database, market: Market
) -> None:
    run = start_run(session, market.chief, "")
    session.commit()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert take_up(database, run.id) == attempt
        session.expire_all()
        run.heartbeat_at = None
        session.commit()
    assert take_up(database, run.id) is None
    session.expire_all()
    assert (run.state, run.fault) == ("failed", LOST)


def test_a_database_that_is_busy_for_a_moment_costs_a_sign_of_life_and_not_the_run(
    session: Session, database: Database, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(session, market.chief, "")
    session.commit()
    take_up(database, run.id)
    with monkeypatch.context() as busy:
        fault = OperationalError("SELECT …", {}, TimeoutError("canceling statement due to lock timeout"))
        busy.setattr(runs.queries, "get_run", Mock(side_effect=fault))
        assert runs._beat(database, run.id) is False
    session.expire_all()
    cancel_run(session, market.chief, run)
    session.commit()
    assert runs._beat(database, run.id) is True


def test_a_process_whose_worker_died_leaves_its_run_to_the_next_one_at_once(
    session: Session, database: Database, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(session, market.chief, "")
    session.commit()
    take_up(database, run.id)
    parents = iter([1234])
    monkeypatch.setattr(solving.os, "getppid", lambda: next(parents, 1))
    assert solve(database, run.id) == "running"
    assert take_up(database, run.id) == 2, "nobody waits until it seems silent"
    assert proposals(session, run) == []


def test_a_process_whose_run_was_taken_over_keeps_nothing(session: Session, database: Database, market: Market) -> None:
    run = start_run(session, market.chief, "")
    session.commit()
    take_up(database, run.id)
    with database.reading() as reader:
        task = solving.read_assignment(reader, run.id)
    solution = match(task.market.offers, task.market.needs, policy=task.policy)
    session.expire_all()
    run.attempts += 1
    session.commit()
    assert solving.keep(database, task, solution, Asked()) == "running"
    assert proposals(session, run) == []


def test_progress_reaches_the_row(session: Session, database: Database, market: Market) -> None:
    run = start_run(session, market.chief, "")
    session.commit()
    take_up(database, run.id)
    with database.reading() as reader:
        task = solving.read_assignment(reader, run.id)
    report = solving.Reporter(database, task, clock=lambda: 0.0)
    report("allocation", 0.5, 1_500_000_000, 2_000_000_000)
    report("allocation", 0.9, 1_900_000_000, 2_000_000_000)
    session.expire_all()
    assert (run.phase, run.value_text, run.bound_text) == ("allocation", "1.500000000", "2.000000000")
    assert run.per_cent == 65


def test_every_phase_of_the_engine_has_words_and_its_share_of_the_bar(session: Session, market: Market) -> None:
    told: list[str] = []
    listed = market_of(list_matchable(session), [], today(session))
    match(listed.offers, listed.needs, progress=lambda phase, *_: told.append(phase))
    assert set(told) <= set(run_words.PHASES)
    assert set(told) <= set(PHASES)
