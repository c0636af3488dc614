# SPDX-License-Identifier: AGPL-3.0-or-later
"""Between computing and publishing things change: what firms are shown never promises more than there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.matches.actions import retire_proposals_of
from marketplace.matches.models import ForbiddenPair, Proposal, Run
from marketplace.matches.publication import publish_run
from marketplace.matches.rules import NotNow
from marketplace.outbox.models import Mail
from tests.rooms.matches.conftest import Market
from tests.world import make_firm, make_need, make_offer, make_person, make_proposal

Solved = Callable[[], Run]


def the_proposal(session: Session, run: Run) -> Proposal:
    return session.scalars(select(Proposal).where(Proposal.run_id == run.id)).one()


def test_firms_see_proposals_and_get_one_mail_each(session: Session, market: Market, solved: Solved) -> None:
    second = make_need(session, make_firm(session), mass_g=300_000)
    make_person(session, second.firm)
    run = solved()
    done = publish_run(session, market.chief, run)
    assert (done.opened, done.reduced, done.dropped, done.retired) == (2, 0, 0, 0)
    assert run.state == "published"
    assert {p.state for p in run.proposals} == {"open"}
    mails = session.execute(select(Mail.to_address, Mail.subject).where(Mail.template == "matches/new_proposals")).all()
    assert dict(mails)[market.giver.email] == "2 new proposals for your firm"
    assert dict(mails)[market.taker.email] == "1 new proposal for your firm"
    assert len(mails) == 3


def test_grams_promised_since_reduce_a_proposal(session: Session, market: Market, solved: Solved) -> None:
    run = solved()
    assert market.offer.account is not None
    market.offer.account.reserved_g = 900_000
    session.flush()
    done = publish_run(session, market.chief, run)
    assert (done.opened, done.reduced) == (1, 1)
    assert the_proposal(session, run).mass_g == 100_000


@pytest.mark.parametrize(
    ("stated", "state"),
    [({"lot_g": 100_000}, "open"), ({"lot_g": 100_001}, "dropped"), ({"divisible": False}, "open")],
    ids=str,
)
def test_what_is_left_is_no_proposal_if_it_is_less_than_a_lot(
    session: Session, market: Market, solved: Solved, stated: dict[str, object], state: str
) -> None:
    run = solved()
    for name, value in stated.items():
        setattr(market.offer, name, value)
    assert market.offer.account is not None
    market.offer.account.reserved_g = 900_000
    session.flush()
    publish_run(session, market.chief, run)
    assert the_proposal(session, run).state == state


def test_what_is_sold_whole_is_not_proposed_in_part(session: Session, market: Market, solved: Solved) -> None:
    market.offer.divisible, market.need.mass_g = False, 1_000_000
    assert market.need.account is not None
    market.need.account.mass_g = 1_000_000
    run = solved()
    market.need.account.reserved_g = 600_000
    session.flush()
    publish_run(session, market.chief, run)
    assert the_proposal(session, run).state == "dropped"


def test_a_listing_withdrawn_since_drops_its_proposal(session: Session, market: Market, solved: Solved) -> None:
    run = solved()
    market.need.state = "withdrawn"
    session.flush()
    done = publish_run(session, market.chief, run)
    assert (done.opened, done.dropped) == (0, 1)
    assert the_proposal(session, run).state == "dropped"
    assert session.scalars(select(Mail)).all() == []


def test_a_pair_forbidden_since_is_dropped(session: Session, market: Market, solved: Solved) -> None:
    run = solved()
    session.add(
        ForbiddenPair(offer_id=market.offer.id, need_id=market.need.id, reason="price", at=market.offer.created_at)
    )
    session.flush()
    assert publish_run(session, market.chief, run).dropped == 1


def test_two_proposals_of_one_offer_share_what_is_left(session: Session, market: Market, solved: Solved) -> None:
    make_need(session, make_firm(session), mass_g=300_000)
    run = solved()
    assert market.offer.account is not None
    market.offer.account.reserved_g = 400_000
    session.flush()
    publish_run(session, market.chief, run)
    shown = sum(p.mass_g for p in run.proposals if p.state == "open" and p.offer_id == market.offer.id)
    assert shown <= market.offer.account.free_g == 600_000


def test_open_proposals_of_an_earlier_run_are_retired(session: Session, market: Market, solved: Solved) -> None:
    other = make_offer(session, make_firm(session), mass_g=1)
    earlier = make_proposal(session, other, market.need)
    talking = make_proposal(session, market.offer, make_need(session, make_firm(session)), state="negotiating")
    run = solved()
    assert publish_run(session, market.chief, run).retired == 1
    assert (earlier.state, talking.state) == ("retired", "negotiating")


def test_a_run_is_published_once(session: Session, market: Market, solved: Solved) -> None:
    run = solved()
    publish_run(session, market.chief, run)
    with pytest.raises(NotNow):
        publish_run(session, market.chief, run)


def test_a_listing_that_closes_retires_its_open_proposals(session: Session, market: Market) -> None:
    proposal = make_proposal(session, market.offer, market.need)
    retire_proposals_of(session, None, market.offer)
    assert proposal.state == "retired"
