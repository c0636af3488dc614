# SPDX-License-Identifier: AGPL-3.0-or-later
"""A refusal frees grams: a small run places them anew, for the coordinator to publish; everything else stays put."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.db import Database
from marketplace.desk.queries import list_runs_to_look_at
from marketplace.jobs.queue import queue_of
from marketplace.listings.models import Listing
from marketplace.matches import actions, queries
from marketplace.matches.models import ForbiddenPair, Proposal, Run
from marketplace.matches.publication import publish_run
from marketplace.matches.repairs import repair_refused
from marketplace.matches.rules import RunMove
from marketplace.matches.runs import take_up
from marketplace.matches.solving import solve
from tests.browser import post
from tests.rooms.matches.conftest import Market
from tests.world import make_firm, make_need, make_offer, make_person, sign_in

Solved = Callable[[], Run]


@pytest.fixture
def second(session: Session, market: Market) -> Listing:
    """A need that the offer fits less well than the first one: it pays less."""
    return make_need(session, make_firm(session, "Maglificio Vella"), mass_g=900_000, price_milli_eur_kg=320)


@pytest.fixture
def elsewhere(session: Session, market: Market) -> Listing:
    """An offer that only a need of its own form takes."""
    firms = make_firm(session, "Lanificio Carmignano"), make_firm(session, "Feltri Poggio")
    make_need(session, firms[1], forms="NOIL", mass_g=400_000)
    return make_offer(session, firms[0], forms="NOIL", mass_g=400_000)


@pytest.fixture
def shown(session: Session, market: Market, second: Listing, elsewhere: Listing, solved: Solved) -> Run:
    """A published run: the first need has its 600 kg, the second the other 400."""
    run = solved()
    publish_run(session, market.chief, run)
    session.commit()
    assert grams(session, "open") == {
        (market.offer.id, market.need.id): 600_000,
        (market.offer.id, second.id): 400_000,
        (elsewhere.id, elsewhere.id - 1): 400_000,
    }
    return run


def grams(session: Session, state: str) -> dict[tuple[int, int], int]:
    found = session.scalars(select(Proposal).where(Proposal.state == state))
    return {(one.offer_id, one.need_id): one.mass_g for one in found}


def proposal_of(session: Session, need: Listing) -> Proposal:
    return session.scalars(select(Proposal).where(Proposal.need_id == need.id, Proposal.state == "open")).one()


def refuse(session: Session, market: Market, need: Listing, person: Person) -> None:
    proposal = proposal_of(session, need)
    actions.answer_proposal(session, market.acting(session, person), proposal, "no", "price")
    session.commit()


def repair(session: Session, database: Database) -> Run | None:
    """What the timetable does, and the run that comes of it, solved."""
    repair_refused(session)
    session.commit()
    run = session.scalars(select(Run).where(Run.is_repair, Run.state == "queued")).one_or_none()
    if run is not None:
        take_up(database, run.id)
        solve(database, run.id)
        session.expire_all()
    return run


def test_what_a_refusal_frees_is_placed_anew_and_waits_for_the_coordinator(
    session: Session, database: Database, market: Market, second: Listing, elsewhere: Listing, shown: Run
) -> None:
    third = make_need(session, make_firm(session, "Rifinizione Galcetello"), mass_g=500_000, price_milli_eur_kg=330)
    before = grams(session, "open")
    refuse(session, market, market.need, market.taker)
    run = repair(session, database)
    assert run is not None
    assert (run.state, run.is_repair, run.policy) == ("done", True, shown.policy)
    assert session.scalars(select(ForbiddenPair)).one().repair_id == run.id
    del before[market.offer.id, market.need.id]
    assert grams(session, "open") == before
    assert grams(session, "computed") == {(market.offer.id, third.id): 500_000}
    assert run in list_runs_to_look_at(session)
    done = publish_run(session, market.chief, run)
    assert (done.opened, done.retired, done.dropped) == (1, 0, 0)
    assert grams(session, "open") == {**before, (market.offer.id, third.id): 500_000}


def test_the_need_that_refused_gets_another_offer(
    session: Session, database: Database, market: Market, shown: Run
) -> None:
    other = make_offer(session, make_firm(session, "Filatura Rosi"), mass_g=250_000, price_milli_eur_kg=400)
    refuse(session, market, market.need, market.giver)
    repair(session, database)
    assert grams(session, "computed") == {(other.id, market.need.id): 250_000}


def test_listings_that_nobody_refused_are_left_to_the_next_run(
    session: Session, database: Database, market: Market, shown: Run
) -> None:
    firms = make_firm(session, "Cardato Uno"), make_firm(session, "Cardato Due")
    make_offer(session, firms[0], forms="THREAD_WASTE")
    make_need(session, firms[1], forms="THREAD_WASTE")
    refuse(session, market, market.need, market.taker)
    run = repair(session, database)
    assert run is not None
    assert grams(session, "computed") == {}
    assert run not in list_runs_to_look_at(session)


def test_a_coordinators_refusal_is_repaired_too(session: Session, market: Market, shown: Run) -> None:
    case = SimpleNamespace(negotiation=SimpleNamespace(proposal=proposal_of(session, market.need)))
    actions.forbid_pair(session, market.chief, case)
    repair_refused(session)
    assert session.scalars(select(Run).where(Run.is_repair)).one().state == "queued"


def test_refusals_wait_while_a_run_is_under_way_and_are_repaired_together(
    session: Session, database: Database, market: Market, second: Listing, shown: Run
) -> None:
    refuse(session, market, market.need, market.giver)
    under_way = actions.start_run(session, market.chief, shown.policy)
    refuse(session, market, second, market.giver)
    assert repair(session, database) is None
    actions.cancel_run(session, market.chief, under_way)
    run = repair(session, database)
    assert run is not None
    assert len(queries.list_repaired_by(session, run)) == 2
    assert repair(session, database) is None


def test_a_whole_run_published_since_has_placed_the_grams_already(
    session: Session, market: Market, shown: Run, solved: Solved
) -> None:
    refuse(session, market, market.need, market.taker)
    publish_run(session, market.chief, solved())
    assert queries.list_unrepaired(session) == []


def fail(session: Session, run: Run) -> None:
    actions.end_run(session, run, RunMove.FAIL, "The worker was lost.")
    session.commit()


def started(session: Session) -> Run | None:
    """The repair that the timetable starts now, if it starts one."""
    repair_refused(session)
    session.commit()
    return session.scalars(select(Run).where(Run.is_repair, Run.state == "queued")).one_or_none()


def test_a_refusal_whose_repair_failed_is_repaired_once_more(
    session: Session, market: Market, second: Listing, shown: Run
) -> None:
    refuse(session, market, market.need, market.taker)
    for _try in range(2):
        run = started(session)
        assert run is not None
        assert len(queries.list_repaired_by(session, run)) == 1
        fail(session, run)
    assert started(session) is None
    refuse(session, market, second, market.giver)
    run = started(session)
    assert run is not None
    assert [pair.need_id for pair in queries.list_repaired_by(session, run)] == [second.id]


def test_a_repair_that_was_cancelled_is_not_tried_again(session: Session, market: Market, shown: Run) -> None:
    refuse(session, market, market.need, market.taker)
    run = started(session)
    assert run is not None
    actions.cancel_run(session, market.chief, run)
    assert started(session) is None


def test_a_refusal_that_a_whole_run_did_not_see_is_repaired_after_its_publication(
    session: Session, market: Market, second: Listing, shown: Run, solved: Solved
) -> None:
    refuse(session, market, market.need, market.taker)
    whole = solved()
    # Made while it was computed, and before it is published.
    refuse(session, market, second, market.giver)
    publish_run(session, market.chief, whole)
    assert [pair.need_id for pair in queries.list_unrepaired(session)] == [second.id]


def test_a_run_that_a_coordinator_starts_at_the_same_moment_is_waited_for(
    session: Session, market: Market, shown: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(session, market, market.need, market.taker)
    under_way = actions.start_run(session, market.chief, shown.policy)
    session.commit()
    # Kept by another process just after it was looked for.
    monkeypatch.setattr(queries, "find_unfinished_run", lambda _session: None)
    repair_refused(session)
    session.commit()
    monkeypatch.undo()
    assert session.scalars(select(Run).where(Run.is_repair)).all() == []
    actions.cancel_run(session, market.chief, under_way)
    assert started(session) is not None


def test_refusing_asks_for_the_repair_after_the_commit(
    session: Session, app: Flask, market: Market, shown: Run
) -> None:
    path = f"/proposals/{proposal_of(session, market.need).id}"
    answer = post(sign_in(app.test_client(), market.taker), f"{path}/no", path, {"reason": "price"})
    assert answer.status_code == 302
    queue = queue_of(app)
    kind = queue.marketplace_tasks["repair refusals"].task_class
    assert any(isinstance(task, kind) for task in queue.pending())


def test_the_coordinator_reads_what_the_run_is_and_firms_see_nothing_of_it(
    session: Session, database: Database, app: Flask, market: Market, shown: Run
) -> None:
    firm = make_firm(session, "Tessitura Iolo")
    make_need(session, firm, mass_g=500_000, price_milli_eur_kg=330)
    new = make_person(session, firm)
    refuse(session, market, market.need, market.taker)
    run = repair(session, database)
    assert run is not None
    text = sign_in(app.test_client(), market.coordinator).get(f"/runs/{run.id}").get_data(as_text=True)
    assert "free to change everything" not in text
    assert "This run places anew what refusals have set free." in text
    assert "Tessitura Iolo" in text
    theirs = sign_in(app.test_client(), new).get("/proposals").get_data(as_text=True)
    assert "There are no proposals." in theirs
    assert queries.find_newest_published_run(session) == shown
