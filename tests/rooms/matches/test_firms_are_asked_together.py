# SPDX-License-Identifier: AGPL-3.0-or-later
"""What takes more than two firms: the coordinator asks each of them, once, for its own part."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.audit.models import Event
from marketplace.listings.models import Listing
from marketplace.matches import actions
from marketplace.matches.models import Arrangement
from marketplace.matches.rules import NotToBeAsked
from marketplace.outbox.models import Mail
from tests.browser import post
from tests.rooms.matches.conftest import Market
from tests.world import make_arrangement, make_firm, make_need, make_person, make_processor, sign_in


@pytest.fixture
def chain(session: Session, market: Market) -> Arrangement:
    """100 kg of the market's offer through a processor to a spinner's need."""
    need = make_need(session, make_firm(session, "Filatura Sette Fusi"), forms="REGEN_WOOL", mass_g=200_000)
    plant = make_processor(session, make_firm(session, "Sfilacciatura Dente"))
    return make_arrangement(session, market.offer, need, plant)


@pytest.fixture
def people(session: Session, market: Market, chain: Arrangement) -> list[Person]:
    """A manager each of giver, processor and taker."""
    plant = chain.legs[0].steps[0].processor.firm
    return [market.giver, make_person(session, plant), make_person(session, chain.need.firm)]


def mail_of(session: Session, person: Person) -> list[str]:
    asked = select(Mail.body).where(Mail.template == "matches/would_you_take_part")
    return list(session.scalars(asked.where(Mail.to_address == person.email)))


def test_each_firm_is_told_its_own_part_and_whom_to_answer(
    session: Session, market: Market, chain: Arrangement, people: list[Person]
) -> None:
    actions.ask_firms(session, market.chief, chain)
    bodies = [mail_of(session, person) for person in people]
    assert [len(found) for found in bodies] == [1, 1, 1]
    said = [found[0] for found in bodies]
    for body, part in zip(said, ("100 kg", "100 kg", "83 kg"), strict=True):
        assert part in body
        assert market.coordinator.email in body
        assert market.coordinator.name in body
    names = [chain.legs[0].offer.firm.name, "Sfilacciatura Dente", "Filatura Sette Fusi"]
    assert not [name for name in names for body in said if name in body]
    kinds = select(Event.kind).where(Event.subject_kind == "arrangement", Event.subject_id == chain.id)
    assert session.scalars(kinds).all() == ["matches:ask-firms"]


@pytest.mark.parametrize("language", ["it", "en", "zh-Hans"])
def test_the_mail_speaks_its_readers_language(
    session: Session, market: Market, chain: Arrangement, people: list[Person], language: str
) -> None:
    for person in people:
        person.language = language
    actions.ask_firms(session, market.chief, chain)
    for body in (found for person in people for found in mail_of(session, person)):
        assert "http://127.0.0.1:8000/proposals" in body
        assert not [hole for hole in ("%(", "{{", "None") if hole in body], body
        assert ("Good morning" in body) == (language == "en")


def test_firms_are_asked_once(session: Session, market: Market, chain: Arrangement) -> None:
    actions.ask_firms(session, market.chief, chain)
    with pytest.raises(NotToBeAsked):
        actions.ask_firms(session, market.chief, chain)


@pytest.mark.parametrize("hindrance", ["not published", "taken meanwhile", "a recipe that is proposed"])
def test_firms_are_not_asked_for_what_cannot_be(
    session: Session, market: Market, chain: Arrangement, people: list[Person], hindrance: str
) -> None:
    assert market.offer.account is not None
    if hindrance == "not published":
        chain.run.state = "done"
    elif hindrance == "taken meanwhile":
        market.offer.account.reserved_g = 950_000
    else:
        chain.is_proposed = True
    session.flush()
    with pytest.raises(NotToBeAsked):
        actions.ask_firms(session, market.chief, chain)
    assert chain.asked_at is None
    assert not [body for person in people for body in mail_of(session, person)]


def test_the_button_asks_and_the_page_says_when(
    session: Session, app: Flask, market: Market, chain: Arrangement
) -> None:
    session.commit()
    client, path = sign_in(app.test_client(), market.coordinator), f"/arrangements/{chain.id}"
    assert "names no other firm" in client.get(path).get_data(as_text=True)
    assert post(client, f"{path}/ask", path).status_code == 302
    text = client.get(path).get_data(as_text=True)
    assert "The firms were asked on" in text
    assert "names no other firm" not in text


def test_each_firm_reads_its_part_among_its_proposals(
    session: Session, app: Flask, market: Market, chain: Arrangement, people: list[Person]
) -> None:
    stranger = make_person(session, make_firm(session))
    session.commit()
    clients = [sign_in(app.test_client(), person) for person in (*people, stranger)]
    asks = "The coordinator asks whether you would take part"
    assert not [client for client in clients if asks in client.get("/proposals").get_data(as_text=True)]
    actions.ask_firms(session, market.chief, chain)
    session.commit()
    pages = [client.get("/proposals").get_data(as_text=True) for client in clients]
    assert [asks in page for page in pages] == [True, True, True, False]
    for page, words in zip(pages, ("give 100 kg", "process 100 kg", "take 83 kg"), strict=False):
        assert words in page, words


def test_what_was_asked_of_an_older_run_is_not_shown_any_more(
    session: Session, app: Flask, market: Market, chain: Arrangement, people: list[Person], recipe: list[Listing]
) -> None:
    actions.ask_firms(session, market.chief, chain)
    newer = make_arrangement(session, market.offer, chain.need, chain.legs[0].steps[0].processor)
    session.commit()
    assert newer.run_id > chain.run_id
    assert "asks whether" not in sign_in(app.test_client(), people[0]).get("/proposals").get_data(as_text=True)
