# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happened is written down with its facts and told in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.audit import words
from marketplace.audit.actions import record
from marketplace.audit.models import Event
from marketplace.audit.queries import list_events_of
from marketplace.policy import Actor, Membership, Role
from tests.world import make_firm

ANNA = Actor(7, "Anna Nuti", "it", (Membership(Role.MANAGER, 1),))


@pytest.fixture
def firm(session: Session) -> Organisation:
    return make_firm(session, "Lanificio")


@pytest.fixture(autouse=True)
def _sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences of this test beside the rooms' own."""
    monkeypatch.setitem(words.SENTENCES, "exchanges:weighed", "%(actor)s weighed in %(mass)s on %(arrived)s, 100%%.")
    monkeypatch.setitem(words.SENTENCES, "accounts:told", "%(actor)s said %(what)s as %(role)s (%(list)s).")


def test_an_event_tells_masses_days_and_roles_as_the_page_s_language_writes_them(
    session: Session, firm: Organisation
) -> None:
    record(session, ANNA, "exchanges:weighed", firm, mass_g=1_250_500, arrived_on=date(2026, 11, 22))
    record(session, ANNA, "accounts:told", firm, what="100 %s {x}", role_word="coordinator", list=["a", "b"])
    told: dict[str, list[str]] = {}
    for language in ("en_GB", "it", "zh_Hans"):
        with force_locale(language):
            told[language] = [event.words for event in list_events_of(session, firm)]
    assert told["en_GB"][0] == "Anna Nuti weighed in 1,250.5 kg on 22 Nov 2026, 100%."
    assert told["it"][0] == "Anna Nuti weighed in 1.250,5 kg on 22 nov 2026, 100%."
    assert told["zh_Hans"][0] == "Anna Nuti weighed in 1,250.5 公斤 on 2026年11月22日, 100%."
    assert told["it"][1] == "Anna Nuti said 100 %s {x} as coordinatore (a, b)."


def test_time_and_the_system_act_without_a_name(session: Session, firm: Organisation) -> None:
    record(session, None, "exchanges:weighed", firm, mass_g=1)
    (event,) = list_events_of(session, firm)
    assert event.who is None
    with force_locale("en"):
        assert event.words == "The marketplace weighed in 0.001 kg on –, 100%."


def test_events_of_several_rows_come_in_the_order_in_which_they_happened(session: Session, firm: Organisation) -> None:
    other = make_firm(session)
    for subject in (firm, other, firm):
        record(session, ANNA, "exchanges:weighed", subject, mass_g=1)
    assert [e.event.subject_id for e in list_events_of(session, firm, other)] == [firm.id, other.id, firm.id]
    assert len(list_events_of(session, firm)) == 2
    assert list_events_of(session) == []


def test_a_row_gets_its_key_before_it_is_written_about(session: Session) -> None:
    firm = Organisation(kind="firm", name="Nuova", state="pending", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    session.add(firm)
    event = record(session, ANNA, "accounts:told", firm)
    assert (event.subject_kind, event.subject_id) == ("organisation", firm.id)


@pytest.mark.parametrize(
    "facts",
    [{"price_milli_eur_kg": 1200}, {"ask_price": "1,20"}, {"total_eur": 3}, {"share": 0.5}, {"row": object()}],
)
def test_prices_and_what_json_cannot_keep_are_refused(
    session: Session, firm: Organisation, facts: dict[str, Any]
) -> None:
    with pytest.raises((ValueError, TypeError)):
        record(session, ANNA, "accounts:told", firm, **facts)
    assert session.scalars(select(Event)).all() == []


@pytest.mark.parametrize("kind", ["", "accounts", "accounts:", ":told", "Accounts:Told", "accounts:told\n"])
def test_a_kind_names_a_room_and_an_act(session: Session, firm: Organisation, kind: str) -> None:
    with pytest.raises(ValueError, match="room:act"):
        record(session, ANNA, kind, firm)


def test_an_event_concerns_at_most_two_firms(session: Session, firm: Organisation) -> None:
    event = record(session, ANNA, "accounts:told", firm, firms=[5, 6, 5])
    assert (event.firm_a_id, event.firm_b_id) == (5, 6)
    with pytest.raises(ValueError, match="two firms"):
        record(session, ANNA, "accounts:told", firm, firms=[5, 6, 7])


def test_every_room_s_sentences_are_known(app: Flask) -> None:
    rooms = {kind.partition(":")[0] for kind in words.SENTENCES}
    assert {"accounts", "listings", "matches", "negotiations", "approvals", "exchanges"} <= rooms
