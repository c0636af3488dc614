# SPDX-License-Identifier: AGPL-3.0-or-later
"""Yes, no, and what follows from it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.queries import list_events_of
from marketplace.matches.actions import answer_proposal
from marketplace.matches.models import ForbiddenPair
from marketplace.matches.rules import AlreadyAnswered, NotNow
from marketplace.matches.sight import Sight
from marketplace.negotiations.models import Negotiation
from marketplace.outbox.models import Mail
from tests.rooms.matches.conftest import Market
from tests.world import make_firm, make_person, make_proposal


def test_two_times_yes_opens_the_negotiation(session: Session, market: Market) -> None:
    proposal = make_proposal(session, market.offer, market.need)
    answer_proposal(session, market.acting(session, market.giver), proposal, "yes")
    assert (proposal.state, proposal.offer_answer) == ("open", "yes")
    answer_proposal(session, market.acting(session, market.taker), proposal, "yes")
    assert proposal.state == "negotiating"
    assert session.scalars(select(Negotiation).where(Negotiation.proposal_id == proposal.id)).one().round == 0


def test_the_other_firm_hears_of_a_yes_but_not_from_whom(session: Session, market: Market) -> None:
    proposal = make_proposal(session, market.offer, market.need)
    answer_proposal(session, market.acting(session, market.giver), proposal, "yes")
    mail = session.scalars(select(Mail)).one()
    assert mail.to_address == market.taker.email
    for secret in ("Bisenzio", market.giver.name, market.giver.email):
        assert secret not in mail.subject + mail.body


def test_saying_yes_twice_is_refused(session: Session, market: Market) -> None:
    proposal = make_proposal(session, market.offer, market.need)
    giver = market.acting(session, market.giver)
    answer_proposal(session, giver, proposal, "yes")
    with pytest.raises(AlreadyAnswered):
        answer_proposal(session, giver, proposal, "yes")


def test_no_forbids_the_pair_and_keeps_the_reason(session: Session, market: Market) -> None:
    proposal = make_proposal(session, market.offer, market.need)
    taker = market.acting(session, market.taker)
    answer_proposal(session, taker, proposal, "no", "colour", "Troppo scuro per noi")
    assert (proposal.state, proposal.declined_reason) == ("declined", "colour")
    pair = session.scalars(select(ForbiddenPair)).one()
    assert (pair.offer_id, pair.need_id, pair.reason) == (market.offer.id, market.need.id, "colour")
    with pytest.raises(NotNow):
        answer_proposal(session, market.acting(session, market.giver), proposal, "yes")


def test_a_stranger_s_firm_answers_nothing(session: Session, market: Market) -> None:
    proposal = make_proposal(session, market.offer, market.need)
    stranger = make_person(session, make_firm(session))
    with pytest.raises(NotNow):
        answer_proposal(session, market.acting(session, stranger), proposal, "no", "other")


def test_each_firm_reads_only_its_own_answer_in_the_history(session: Session, market: Market) -> None:
    proposal = make_proposal(session, market.offer, market.need)
    answer_proposal(session, market.acting(session, market.giver), proposal, "yes")
    happened = list_events_of(session, proposal)
    sights = {p: Sight(proposal, market.acting(session, p)) for p in (market.giver, market.taker, market.coordinator)}
    assert [len(sights[p].happenings(happened)) for p in sights] == [1, 0, 1]
