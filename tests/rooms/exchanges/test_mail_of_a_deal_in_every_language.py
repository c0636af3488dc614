# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every mail that a deal can send reads well in its reader's language and gives away neither price nor message."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.approvals import actions as approvals
from marketplace.db import now, today
from marketplace.exchanges import actions as exchanges
from marketplace.negotiations import actions as negotiations
from marketplace.outbox.models import Mail
from tests.rooms.negotiations.deal import TAKES_WASTE, WASTE, Deal, give_permit

ROOMS = Path(negotiations.__file__).parent.parent
EVERY_MAIL = {
    f"{room}/{folder.name}"
    for room in ("negotiations", "approvals", "exchanges")
    for folder in (ROOMS / room / "templates" / room / "mail").iterdir()
}
SECRETS = ("7.531", "7,531", "canary")
PRICE = {"price_milli_eur_kg": 7_531, "note": "canary-note"}


def deal_in(session: Session, language: str, **more: dict[str, object]) -> Deal:
    deal = Deal(session, **more)
    for person in (deal.giver_manager, deal.taker_manager, deal.coordinator, deal.second):
        person.language = language
    session.flush()
    return deal


def talk_and_part(session: Session, language: str) -> None:
    deal = deal_in(session, language)
    deal.propose(**PRICE)
    deal.counter(deal.taker_manager, **PRICE)
    negotiations.write_message(session, deal.actor(deal.giver_manager), deal.negotiation, "canary-message")
    negotiations.withdraw(session, deal.actor(deal.giver_manager), deal.negotiation, "canary-reason")


def let_time_pass(session: Session, language: str) -> None:
    deal = deal_in(session, language)
    deal.propose(**PRICE)
    start = now(session)
    session.info["clock"] = lambda: start + timedelta(days=12)
    negotiations.remind_due(session)
    session.info["clock"] = lambda: start + timedelta(days=15)
    negotiations.expire_due(session)
    session.info.pop("clock")


def be_sent_back_and_refused(session: Session, language: str) -> None:
    deal = deal_in(session, language)
    deal.agree(**PRICE)
    coordinator = deal.actor(deal.coordinator)
    approvals.return_case(session, coordinator, deal.case, "canary-return")
    deal.counter(deal.giver_manager, **PRICE)
    deal.accept(deal.taker_manager)
    approvals.refuse(session, coordinator, deal.case, "canary-refusal")


def deliver_and_quarrel(session: Session, language: str) -> None:
    deal = deal_in(session, language, offer=WASTE, need=TAKES_WASTE)
    give_permit(session, deal.taker, "04 02 22", today(session) + timedelta(days=365))
    deal.agree(**PRICE)
    for person in (deal.coordinator, deal.second):
        approvals.approve(session, deal.actor(person), deal.case)
    giver, coordinator = deal.actor(deal.giver_manager), deal.actor(deal.coordinator)
    load = deal.deliver(100_000)
    settle = (exchanges.settle_correction, exchanges.refuse_correction)
    for number, settling in enumerate(settle, 1):
        asked = exchanges.propose_correction(session, giver, load, 90_000 + number, "canary-asked")
        settling(session, coordinator, asked, "canary-settled")
    contested = deal.send(50_000)
    deal.weigh(contested, 49_000)
    exchanges.contest(session, giver, contested, "canary-contest")
    exchanges.settle_contest(session, coordinator, contested, 50_000, "canary-settled")
    exchanges.complete(session, deal.actor(deal.taker_manager), deal.exchange, "canary-closed")


@pytest.mark.parametrize("language", ["it", "en", "zh-Hans"])
def test_every_mail_of_a_deal(app: Flask, session: Session, language: str) -> None:
    with app.app_context():
        for story in (talk_and_part, let_time_pass, be_sent_back_and_refused, deliver_and_quarrel):
            story(session, language)
    mails = session.scalars(select(Mail).where(Mail.language == language)).all()
    assert {mail.template for mail in mails} == EVERY_MAIL
    for mail in mails:
        text = f"{mail.subject}\n{mail.body}"
        assert "http://127.0.0.1:8000/" in mail.body
        assert mail.subject
        assert not [hole for hole in ("%(", "{{", "None") if hole in text], text
        assert not [secret for secret in SECRETS if secret in text], text
        if language != "en":
            assert "Good morning" not in text
