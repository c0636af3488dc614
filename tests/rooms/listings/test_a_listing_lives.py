# SPDX-License-Identifier: AGPL-3.0-or-later
"""From draft to the end: the ledger, the history and the state move together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from marketplace.accounts.models import Permit
from marketplace.accounts.signed_in import actor_of
from marketplace.audit.queries import list_events_of
from marketplace.db import today
from marketplace.errors import NotAllowed
from marketplace.ledger import actions as ledger
from marketplace.ledger.rules import NotEnoughGrams
from marketplace.listings import actions, queries
from marketplace.listings.rules import FirmNotVerified, NoSuchMove, NotReady, UnitFixed
from tests.rooms.listings.conftest import NEED, OFFER, Mill
from tests.world import make_person


def test_publishing_opens_an_account_with_the_whole_mass(session: Session, mill: Mill) -> None:
    offer = mill.publish()
    assert offer.state == "published"
    assert offer.account is not None
    assert (offer.account.mass_g, offer.account.free_g) == (1_000_000, 1_000_000)
    assert [event.kind for event in list_events_of(session, offer)] == ["listings:create", "listings:publish"]
    assert offer.category_code == "TEX-SCR"
    assert (offer.theme_code, offer.material, offer.place_code) == ("TEX", "wool", "PRATO")


def test_a_draft_without_what_the_law_asks_is_not_published(mill: Mill) -> None:
    for name in ("regime", "origin", "composition", "mass_g"):
        draft = mill.draft({**OFFER, name: None if name == "mass_g" else ""})
        with pytest.raises(NotReady):
            actions.publish(mill.session, mill.actor, draft)


def test_a_firm_that_is_not_verified_writes_drafts_only(session: Session, mill: Mill) -> None:
    draft = mill.draft()
    mill.firm.state = "pending"
    with pytest.raises((FirmNotVerified, NotAllowed)):
        actions.publish(session, mill.actor, draft)


def test_a_member_writes_drafts_and_a_manager_publishes(session: Session, mill: Mill) -> None:
    member = actor_of(session, make_person(session, mill.firm, "member"))
    draft = actions.create_draft(session, member, OFFER)
    with pytest.raises(NotAllowed):
        actions.publish(session, member, draft)
    actions.publish(session, mill.actor, draft)
    with pytest.raises(NotAllowed):
        actions.edit(session, member, draft, {"mass_g": 5})


def test_editing_what_is_published_resizes_the_account(session: Session, mill: Mill) -> None:
    offer = mill.publish()
    assert offer.account is not None
    ledger.reserve(session, [offer.account.id], 400_000, offer)
    actions.edit(session, mill.actor, offer, {"mass_g": 700_000})
    assert (offer.account.mass_g, offer.account.free_g) == (700_000, 300_000)
    with pytest.raises(NotEnoughGrams):
        actions.edit(session, mill.actor, offer, {"mass_g": 399_999})


def test_a_published_listing_keeps_its_unit(session: Session, mill: Mill) -> None:
    offer = mill.publish()
    with pytest.raises(UnitFixed):
        actions.edit(session, mill.actor, offer, {"unit": "bales", "quantity": "3"})


def test_what_is_all_promised_is_exhausted_until_grams_come_back(session: Session, mill: Mill) -> None:
    offer = mill.publish()
    assert offer.account is not None
    ledger.reserve(session, [offer.account.id], 1_000_000, offer)
    actions.note_exhaustion(session, offer)
    assert offer.state == "exhausted"
    assert offer not in queries.list_matchable(session)
    ledger.release(session, [offer.account.id], 1_000_000, offer)
    actions.note_exhaustion(session, offer)
    assert offer.state == "published"
    assert offer in queries.list_matchable(session)


def test_withdrawing_closes_what_is_free_and_later_what_comes_back(session: Session, mill: Mill) -> None:
    offer = mill.publish()
    assert offer.account is not None
    ledger.reserve(session, [offer.account.id], 400_000, offer)
    actions.withdraw(session, mill.actor, offer, "sold elsewhere")
    assert (offer.state, offer.account.closed_g, offer.account.reserved_g) == ("withdrawn", 600_000, 400_000)
    ledger.release(session, [offer.account.id], 400_000, offer)
    actions.note_exhaustion(session, offer)
    assert (offer.state, offer.account.closed_g) == ("withdrawn", 1_000_000)
    assert "sold elsewhere" in list_events_of(session, offer)[-1].words
    with pytest.raises(NoSuchMove):
        actions.withdraw(session, mill.actor, offer, "again")


def test_the_last_day_passes(session: Session, mill: Mill) -> None:
    offer = mill.publish(until_day=today(session))
    other = mill.publish(until_day=today(session) + timedelta(days=1))
    assert actions.expire_due(session) == 0
    offer.until_day = today(session) - timedelta(days=1)
    assert actions.expire_due(session) == 1
    assert (offer.state, other.state) == ("expired", "published")
    assert offer.account is not None
    assert offer.account.free_g == 0
    assert ledger.reconcile(session) == []


def test_what_is_not_weighed_is_listed_without_an_account(session: Session, mill: Mill) -> None:
    sheds = mill.publish({"category_code": "URB-SPC", "unit": "m2", "quantity": "450", "description": "capannone"})
    assert (sheds.state, sheds.account, sheds.theme_code) == ("published", None, "URB")
    assert sheds not in queries.list_matchable(session)
    actions.withdraw(session, mill.actor, sheds, "let")
    assert sheds.state == "withdrawn"


def test_a_need_takes_only_waste_that_its_firm_may_receive(session: Session, mill: Mill) -> None:
    wish = {**NEED, "regime": "WASTE", "waste_codes": "04 02 22"}
    with pytest.raises(NotReady):
        mill.publish(wish)
    session.add(Permit(firm=mill.firm, waste_code="04 02 22", valid_until=today(session)))
    session.flush()
    assert mill.publish(wish).state == "published"
    mill.firm.permits[0].valid_until = today(session) - timedelta(days=1)
    with pytest.raises(NotReady):
        mill.publish(wish)


def test_same_as_last_time_is_a_draft_without_days(session: Session, mill: Mill) -> None:
    offer = mill.publish(from_day=today(session), reference="B-12")
    again = actions.copy(session, mill.actor, offer)
    assert (again.state, again.from_day, again.mass_g, again.reference) == ("draft", None, 1_000_000, "B-12")
